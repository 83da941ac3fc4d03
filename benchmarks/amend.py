"""Measures how soon an amended order works at what is new: from asking for the amendment to its first new call.

python -m benchmarks.amend [--orders N] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
from datetime import UTC, datetime
from typing import Any

from temporalio.client import WorkflowHistory

from benchmarks.held_orders import hold
from benchmarks.plan_shape_catalogs import HELD, order
from benchmarks.plan_shapes import as_text, surroundings
from benchmarks.plant import OUR_WORKER, Plant, running_plant
from catalog.base import Refused
from fulfillment.commands import Amend
from service.changes import Amendment, under_way
from service.changing import HowToAsk, change
from workflows.ids import workflow_id

ORDERS = 50
WARM_UP = 5
MORE = HELD._replace(lines=HELD.lines + 1)
"""The amended order has one line more: two steps are new."""


async def measured(orders: int) -> dict[str, Any]:
    """Return the milliseconds from amendment asked for to new call scheduled, one order after the other."""
    async with running_plant(HELD) as plant, plant.worker(OUR_WORKER):
        numbers = [f"A-{at:04}" for at in range(WARM_UP + orders)]
        await hold(plant, numbers)
        took = [await _amended(plant, number) for number in numbers][WARM_UP:]
    took.sort()
    return {
        "orders": len(took),
        "amended_to_running_ms_p50": round(statistics.median(took), 1),
        "amended_to_running_ms_p95": round(took[int(len(took) * 0.95) - 1], 1),
    }


async def _amended(plant: Plant, number: str) -> float:
    found = await asyncio.to_thread(under_way, plant.book, number)
    assert not isinstance(found, Refused), found
    wanted = order(MORE, number)
    command = Amend(actor="benchmark", order=wanted.digest, base=found.plan.version)
    asked = Amendment(wanted, found.plan.version)
    since = datetime.now(UTC)
    answer = await change(plant.client, plant.book, number, command, asked, HowToAsk(f"amend-{number}"))
    assert not isinstance(answer, Refused), answer
    history = await plant.client.get_workflow_handle(workflow_id(number)).fetch_history()
    return (_first_new_call(history) - since).total_seconds() * 1000


def _first_new_call(history: WorkflowHistory) -> datetime:
    """Return when the first call of a new step was scheduled: server and client have one clock here."""
    for event in history.events:
        if event.activity_task_scheduled_event_attributes.activity_id.endswith(f"@L{HELD.lines}"):
            return event.event_time.ToDatetime(UTC)
    raise LookupError("no new step has begun")


def main() -> None:
    """Measure, and print the figures as text or as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.amend", description="Measures amendments.")
    parser.add_argument("--orders", type=int, default=ORDERS, help=f"orders that are amended, else {ORDERS}")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    options = parser.parse_args()
    figures = asyncio.run(measured(options.orders)) | surroundings()
    print(json.dumps(figures, indent=2) if options.json else as_text(figures))


if __name__ == "__main__":
    main()

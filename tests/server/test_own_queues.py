"""A system with a task queue of its own: its calls wait there, and no faster than the environment allows."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.worker import Worker

from catalog.base import Refused
from catalog.environment import Environment
from fulfillment.states import OrderState
from service.orders import submit
from service.queues import OwnQueue, Pollers, own_queues
from service.settings import Settings
from tests.server.conftest import Shop
from worker import running_worker
from workflows.ids import workflow_id

pytestmark = pytest.mark.server

QUEUE = "limited"
LINES = 10
RATE = 4.0
CONCURRENCY = 2
SECONDS_EACH = 0.2
AT_ONCE = 6
"""Calls that may come together all the same: Temporal keeps a rate in parts, one for each partition of the queue."""
CATALOG = """
name: Warranties, a few at a time
products:
  COVER: {name: Cover}
scenarios:
  COVER: {product: COVER, group: cover}
step_groups:
  cover:
    steps:
      register:
        type: callout
        scope: line
        operation: warranty.register
systems:
  warranty:
    own_queue: true
    operations:
      register:
        path: /register
        request:
          order: order.number
          step: step.id
          lines:
            each: lines
            as: {line: item.id, quantity: item.quantity}
          years: "1"
          starts_on: "date('2027-01-01')"
"""


def limited(shop: Shop) -> Environment:
    """Return the shop's environment with limits for the warranty system."""
    written = json.loads((shop.settings.home / "environment/environment.json").read_text())
    written["systems"]["warranty"] |= {"rate": RATE, "concurrency": CONCURRENCY}
    return Environment.model_validate(written)


async def ordered(shop: Shop, settings: Settings, folder: Path, lines: int) -> str:
    """Submit an order with so many lines, each with a call of its own; return its number."""
    number = f"T-{next(shop.numbers)}"
    order = {"number": number, "account": "ACME", "currency": "USD", "lines": {}}
    order["lines"] = {f"L{index}": {"product": "COVER"} for index in range(1, lines + 1)}
    (folder / "order.yaml").write_text(yaml.safe_dump(order))
    submitted = await submit(folder / "order.yaml", shop.stack.client, shop.stack.book, settings)
    assert not isinstance(submitted, Refused), "\n".join(str(issue) for issue in submitted.issues)
    return number


async def queues_of_calls(shop: Shop, number: str) -> list[str]:
    """Return the task queue of each call of an order, from Temporal's history."""
    history = await shop.stack.client.get_workflow_handle(workflow_id(number)).fetch_history()
    scheduled = [
        event.activity_task_scheduled_event_attributes
        for event in history.events
        if event.event_type is EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    ]
    return [each.task_queue.name for each in scheduled if each.activity_type.name == "warranty.register"]


async def test_calls_wait_in_the_systems_queue_and_keep_to_its_rate_and_concurrency(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog/catalog.yaml").write_text(CATALOG)
    before = shop.settings.model_copy(update={"task_queue": QUEUE})
    settings = before.model_copy(update={"catalog": str(tmp_path / "catalog")})
    soon = timedelta(seconds=0.2)
    await shop.fault("warranty", "register", kind="latency", seconds=SECONDS_EACH, calls=LINES)
    async with running_worker(shop.stack.client, shop.stack.book, limited(shop), before, look_again=soon):
        # The worker has started on a catalog without such a queue: it finds this one by looking again.
        assert await asyncio.to_thread(own_queues, shop.stack.book, before) == ()
        number = await ordered(shop, settings, tmp_path, LINES)
        view = await shop.ended(number)
    assert view.state is OrderState.COMPLETED
    assert await queues_of_calls(shop, number) == [f"{QUEUE}.warranty"] * LINES
    arrivals = [datetime.fromisoformat(each["at"]) for each in await shop.calls(number)]
    assert len(arrivals) == LINES
    for earlier, later in zip(arrivals, arrivals[CONCURRENCY:], strict=False):
        assert later - earlier >= timedelta(seconds=SECONDS_EACH)
    assert arrivals[-1] - arrivals[0] >= timedelta(seconds=(LINES - AT_ONCE) / RATE)


@activity.defn
async def anything() -> None:
    """Do what is never asked for."""


async def test_a_poller_that_broke_off_is_started_again_at_the_next_look(shop: Shop) -> None:
    queue = OwnQueue("warranty", f"{QUEUE}.broken")
    nowhere = Client(shop.stack.client.service_client, namespace="not-there")
    built: list[Worker] = []

    def build(queue: OwnQueue) -> Worker:
        client = shop.stack.client if built else nowhere
        built.append(Worker(client, task_queue=queue.name, activities=[anything]))
        return built[-1]

    pollers = Pollers(build)
    async with asyncio.timeout(10):
        while len(built) < 2:
            pollers.poll([queue])
            await asyncio.sleep(0.05)
    pollers.poll([queue])
    assert len(built) == 2
    await pollers.stop()

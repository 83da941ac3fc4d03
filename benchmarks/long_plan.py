"""Runs one order of thousands of asynchronous calls to its end: how fast it goes on, and what its workflow leaves.

python -m benchmarks.long_plan [--lines 1000] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from benchmarks.plant import OUR_WORKER, Plant, handed_in
from catalog.catalog import Catalog
from examples.smartbytes.backoffice.hosting import serve
from examples.smartbytes.backoffice.office import Settings as OfficeSettings
from fulfillment.states import OrderState
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service.embedded import embedded_server
from service.hosts import hearing
from service.orders import wait
from service.server_program import free_ports
from service.settings import Settings, load
from service.temporal import connect
from workflows.ids import workflow_id

LABEL = "parcels"
NUMBER = "LONG"
TOKEN = "benchmark"  # noqa: S105 - it keeps nobody out, it only makes callbacks heard
STEPS_PER_LINE = 2

_SETTINGS = """
catalog = "{label}"
environment = "{environment}"
actor = "benchmark"
log_level = "warning"
temporal_port = 0
temporal_ui_port = 0
serve_port = {port}
"""


def catalog() -> Catalog:
    """Return a catalog whose lines go there and back: two asynchronous calls, one after the other."""
    return Catalog.model_validate(
        {
            "products": {"PARCEL": {"name": "Parcel"}},
            "scenarios": {"PARCEL": {"product": "PARCEL", "group": "parcels"}},
            "step_groups": {"parcels": {"steps": {"send": _ship(), "back": _ship("send")}}},
            "systems": {"shipping": {"operations": {"ship": _operation()}}},
        }
    )


def order(lines: int) -> dict[str, Any]:
    """Return an order of so many parcels."""
    parcels = {f"L{at:04}": {"product": "PARCEL"} for at in range(lines)}
    return {"number": NUMBER, "account": "ACME", "currency": "USD", "lines": parcels}


def _ship(*after: str) -> dict[str, Any]:
    return {"type": "callout", "scope": "line", "operation": "shipping.ship", "after": list(after)}


def _operation() -> dict[str, Any]:
    return {
        "path": "/ship",
        "request": {
            "order": "order.number",
            "step": "step.id",
            "lines": {"each": "lines", "as": {"line": "item.id", "quantity": "item.quantity"}},
            "ship_to": "order.account",
            "callback": {"url": "callback.url", "correlation": "callback.correlation"},
        },
        "success": "response.status == 202",
        "outputs": {"shipment_id": {"type": "text", "value": "response.body.shipment_id"}},
        "callback": {
            "deadline": "5d",
            "success": "coalesce(response.body.outcome, '') == 'delivered'",
            "outputs": {"delivered_at": {"type": "datetime", "value": "response.body.delivered_at"}},
        },
    }


def main() -> None:
    """Run the order, and print the figures as text or as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.long_plan", description="Runs one order of many steps.")
    parser.add_argument("--lines", type=int, default=1_000, help="lines of the order, two steps each")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    options = parser.parse_args()
    figures = asyncio.run(_measured(options.lines))
    print(json.dumps(figures, indent=2) if options.json else "\n".join(f"{k:<32}{v}" for k, v in figures.items()))


async def _measured(lines: int) -> dict[str, Any]:
    """Return the figures of an order of so many lines.

    Raises:
        RuntimeError: it did not complete, or a parcel did not go there and back exactly once.
    """
    async with _running() as (plant, office), plant.worker(OUR_WORKER) as worker:
        print(f"worker: process {worker}", file=sys.stderr)
        file = plant.folder / "order.json"
        await asyncio.to_thread(file.write_text, json.dumps(order(lines)))
        begun, wall = time.perf_counter(), datetime.now(UTC)
        await handed_in(plant, file)
        submitted = time.perf_counter() - begun
        state = await wait(plant.client, NUMBER)
        seconds = time.perf_counter() - begun
        if state is not OrderState.COMPLETED:
            raise RuntimeError(f"the order ended as {state.value if state else 'broken'}")
        half = _half(await _ledger(office), lines * STEPS_PER_LINE) - wall
        return {
            "steps": lines * STEPS_PER_LINE,
            "seconds": round(seconds, 2),
            "steps_per_second": round(lines * STEPS_PER_LINE / seconds, 1),
            "seconds_of_submit": round(submitted, 2),
            "seconds_to_half_of_the_effects": round(half.total_seconds(), 2),
            **await _history(plant),
            "worker_peak_mib": await asyncio.to_thread(_peak_mib, worker),
        }


async def _ledger(office: str) -> list[dict[str, Any]]:
    """Return every effect of the order, in their sequence."""
    async with httpx.AsyncClient(base_url=office, trust_env=False, timeout=60) as http:
        answer = (await http.get("/ledger", params={"order": NUMBER})).raise_for_status()
    entries: list[dict[str, Any]] = answer.json()["entries"]
    return entries


def _half(ledger: list[dict[str, Any]], steps: int) -> datetime:
    """Return when half of the effects had happened, after making sure that each step had exactly one."""
    keys = {each["key"] for each in ledger}
    if not len(ledger) == len(keys) == steps:
        raise RuntimeError(f"{len(keys)} keys had {len(ledger)} effects; wanted is one of each of {steps} steps")
    return datetime.fromisoformat(ledger[steps // 2]["at"])


async def _history(plant: Plant) -> dict[str, Any]:
    """Return in how many runs the workflow went, and how long their histories are, the first one first."""
    query = f'WorkflowId = "{workflow_id(NUMBER)}"'
    found = {each.run_id: each.history_length async for each in plant.client.list_workflows(query)}
    events = tuple(reversed(found.values()))
    return {"workflow_runs": len(events), "events": sum(events), "most_events_of_a_run": max(events)}


def _peak_mib(process: int) -> int:
    """Return the most memory that a process has had, in MiB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(each for each in lines if each.startswith("VmHWM")).split()[1]) // 1024


@asynccontextmanager
async def _running() -> AsyncIterator[tuple[Plant, str]]:
    """Run a server, callbacks and a back office, in a home that nobody else has; give the back office's address too."""
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        async with AsyncExitStack() as stack:
            wanted = OfficeSettings(folder / "backoffice.db", callback_token=TOKEN)
            office = await stack.enter_async_context(serve(wanted))
            settings = _settings(folder / "home", office)
            server = await stack.enter_async_context(embedded_server(settings))
            migrate(settings.database)
            book = stack.enter_context(closing(OrderBook(settings.database)))
            book.store_catalog(catalog(), {}, label=LABEL, author="benchmark", note="", at=datetime.now(UTC))
            client = await connect(settings, {"TEMPORAL_CONFIG_FILE": str(settings.home / "none.toml")})
            await stack.enter_async_context(hearing(client, book, {"shipping": TOKEN}, settings))
            yield Plant(client, book, settings, folder, server.version, 0.0, ""), office


def _settings(home: Path, office: str) -> Settings:
    environment = home / "environment"
    environment.mkdir(parents=True)
    (environment / "environment.yaml").write_text(f'systems: {{shipping: {{base_url: "{office}/shipping"}}}}\n')
    [port] = free_ports(1)
    # The worker's process reads the same file.
    (home / "dro.toml").write_text(_SETTINGS.format(label=LABEL, environment=environment, port=port))
    return load({"home": str(home)}, {})


if __name__ == "__main__":
    main()

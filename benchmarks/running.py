"""Runs SmartBytes orders of ten lines for real: what an order costs from submit to completed."""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from catalog.base import Refused
from decomposition.order import Order
from fulfillment.states import OrderState
from service.catalogs import environment_in_use
from service.orders import submit
from service.server_program import free_ports
from service.settings import Settings, load
from service.stack import Stack, at_port, running_stack
from worker import running_worker

PATIENCE = 60.0

_BUNDLE: dict[str, dict[str, object]] = {
    "LAPTOP-13": {"attributes": {"ram": "16 GB", "storage": "512 GB"}, "price": 1199},
    "ANTIVIRUS": {"price": 49},
    "WARRANTY-3Y": {"price": 199},
}


class Run(NamedTuple):
    """What one order took: seconds on the wall, and seconds of this process, which is all but the Temporal server."""

    wall: float
    cpu: float


def ten_lines(number: str) -> dict[str, object]:
    """Return an order as people write it: two laptop bundles of four lines each, a bag and a mouse."""
    lines: dict[str, object] = {}
    for bundle in ("A", "B"):
        lines[bundle] = {"product": "LAPTOP-BUNDLE"}
        parts = enumerate(_BUNDLE.items(), 1)
        lines |= {f"{bundle}{at}": {"product": code, "parent": bundle, **part} for at, (code, part) in parts}
    lines["C"] = {"product": "BAG", "price": 39}
    lines["D"] = {"product": "MOUSE", "price": 29}
    return {"number": number, "account": "ACME", "attributes": {"seller": "S-17"}, "lines": lines}


def ten_line_order() -> Order:
    """Return that order as planned."""
    return Order.model_validate(ten_lines("TEN"))


async def measured(count: int) -> list[Run]:
    """Return what each of so many orders took, one after the other, after one that warms everything up."""
    with tempfile.TemporaryDirectory() as folder:
        async with _stack(Path(folder)) as (stack, settings):
            numbers = itertools.count()
            runs = [await _one(stack, settings, Path(folder), f"B-{next(numbers)}") for _ in range(count + 1)]
    return runs[1:]


async def _one(stack: Stack, settings: Settings, folder: Path, number: str) -> Run:
    file = folder / f"{number}.json"
    await asyncio.to_thread(file.write_text, json.dumps(ten_lines(number)))
    wall, cpu = time.perf_counter(), time.process_time()
    submitted = await submit(file, stack.client, stack.book, settings)
    if isinstance(submitted, Refused):
        raise RuntimeError("\n".join(str(each) for each in submitted.issues))
    async with asyncio.timeout(PATIENCE):
        # The book tells nobody when it changes: asking again is the only way.
        while (view := await asyncio.to_thread(stack.book.show, number)) is None or view.ended_at is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    if view.state is not OrderState.COMPLETED:
        raise RuntimeError(f"order {number} ended as {view.state.value}")
    return Run(time.perf_counter() - wall, time.process_time() - cpu)


@asynccontextmanager
async def _stack(folder: Path) -> AsyncIterator[tuple[Stack, Settings]]:
    """Run server, worker, callbacks and back office on free ports, with a home that nobody else has."""
    office, callbacks = free_ports(2)
    given = {
        "home": str(folder / "home"),
        "serve_port": str(callbacks),
        "temporal_port": "0",
        "temporal_ui_port": "0",
    }
    settings = load(given, {})
    loaded = environment_in_use(settings)
    if loaded.environment is None:
        raise RuntimeError("\n".join(str(each) for each in loaded.issues))
    environment = at_port(loaded.environment, office)
    async with running_stack(settings, running_worker, environment, with_back_office=True) as stack:
        yield stack, settings

"""SIGTERM to a worker in the middle of a call: what ends in time is kept, the rest handed back, nothing is doubled."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from catalog.systems import Operation
from fulfillment.states import OrderState, StepState
from orderbook.views import OrderView
from service.catalogs import environment_in_use
from service.settings import Settings
from tests.server.conftest import Shop
from tests.server.test_own_queues import CATALOG, ordered
from worker import running_worker
from workflows.calls import CALL_MARGIN

pytestmark = [pytest.mark.server, pytest.mark.processes]

CALL_TIMEOUT = Operation(name="any", path="/").timeout + CALL_MARGIN


def stopped(shop: Shop, folder: Path, *, own_queue: bool) -> Settings:
    """Return the settings of a worker on a task queue, and a catalog, that no other worker serves."""
    (folder / "catalog").mkdir()
    text = CATALOG.replace("own_queue: true", f"own_queue: {str(own_queue).lower()}")
    (folder / "catalog/catalog.yaml").write_text(text)
    update = {
        "task_queue": f"stopped-{folder.name}",
        "catalog": str(folder / "catalog"),
        "environment": shop.settings.home / "environment",
    }
    return shop.settings.model_copy(update=update)


@asynccontextmanager
async def worker(shop: Shop, settings: Settings, grace: float) -> AsyncIterator[Process]:
    """Run `dro worker` as a process of its own."""
    environ = {
        **os.environ,
        "DRO_HOME": str(settings.home),
        "DRO_ENVIRONMENT": str(settings.environment),
        "DRO_CATALOG": settings.catalog or "",
        "DRO_TASK_QUEUE": settings.task_queue,
        "DRO_STOP_GRACE": str(grace),
        "TEMPORAL_ADDRESS": shop.stack.server.address,
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "cli", "worker", env=environ)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def stop_in_the_middle_of_the_call(shop: Shop, number: str, process: Process) -> float:
    """Stop the worker once the system has got the call; return how many seconds that took."""
    await shop.until(number, lambda view: any(step.state is StepState.IN_PROGRESS for step in view.steps))
    async with asyncio.timeout(30):
        while not await shop.calls(number):  # noqa: ASYNC110 - the back office lists a call when it arrives
            await asyncio.sleep(0.02)
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    return time.monotonic() - asked


async def ended_with_another_worker(shop: Shop, settings: Settings, number: str) -> OrderView:
    environment = environment_in_use(settings).environment
    assert environment is not None
    async with running_worker(shop.stack.client, shop.stack.book, environment, settings):
        return await shop.ended(number)


async def test_a_call_that_ends_within_the_grace_is_kept(shop: Shop, tmp_path: Path) -> None:
    settings = stopped(shop, tmp_path, own_queue=False)
    await shop.fault("warranty", "register", kind="latency", seconds=5)
    number = await ordered(shop, settings, tmp_path, lines=1)
    async with worker(shop, settings, grace=20) as first:
        assert await stop_in_the_middle_of_the_call(shop, number, first) < 20
    view = await ended_with_another_worker(shop, settings, number)
    assert view.state is OrderState.COMPLETED
    assert len(await shop.calls(number)) == len(await shop.ledger(number)) == 1


async def test_a_call_that_takes_longer_is_handed_back_and_made_again_under_the_same_key(
    shop: Shop, tmp_path: Path
) -> None:
    settings = stopped(shop, tmp_path, own_queue=True)
    await shop.fault("warranty", "register", kind="latency", seconds=9)
    number = await ordered(shop, settings, tmp_path, lines=1)
    async with worker(shop, settings, grace=0.2) as first:
        assert await stop_in_the_middle_of_the_call(shop, number, first) < 9
    view = await ended_with_another_worker(shop, settings, number)
    assert view.state is OrderState.COMPLETED
    first_call, second_call = await shop.calls(number)
    assert first_call["key"] == second_call["key"]
    # Sooner than the time-out of a call whose worker was killed: it was handed back, not given up.
    assert datetime.fromisoformat(second_call["at"]) - datetime.fromisoformat(first_call["at"]) < CALL_TIMEOUT
    assert len(await shop.ledger(number)) == 1
    assert await shop.doubled(number) == []

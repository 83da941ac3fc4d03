"""kill -9 in the middle of an order: nothing is lost, nothing is done twice."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import sys
from asyncio.subprocess import Process

import pytest

from catalog.base import Refused
from fulfillment.states import OrderState
from tests.server.changing import cancel, net, parked_after_delivery
from tests.server.conftest import Shop

pytestmark = [pytest.mark.server, pytest.mark.processes]

QUEUE = "killed"


async def start_worker(shop: Shop) -> Process:
    """Start `dro worker` as a process of its own, on a task queue that no other worker polls."""
    environ = {
        **os.environ,
        "DRO_HOME": str(shop.settings.home),
        "DRO_ENVIRONMENT": str(shop.settings.home / "environment"),
        "DRO_TASK_QUEUE": QUEUE,
        "DRO_CALLBACK_URL": shop.settings.callback_url,
        "TEMPORAL_ADDRESS": shop.stack.server.address,
    }
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "cli", "worker", env=environ)


async def test_an_order_survives_the_kill_of_its_worker_in_the_middle_of_calls(shop: Shop) -> None:
    queue = dataclasses.replace(shop, settings=shop.settings.model_copy(update={"task_queue": QUEUE}))
    for system, operation in (("payments", "authorize"), ("inventory", "reserve")):
        await shop.fault(system, operation, kind="latency", seconds=1.5)
    worker = await start_worker(shop)
    try:
        number = await queue.order("laptop-bundle")
        async with asyncio.timeout(30):
            # The back office lists a call when it arrives, so the kill falls between its arrival and its answer.
            while not await shop.calls(number):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
        worker = await start_worker(shop)
        view = await shop.ended(number)
    finally:
        worker.terminate()
        await worker.wait()
        await shop.heal()
    assert view.state is OrderState.COMPLETED
    assert await shop.doubled(number) == []
    subjects = {(each["system"], each["operation"], each["line"]) for each in await shop.ledger(number)}
    assert len(subjects) == len(await shop.ledger(number))


async def test_a_change_survives_the_kill_of_its_worker_and_undoes_everything_once(shop: Shop) -> None:
    queue = dataclasses.replace(shop, settings=shop.settings.model_copy(update={"task_queue": QUEUE}))
    worker = await start_worker(shop)
    try:
        number = await parked_after_delivery(queue)
        await shop.fault("compensation", "claw_back", kind="latency", seconds=1.5)
        assert not isinstance(await cancel(shop, number, wait=False), Refused)
        async with asyncio.timeout(30):
            while not any(each["operation"] == "claw_back" for each in await shop.calls(number)):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
        worker = await start_worker(shop)
        view = await shop.ended(number)
    finally:
        worker.terminate()
        await worker.wait()
        await shop.heal()
    assert view.state is OrderState.CANCELLED
    assert {subject: count for subject, count in (await net(shop, number)).items() if count} == {}
    assert await shop.doubled(number) == []

"""What a restart, a repetition, a lost answer and a locked order book may not do to an order: anything at all."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sqlite3
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.environment import Environment
from examples.smartbytes.backoffice.systems import OPERATIONS
from fulfillment.states import OrderState
from service.catalogs import load_environment
from service.orders import Submitted, submit, wait
from service.reconcile import Reconciliation, reconcile
from tests.replay.recording import HISTORIES
from tests.server.conftest import ORDERS, Shop
from tests.server.kinds import ORDERS as KINDS
from tests.server.kinds import Kind, called_off, with_people
from worker import running_worker
from workflows.ids import workflow_id

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[2]
LOCKED_SECONDS = 10.0


def on_queue(shop: Shop, queue: str) -> Shop:
    """Return the shop with its orders on a task queue that only a test's own workers poll."""
    return dataclasses.replace(shop, settings=shop.settings.model_copy(update={"task_queue": queue}))


@asynccontextmanager
async def worker_of(shop: Shop, cached_workflows: int = 1_000) -> AsyncIterator[None]:
    """Run a worker of the shop's queue while the context is open."""
    environment = load_environment(shop.settings.home / "environment").environment
    assert isinstance(environment, Environment)
    stack = shop.stack
    async with running_worker(stack.client, stack.book, environment, shop.settings, cached_workflows=cached_workflows):
        yield


async def completed_exactly_once(shop: Shop, number: str) -> None:
    """Assert all that must hold of an order after whatever happened to it."""
    assert await wait(shop.stack.client, number) is OrderState.COMPLETED
    assert (await shop.view(number)).state is OrderState.COMPLETED
    assert await shop.doubled(number) == []
    done = {entry["key"] for entry in await shop.ledger(number)}
    called = [each.id for each in (await shop.view(number)).steps if each.type == "callout"]
    assert done == {f"{number}/{each}/1" for each in called}
    found = await reconcile(shop.stack.client, shop.stack.book, datetime.now(UTC), (number,))
    assert found == Reconciliation(compared=1)


@pytest.mark.parametrize("kind", KINDS)
async def test_an_order_runs_whole_on_a_worker_that_remembers_nothing(kind: Kind, shop: Shop) -> None:
    forgetful = on_queue(shop, "forgetful")
    async with worker_of(forgetful, cached_workflows=0):
        number = await kind(forgetful)
        wanted = OrderState.CANCELLED if kind is called_off else OrderState.COMPLETED
        assert (await shop.ended(number)).state is wanted
        assert await shop.doubled(number) == []
        found = await reconcile(shop.stack.client, shop.stack.book, datetime.now(UTC), (number,))
        assert found == Reconciliation(compared=1)


async def test_a_worker_with_an_empty_cache_goes_on_where_another_one_was_stopped(shop: Shop) -> None:
    there = on_queue(shop, "restarted")
    await shop.fault("inventory", "reserve", kind="latency", seconds=4.0)
    async with worker_of(there):
        number = await there.order("laptop-bundle")
        await shop.until(number, lambda view: any(step.ended_at for step in view.steps))
    assert (await shop.view(number)).ended_at is None
    async with worker_of(there, cached_workflows=0):
        await completed_exactly_once(there, number)


async def test_histories_replay_whatever_the_hash_seed(shop: Shop, tmp_path: Path) -> None:
    number = await with_people(shop)
    handle = shop.stack.client.get_workflow_handle(workflow_id(number))
    await handle.result()
    fresh = tmp_path / "fresh.json"
    fresh.write_text((await handle.fetch_history()).to_json())
    files = (fresh, *sorted(HISTORIES.glob("*.json")))
    told = await asyncio.gather(*(replayed(files, seed) for seed in ("0", "1", "4242")))
    assert told == [f"{len(files)} histories replay"] * 3


async def replayed(files: tuple[Path, ...], seed: str) -> str:
    """Replay histories in a process of its own, with a hash seed of its own; return what it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.replay.replay", *map(str, files)),
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        stdout=PIPE,
        stderr=PIPE,
    )
    output, errors = await process.communicate()
    return output.decode().strip() or errors.decode()


async def test_eight_submits_of_one_order_at_once_are_one_order(shop: Shop) -> None:
    number = f"T-{next(shop.numbers)}"
    file = shop.folder / f"{number}.yaml"
    file.write_text((ORDERS / "laptop-bundle.yaml").read_text().replace("SB-1001", number))
    stack = shop.stack
    here = asyncio.gather(*(submit(file, stack.client, stack.book, shop.settings) for _ in range(5)))
    elsewhere = await asyncio.gather(*(submitted_by_process(shop, file) for _ in range(3)))
    assert elsewhere == [number] * 3
    assert {each.number if isinstance(each, Submitted) else each for each in await here} == {number}
    await completed_exactly_once(shop, number)
    assert len([each for each in stack.book.audit(number) if each.action == "submit"]) == 1
    executions = [each async for each in stack.client.list_workflows(f"WorkflowId = '{workflow_id(number)}'")]
    assert len(executions) == 1


async def submitted_by_process(shop: Shop, file: Path) -> object:
    """Submit an order with `dro orders submit`; return the number that it tells."""
    environ = {
        **os.environ,
        "DRO_HOME": str(shop.settings.home),
        "DRO_ENVIRONMENT": str(shop.settings.home / "environment"),
        "TEMPORAL_ADDRESS": shop.stack.server.address,
    }
    command = (sys.executable, "-m", "cli", "orders", "submit", str(file), "--json")
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environ, stdout=PIPE, stderr=PIPE)
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(output)["number"]


async def test_an_order_of_which_every_first_answer_is_lost_completes_exactly_once(shop: Shop) -> None:
    for each in OPERATIONS:
        await shop.fault(each.system, each.name, kind="lost_answer")
    number = await shop.order("laptop-bundle")
    await completed_exactly_once(shop, number)
    await shop.heal()
    met = {(each["system"], each["operation"]) for each in await shop.calls(number) if each["fault"] == "lost_answer"}
    assert met == {(each["system"], each["operation"]) for each in await shop.ledger(number)}


async def test_steps_go_on_while_the_order_book_is_locked_for_ten_seconds(shop: Shop) -> None:
    await shop.fault("inventory", "reserve", kind="latency", seconds=4.0)
    await shop.fault("warranty", "register", kind="status", status=503)
    number = await shop.order("laptop-bundle")
    await shop.until(number, lambda view: bool(view.steps))
    async with locked(shop):
        began, before = time.monotonic(), await shop.calls(number)
        seen = await shop.view(number)
        await asyncio.sleep(LOCKED_SECONDS)
        during = (await shop.calls(number))[len(before) :]
        assert await shop.view(number) == seen
    assert time.monotonic() - began >= LOCKED_SECONDS
    assert "compensation" in {each["system"] for each in during}
    assert seen.ended_at is None
    await completed_exactly_once(shop, number)


@asynccontextmanager
async def locked(shop: Shop) -> AsyncIterator[None]:
    """Hold the order book's lock: nobody can write meanwhile."""
    file = shop.settings.database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")

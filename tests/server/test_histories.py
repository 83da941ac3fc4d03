"""Histories of every kind of order replay right after it ran; `--record-histories` makes them the recorded ones."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from datetime import timedelta

import pytest

from catalog.fallout_rules import FalloutRule, RetryPolicy
from fulfillment.commands import Retry
from fulfillment.states import OrderState, StepState
from service.catalogs import load_environment
from tests.replay.recording import histories_of, keep
from tests.replay.replay import replay
from tests.server.conftest import Shop
from tests.server.kinds import ORDERS, REFUSED, Kind, called_off, has, ordered, tell
from worker import running_worker
from workflows.ids import workflow_id

pytestmark = pytest.mark.server

SLOWLY = FalloutRule(name="slowly", code="LATER", retry=RetryPolicy(retries=3, interval=timedelta(minutes=1)))
"""A delay that the workflow waits for itself: a short one is Temporal's own retry."""


async def whole_and_replayed(
    shop: Shop, number: str, kind: str, pytestconfig: pytest.Config, ends: OrderState = OrderState.COMPLETED
) -> None:
    """Assert that the order ends so and that each run of its workflow replays; keep the histories if wanted."""
    assert (await shop.ended(number)).state is ends
    assert await shop.doubled(number) == []
    await shop.stack.client.get_workflow_handle(workflow_id(number)).result()
    histories = await histories_of(shop.stack.client, number)
    for each in histories:
        await replay(each)
    if pytestconfig.getoption("--record-histories"):
        keep(kind, histories)


TOLD: Mapping[str, tuple[str, ...]] = {
    "waiting_for_facts_and_times": (
        "goes on without",
        "PAUSE_TIMED_OUT",
        "`insisted` = true",
        "line `L1`: `years` = 2",
    ),
    "going_one_way": ("CONDITION_ERROR", "no limit is agreed"),
    "answered_later": ("came early", "it is for round 2", "no such step", "PARCEL_LOST", "CALLBACK_OVERDUE"),
    "amended": ('"state":"applied"', "done anew"),
    "called_off": ("Temporal's cancel",),
    "resolved_by_hand": ("no_such_signal", "expected one payload", "they have no such entry"),
}
"""What the order book tells of orders of a kind, and what their histories are recorded for."""


@pytest.mark.parametrize("kind", ORDERS)
async def test_the_history_of_an_order_replays(kind: Kind, shop: Shop, pytestconfig: pytest.Config) -> None:
    number = await kind(shop)
    ends = OrderState.CANCELLED if kind is called_off else OrderState.COMPLETED
    await whole_and_replayed(shop, number, kind.__name__, pytestconfig, ends)
    audit = await asyncio.to_thread(shop.stack.book.audit, number)
    told = "\n".join(each.model_dump_json() for each in (await shop.view(number), *audit))
    assert [each for each in TOLD.get(kind.__name__, ()) if each not in told] == []


async def test_a_step_that_waits_long_for_its_next_try_is_tried_now_and_its_history_replays(
    shop: Shop, pytestconfig: pytest.Config
) -> None:
    await shop.fault("licensing", "activate", **REFUSED, code="LATER")
    async with patient_worker(shop) as there:
        number = await ordered(there, "WORK")
        await shop.until(number, lambda view: has(view, "activate", "next try at"))
        view = await shop.view(number)
        [waiting] = [each for each in view.steps if each.state is StepState.FAILED]
        await tell(shop, number, Retry(steps=(waiting.id,), actor="kim"))
        await whole_and_replayed(shop, number, "tried_again_later", pytestconfig)


@asynccontextmanager
async def patient_worker(shop: Shop) -> AsyncIterator[Shop]:
    """Give the shop with its orders on a queue whose worker knows one fallout rule more."""
    there = dataclasses.replace(shop, settings=shop.settings.model_copy(update={"task_queue": "patient"}))
    loaded = load_environment(shop.settings.home / "environment").environment
    assert loaded is not None
    environment = loaded.model_copy(update={"fallout_rules": (SLOWLY, *loaded.fallout_rules)})
    async with running_worker(shop.stack.client, shop.stack.book, environment, there.settings):
        yield there


async def test_an_order_whose_book_is_locked_tells_it_beside_its_steps_and_its_history_replays(
    shop: Shop, pytestconfig: pytest.Config
) -> None:
    await shop.fault("warranty", "register", kind="latency", seconds=6.0)
    number = await ordered(shop, "WORK")
    await shop.until(number, lambda view: bool(view.steps))
    with closing(sqlite3.connect(shop.settings.database.removeprefix("sqlite:///"), isolation_level=None)) as book:
        book.execute("BEGIN EXCLUSIVE")
        await beside_its_steps(shop, number)
        book.execute("ROLLBACK")
    await whole_and_replayed(shop, number, "told_beside_its_steps", pytestconfig)


async def beside_its_steps(shop: Shop, number: str) -> None:
    """Return once telling the book has failed, and is tried again as a regular activity."""
    failed = False
    handle = shop.stack.client.get_workflow_handle(workflow_id(number))
    async for event in handle.fetch_history_events(wait_new_event=True):
        failed = failed or event.marker_recorded_event_attributes.HasField("failure")
        told = event.activity_task_scheduled_event_attributes.activity_type.name == "write_progress"
        if failed and told:
            return
    raise AssertionError("the order has ended without it")

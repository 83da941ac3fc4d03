"""One call to a system: what it sends, what its outcome is, and what the fallout rules are asked to decide."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.activity import Info
from temporalio.common import RawValue
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.systems import SystemActivities
from catalog.base import Refused
from catalog.environment import Environment, FalloutRule
from catalog.values import as_record
from decomposition.model import OrderPlan
from decomposition.plan import plan
from examples.smartbytes.backoffice.hosting import serve
from examples.smartbytes.backoffice.office import Settings as OfficeSettings
from fulfillment.effects import Call
from fulfillment.outcomes import CALL_FAILED, CallResult, Failed, Park, RetryLater, Succeeded
from orderbook.errors import BookUnreachable
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service.catalogs import load_catalog, load_environment, load_order

SHOP = Path(__file__).parent.parent.parent.parent / "examples/smartbytes"
STEP = "payments.authorize"
RULES = (
    FalloutRule.model_validate(
        {"name": "soon", "code": "HTTP_503", "retry": {"policy": "fixed", "retries": 3, "interval": "200ms"}}
    ),
    FalloutRule.model_validate(
        {"name": "later", "code": "SLOW", "retry": {"policy": "fixed", "retries": 3, "interval": "2m"}}
    ),
    FalloutRule.model_validate({"name": "person", "code": "CARD_DECLINED", "queue": "credit"}),
)


@dataclass
class Desk:
    """A system, an order book, and the activity between them."""

    activities: SystemActivities
    book: OrderBook
    office: httpx.AsyncClient
    plan: OrderPlan
    heartbeats: list[Any] = dataclasses.field(default_factory=list)

    def call(self, **changes: object) -> Call:
        base = Call(
            number="SB-1001", plan=self.plan.digest, step=STEP, round=1, operation=STEP, title="Authorize the payment"
        )
        return base.model_copy(update=changes)

    async def make(self, call: Call, attempt: int = 1, heartbeats: tuple[object, ...] = ()) -> CallResult:
        converter = pydantic_data_converter.payload_converter
        env = ActivityEnvironment()
        info: Info = ActivityEnvironment.default_info()
        env.info = dataclasses.replace(
            info, attempt=attempt, heartbeat_details=list(heartbeats), started_time=datetime.now(UTC)
        )
        env.payload_converter = converter
        env.on_heartbeat = lambda *details: self.heartbeats.append(details)
        payload = converter.to_payloads([call])[0]
        result: CallResult = await env.run(self.activities.call, [RawValue(payload)])
        return result

    async def fails(self, call: Call, attempt: int = 1, heartbeats: tuple[object, ...] = ()) -> ApplicationError:
        with pytest.raises(ApplicationError) as raised:
            await self.make(call, attempt, heartbeats)
        return raised.value

    async def fault(self, **fault: object) -> None:
        body = {"system": "payments", "operation": "authorize", "calls": 1, **fault}
        (await self.office.post("/faults", json=body)).raise_for_status()

    async def effects(self) -> int:
        return len((await self.office.get("/ledger", params={"order": "SB-1001"})).json()["entries"])


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    catalog, order = load_catalog(SHOP / "catalog").catalog, load_order(SHOP / "orders/laptop-bundle.yaml").order
    environment = load_environment(SHOP / "environment").environment
    assert catalog
    assert order
    assert environment
    planned = plan(order, catalog, now=datetime(2026, 11, 25, tzinfo=UTC))
    assert not isinstance(planned, Refused)
    url = f"sqlite:///{tmp_path / 'orders.db'}"
    migrate(url)
    book = OrderBook(url)
    book.store_plan(planned)
    async with (
        serve(OfficeSettings(tmp_path / "office.db"), "127.0.0.1", 0) as address,
        httpx.AsyncClient(base_url=address, trust_env=False) as office,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        yield Desk(
            SystemActivities(book, http, at(environment, address), lambda _: None, address), book, office, planned
        )
    book.close()


def at(environment: Environment, address: str) -> Environment:
    systems = tuple(each.model_copy(update={"base_url": f"{address}/{each.name}"}) for each in environment.systems)
    return environment.model_copy(update={"systems": systems, "fallout_rules": RULES})


def failed(error: ApplicationError) -> Failed:
    assert (error.type, error.non_retryable) == (CALL_FAILED, True)
    return Failed.model_validate(error.details[0])


async def test_a_call_that_works_gives_its_outputs_typed(desk: Desk) -> None:
    outcome = (await desk.make(desk.call())).outcome
    assert isinstance(outcome, Succeeded)
    assert as_record(outcome.outputs)["payment_id"]
    assert await desk.effects() == 1


async def test_every_try_of_a_round_sends_the_same_bytes_under_the_same_key(desk: Desk) -> None:
    await desk.fault(kind="lost_answer")
    error = await desk.fails(desk.call())
    assert not failed(error).failure.refused
    again = (await desk.make(desk.call(), attempt=2)).outcome
    assert isinstance(again, Succeeded)
    assert await desk.effects() == 1


async def test_a_short_delay_is_left_to_temporals_retry_and_the_attempt_is_recorded(desk: Desk) -> None:
    await desk.fault(kind="status", status=503)
    error = await desk.fails(desk.call())
    assert (error.type, error.non_retryable, error.next_retry_delay) == ("HTTP_503", False, timedelta(milliseconds=200))
    recorded = desk.book.attempts("SB-1001", STEP)
    assert [(each.attempt, each.failure.code) for each in recorded] == [(1, "HTTP_503")]


async def test_a_long_delay_is_given_to_the_workflow(desk: Desk) -> None:
    await desk.fault(kind="status", status=503, code="SLOW")
    outcome = failed(await desk.fails(desk.call()))
    assert isinstance(outcome.decision, RetryLater)
    assert outcome.decision.delay == timedelta(minutes=2)


async def test_a_refusal_certainly_did_nothing(desk: Desk) -> None:
    await desk.fault(kind="status", status=402, code="CARD_DECLINED")
    outcome = failed(await desk.fails(desk.call()))
    assert isinstance(outcome.decision, Park)
    assert (outcome.decision.queue, outcome.failure.refused, outcome.unknown) == ("credit", True, False)


async def test_a_refusal_after_a_try_that_never_returned_leaves_the_outcome_unknown(desk: Desk) -> None:
    await desk.fault(kind="status", status=402, code="CARD_DECLINED")
    assert failed(await desk.fails(desk.call(), attempt=2)).unknown


async def test_a_refusal_after_refusals_only_stays_known(desk: Desk) -> None:
    await desk.fault(kind="status", status=402, code="CARD_DECLINED")
    assert not failed(await desk.fails(desk.call(), attempt=2, heartbeats=(1,))).unknown


async def test_what_an_earlier_call_of_the_round_left_unknown_stays_unknown(desk: Desk) -> None:
    await desk.fault(kind="status", status=402, code="CARD_DECLINED")
    assert failed(await desk.fails(desk.call(unknown=True))).unknown


async def test_no_answer_in_time_is_unknown_and_no_connection_is_refused(desk: Desk) -> None:
    await desk.fault(kind="timeout", seconds=5)
    late = failed(await desk.fails(desk.call(timeout=timedelta(milliseconds=200))))
    assert (late.failure.code, late.failure.refused) == ("TIMEOUT", False)
    system = desk.activities._environment.systems
    moved = tuple(each.model_copy(update={"base_url": "http://127.0.0.1:1/x"}) for each in system)
    desk.activities._environment = desk.activities._environment.model_copy(update={"systems": moved})
    unreachable = failed(await desk.fails(desk.call()))
    assert (unreachable.failure.code, unreachable.failure.refused) == ("UNREACHABLE", True)


async def test_a_wrong_answer_is_a_fallout_whose_effect_may_exist(desk: Desk) -> None:
    await desk.fault(kind="wrong_answer")
    outcome = failed(await desk.fails(desk.call()))
    assert (outcome.failure.code, outcome.unknown) == ("WRONG_ANSWER", True)


async def test_a_system_without_an_address_parks_with_what_to_add(desk: Desk) -> None:
    desk.activities._environment = Environment()
    outcome = failed(await desk.fails(desk.call()))
    assert (outcome.failure.code, outcome.failure.refused) == ("NO_ADDRESS", True)
    assert "payments" in outcome.failure.message


async def test_a_locked_order_book_costs_the_row_of_the_attempt_and_not_the_step(desk: Desk, tmp_path: Path) -> None:
    desk.book.plan(desk.plan.digest)
    await desk.fault(kind="status", status=402, code="CARD_DECLINED")
    with closing(sqlite3.connect(tmp_path / "orders.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        outcome = failed(await desk.fails(desk.call()))
        other.rollback()
    assert (outcome.failure.code, outcome.unwritten_attempts) == ("CARD_DECLINED", 1)


async def test_a_plan_that_cannot_be_read_calls_nobody_and_counts_for_no_fallout_rule(desk: Desk) -> None:
    desk.activities._book = OrderBook("postgresql://nobody@127.0.0.1:1/none")
    for attempt in range(1, 6):
        left = desk.heartbeats[-1] if desk.heartbeats else ()
        with pytest.raises(BookUnreachable):
            await desk.make(desk.call(), attempt, heartbeats=left)
    assert await desk.effects() == 0
    desk.activities._book = desk.book
    uncalled = desk.heartbeats[-1]
    await desk.fault(kind="status", status=503)
    assert (await desk.fails(desk.call(), attempt=6, heartbeats=uncalled)).next_retry_delay is not None
    await desk.fault(kind="status", status=402, code="CARD_DECLINED")
    assert not failed(await desk.fails(desk.call(), attempt=6, heartbeats=uncalled)).unknown

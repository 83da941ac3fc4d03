"""One call to a system: what it sends, what its outcome is, and what the fallout rules are asked to decide."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from catalog.environment import Environment
from catalog.fallout_rules import FalloutRule
from catalog.values import as_record
from fulfillment.outcomes import Park, RetryLater, RunAlternative, SkipStep, Succeeded
from orderbook.errors import BookUnreachable
from orderbook.store import OrderBook
from tests.unit.activities.conftest import STEP, Desk, failed


async def test_a_call_that_works_gives_its_outputs_typed(desk: Desk) -> None:
    outcome = (await desk.make(desk.call())).outcome
    assert isinstance(outcome, Succeeded)
    assert as_record(outcome.outputs)["payment_id"]
    assert await desk.effects() == 1


async def test_every_try_of_a_round_sends_the_same_bytes_under_the_same_key(desk: Desk) -> None:
    await desk.fault(operation="authorize/lookup", kind="status", status=503)
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


async def test_rules_know_the_products_and_the_priority_of_the_order(desk: Desk) -> None:
    rules: dict[str, dict[str, object]] = {
        "anything": {"code": "CARD_DECLINED", "queue": "credit"},
        "bulk": {"code": "CARD_DECLINED", "order_priority": "bulk", "product": "LAPTOP-13", "queue": "never"},
        "services": {"code": "CARD_DECLINED", "classification": "SERVICES", "skip": True},
    }
    judged_by(desk, rules)
    await desk.fault(kind="status", status=402, code="CARD_DECLINED")
    outcome = failed(await desk.fails(desk.call()))
    assert outcome.decision == SkipStep(rule="services", why="rule `services`: no retries; it skips the step")
    assert [each.decision for each in desk.book.attempts("SB-1001", STEP)] == [outcome.decision]


async def test_a_rule_that_runs_a_step_group_instead_names_it(desk: Desk) -> None:
    judged_by(desk, {"other_bank": {"alternative": "other_bank", "queue": "credit"}})
    await desk.fault(kind="status", status=402, code="CARD_DECLINED")
    decision = failed(await desk.fails(desk.call())).decision
    assert isinstance(decision, RunAlternative)
    assert (decision.group, decision.queue) == ("other_bank", "credit")


def judged_by(desk: Desk, rules: dict[str, dict[str, object]]) -> None:
    """Let these rules decide about failures."""
    given = tuple(FalloutRule.model_validate({"name": name, **rule}) for name, rule in rules.items())
    desk.activities._environment = desk.activities._environment.model_copy(update={"fallout_rules": given})


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
    await desk.fault(operation="authorize/lookup", kind="status", status=503)
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

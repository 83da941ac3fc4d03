"""The activity that asks the fallout rules about failures that happened in no call."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.fallouts import FalloutActivities
from catalog.environment import Environment
from catalog.fallout_rules import FalloutRule
from catalog.steps import StepType
from fulfillment.effects import Judge
from fulfillment.events import Judged
from fulfillment.outcomes import Decision, Failure, Park, RetryLater, SkipStep
from orderbook.errors import BookError
from orderbook.store import OrderBook
from tests.unit.activities.conftest import STEP, Desk


def rule(**declared: object) -> FalloutRule:
    return FalloutRule.model_validate(declared)


def overdue(desk: Desk, **changes: object) -> Judge:
    base = Judge(
        number="SB-1001",
        plan=desk.plan.digest,
        step=STEP,
        round=2,
        number_of=3,
        type=StepType.CALLOUT,
        operation="payments.authorize",
        failure=Failure(code="CALLBACK_OVERDUE", message="The system accepted it and did not answer."),
        attempts=2,
        tries=2,
        unknown=True,
    )
    return base.model_copy(update=changes)


def judged(desk: Desk, effect: Judge, *rules: FalloutRule) -> Judged:
    activities = FalloutActivities(desk.book, Environment(fallout_rules=rules))
    return ActivityEnvironment().run(activities.judge, effect)


def decided(desk: Desk, effect: Judge, *rules: FalloutRule) -> Decision:
    return judged(desk, effect, *rules).decision


async def test_the_answer_names_what_was_asked(desk: Desk) -> None:
    answer = judged(desk, overdue(desk))
    assert (answer.step, answer.round, answer.number_of) == (STEP, 2, 3)
    assert answer.decision == Park(why="no fallout rule matches `CALLBACK_OVERDUE` of `payments.authorize`")


async def test_the_rule_of_the_system_and_of_the_product_of_the_line_decides(desk: Desk) -> None:
    rules = [rule(name="wide", system="payments"), rule(name="other", system="payments", product="LAPTOP-16")]
    assert decided(desk, overdue(desk), *rules).rule == "wide"
    assert decided(desk, overdue(desk), *rules, rule(name="narrow", product="LAPTOP-13", system="payments")).rule == (
        "narrow"
    )


async def test_retries_are_counted_over_all_tries_of_the_step(desk: Desk) -> None:
    again = rule(name="again", code="CALLBACK_OVERDUE", retry={"retries": 2, "interval": "5m"})
    assert isinstance(decided(desk, overdue(desk), again), RetryLater)
    assert isinstance(decided(desk, overdue(desk, tries=3), again), Park)


async def test_what_may_have_worked_is_not_skipped_and_a_pause_is(desk: Desk) -> None:
    courtesy = rule(name="courtesy", pattern="CALLBACK_OVERDUE|PAUSE_TIMED_OUT", skip=True)
    assert isinstance(decided(desk, overdue(desk), courtesy), Park)
    failure = Failure(code="PAUSE_TIMED_OUT", message="It did not hold.", refused=True)
    paused = overdue(desk, type=StepType.PAUSE, operation=None, failure=failure, unknown=False)
    assert isinstance(decided(desk, paused, courtesy), SkipStep)


async def test_a_book_that_cannot_be_read_is_an_error_and_no_decision(desk: Desk, tmp_path: Path) -> None:
    empty = OrderBook(f"sqlite:///{tmp_path / 'nowhere/orders.db'}")
    with pytest.raises(BookError):
        judged(dataclasses.replace(desk, book=empty), overdue(desk), rule(name="wide"))
    empty.close()

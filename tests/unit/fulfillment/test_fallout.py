"""What the fallout rules decide about a failed try."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.environment import FalloutRule, RetryPolicy, RetryPolicyKind
from catalog.steps import StepType
from fulfillment.fallout import decide
from fulfillment.outcomes import Decision, Failure, Park, RetryLater

BUSY = Failure(code="BUSY", message="busy")


def decided(*rules: FalloutRule, tries: int = 1, failure: Failure = BUSY) -> Decision:
    return decide(
        failure,
        step="shipping.ship",
        operation="carrier.book",
        step_type=StepType.CALLOUT,
        tries=tries,
        rules=rules,
    )


def exponential(retries: int, **more: timedelta) -> FalloutRule:
    return FalloutRule(name="busy", retry=RetryPolicy(policy=RetryPolicyKind.EXPONENTIAL, retries=retries, **more))


def delay(decision: Decision) -> timedelta:
    assert isinstance(decision, RetryLater)
    return decision.delay


EXACTEST_FIRST = (
    FalloutRule(name="step", step="shipping.ship"),
    FalloutRule(name="group", group="shipping"),
    FalloutRule(name="operation", operation="carrier.book"),
    FalloutRule(name="system_code", system="carrier", code="BUSY"),
    FalloutRule(name="system_pattern", system="carrier", pattern="B.*"),
    FalloutRule(name="system_priority", system="carrier", priority=2),
    FalloutRule(name="system_first", system="carrier"),
    FalloutRule(name="system_second", system="carrier"),
    FalloutRule(name="type", type=StepType.CALLOUT),
    FalloutRule(name="any", priority=100),
)


@pytest.mark.parametrize("at", range(len(EXACTEST_FIRST)))
def test_the_more_exact_rule_wins_whatever_its_priority(at: int) -> None:
    remaining = EXACTEST_FIRST[at:]
    decision = decided(*remaining)
    assert isinstance(decision, Park)
    assert decision.rule == remaining[0].name


def test_the_order_of_the_file_decides_only_ties() -> None:
    decision = decided(*reversed(EXACTEST_FIRST))
    assert decision.rule == "step"
    assert decided(*reversed(EXACTEST_FIRST[6:8])).rule == "system_second"


@pytest.mark.parametrize(
    "rule",
    [
        FalloutRule(name="other", step="shipping.pack"),
        FalloutRule(name="other", group="billing"),
        FalloutRule(name="other", operation="carrier.cancel"),
        FalloutRule(name="other", system="payment"),
        FalloutRule(name="other", type=StepType.MILESTONE),
        FalloutRule(name="other", code="HTTP_503"),
        FalloutRule(name="other", pattern="USY"),
    ],
)
def test_a_rule_for_something_else_does_not_match(rule: FalloutRule) -> None:
    assert decided(rule) == Park(why="no fallout rule matches `BUSY` of `carrier.book`")


def test_a_rule_retries_as_often_as_it_says_and_then_parks_in_its_queue() -> None:
    rule = FalloutRule(name="busy", retry=RetryPolicy(retries=3, interval=timedelta(seconds=2)), queue="carriers")
    assert [delay(decided(rule, tries=tries)) for tries in (1, 2, 3)] == [timedelta(seconds=2)] * 3
    assert decided(rule, tries=4) == Park(queue="carriers", rule="busy", why="rule `busy`: 3 retries used up")


@pytest.mark.parametrize(("retries", "words"), [(0, "rule `busy`: no retries"), (1, "rule `busy`: 1 retry used up")])
def test_the_reason_counts_in_words(retries: int, words: str) -> None:
    decision = decided(exponential(retries), tries=retries + 1)
    assert isinstance(decision, Park)
    assert decision.why == words


def test_an_exponential_interval_doubles_up_to_its_cap() -> None:
    rule = exponential(1_000, interval=timedelta(seconds=1), cap=timedelta(seconds=5))
    assert [delay(decided(rule, tries=tries)).seconds for tries in (1, 2, 3, 4, 1_000)] == [1, 2, 4, 5, 5]


def test_what_the_system_asks_for_is_a_minimum() -> None:
    rule = exponential(5, interval=timedelta(seconds=4))
    late = BUSY.model_copy(update={"retry_after": timedelta(seconds=30)})
    soon = BUSY.model_copy(update={"retry_after": timedelta(seconds=1)})
    assert delay(decided(rule, failure=late)) == timedelta(seconds=30)
    assert delay(decided(rule, failure=soon)) == timedelta(seconds=4)


def test_a_delay_is_never_zero_and_never_endless() -> None:
    rule = FalloutRule(name="busy", retry=RetryPolicy(retries=1, interval=timedelta(0)))
    forever = BUSY.model_copy(update={"retry_after": timedelta(days=99_999)})
    assert delay(decided(rule)) == timedelta(milliseconds=1)
    assert delay(decided(rule, failure=forever)) == timedelta(days=30)

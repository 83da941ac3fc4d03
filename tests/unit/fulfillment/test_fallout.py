"""What the fallout rules decide about a failed try."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog.fallout_rules import FalloutRule, RetryPolicy, RetryPolicyKind
from catalog.rules import Priority
from catalog.steps import StepType
from fulfillment.fallout import Tried, decide, matching_rule, parked
from fulfillment.outcomes import Cancels, CancelWork, Decision, Failure, Park, RetryLater, RunAlternative, SkipStep

BUSY = Failure(code="BUSY", message="busy")
SHIP = Tried(
    step="shipping.ship",
    operation="carrier.book",
    type=StepType.CALLOUT,
    products=("LAPTOP", "PARCEL"),
    classes=(("laptop", "device"), ()),
    order_priority=Priority.HIGH,
    key="SO-1/shipping.ship/1/1",
)


def decided(*rules: FalloutRule, tries: int = 1, failure: Failure = BUSY, unknown: bool = False) -> Decision:
    return decide(failure, SHIP._replace(tries=tries, unknown=unknown), rules)


def winner(*rules: FalloutRule, tried: Tried = SHIP) -> str | None:
    found = matching_rule("BUSY", tried, rules)
    return found.name if found else None


def exponential(retries: int, **more: timedelta) -> FalloutRule:
    return FalloutRule(name="busy", retry=RetryPolicy(policy=RetryPolicyKind.EXPONENTIAL, retries=retries, **more))


def delays(policy: RetryPolicy, key: str = "SO-1/shipping.ship/1") -> list[timedelta]:
    """Return the waits before the first five retries of a step."""
    rule = FalloutRule(name="busy", retry=policy)
    tried = [SHIP._replace(tries=tries, key=f"{key}/{tries}") for tries in range(1, 6)]
    return [delay(decide(BUSY, each, (rule,))) for each in tried]


def delay(decision: Decision) -> timedelta:
    assert isinstance(decision, RetryLater)
    return decision.delay


EXACTEST_FIRST = (
    FalloutRule(name="step", step="shipping.ship"),
    FalloutRule(name="group", group="shipping"),
    FalloutRule(name="operation", operation="carrier.book"),
    FalloutRule(name="system_code", system="carrier", code="BUSY"),
    FalloutRule(name="system_pattern", system="carrier", pattern="B.*"),
    FalloutRule(name="system_product", system="carrier", product="LAPTOP"),
    FalloutRule(name="system_near_class", system="carrier", classification="laptop"),
    FalloutRule(name="system_far_class", system="carrier", classification="device", priority=9),
    FalloutRule(name="system_priority", system="carrier", priority=2),
    FalloutRule(name="system_urgent", system="carrier", order_priority=Priority.HIGH),
    FalloutRule(name="system_third_try", system="carrier", attempt=3),
    FalloutRule(name="system_second_try", system="carrier", attempt=2),
    FalloutRule(name="system_first", system="carrier"),
    FalloutRule(name="system_second", system="carrier"),
    FalloutRule(name="type", type=StepType.CALLOUT),
    FalloutRule(name="any", priority=100),
)


@pytest.mark.parametrize("at", range(len(EXACTEST_FIRST)))
def test_the_more_exact_rule_wins_whatever_its_priority(at: int) -> None:
    remaining = EXACTEST_FIRST[at:]
    assert winner(*remaining, tried=SHIP._replace(tries=3)) == remaining[0].name


def test_the_order_of_the_file_decides_only_ties() -> None:
    assert winner(*reversed(EXACTEST_FIRST)) == "step"
    assert winner(*reversed(EXACTEST_FIRST[12:14])) == "system_second"


@given(st.permutations(EXACTEST_FIRST[:-3]), st.integers(1, 4))
def test_the_order_of_the_rules_does_not_matter_but_for_ties(rules: list[FalloutRule], tries: int) -> None:
    tried = SHIP._replace(tries=tries)
    while rules:
        found = winner(*rules, tried=tried)
        assert found == winner(*(each for each in EXACTEST_FIRST if each in rules), tried=tried)
        if found is None:
            return
        rules = [each for each in rules if each.name != found]


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
        FalloutRule(name="other", product="MONITOR"),
        FalloutRule(name="other", classification="monitor"),
        FalloutRule(name="other", order_priority=Priority.BULK),
        FalloutRule(name="other", attempt=2),
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


def test_an_immediate_retry_waits_for_nothing_but_what_the_system_asks_for() -> None:
    rule = FalloutRule(name="busy", retry=RetryPolicy(policy=RetryPolicyKind.IMMEDIATE, retries=5))
    assert set(delays(rule.retry)) == {timedelta(milliseconds=1)}
    asked = BUSY.model_copy(update={"retry_after": timedelta(seconds=7)})
    assert delay(decided(rule, failure=asked)) == timedelta(seconds=7)


def test_staggered_retries_wait_as_listed_and_the_last_wait_repeats() -> None:
    waits = (timedelta(seconds=1), timedelta(minutes=5), timedelta(hours=1))
    listed = RetryPolicy.model_validate({"policy": "staggered", "intervals": ["1s", "5m", "1h"]})
    assert (listed.retries, listed.intervals) == (3, waits)
    assert delays(listed.model_copy(update={"retries": 5})) == [*waits, waits[2], waits[2]]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"policy": "staggered", "retries": 2}, "`staggered` needs `intervals`"),
        ({"policy": "fixed", "intervals": ["1s"]}, "`intervals` belong to `policy: staggered`"),
        ({"policy": "fixed"}, "Field required"),
        ({"policy": "fixed", "retries": 1, "jitter": 2}, "less than or equal to 1"),
    ],
)
def test_a_policy_that_does_not_fit_together_is_refused(written: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        RetryPolicy.model_validate(written)


def test_jitter_cuts_each_wait_by_another_share_and_the_same_try_always_waits_the_same() -> None:
    policy = RetryPolicy(retries=5, interval=timedelta(seconds=10), jitter=0.5)
    waits = delays(policy)
    assert waits == delays(policy)
    assert len(set(waits)) == 5
    assert delays(policy, "SO-2/shipping.ship/1") != waits
    assert all(timedelta(seconds=5) <= each <= timedelta(seconds=10) for each in waits)


def test_without_jitter_the_wait_is_exact() -> None:
    assert set(delays(RetryPolicy(retries=5, interval=timedelta(seconds=10)))) == {timedelta(seconds=10)}


def test_a_step_is_skipped_by_rule_once_its_retries_are_used_up() -> None:
    rule = FalloutRule(name="polite", skip=True, retry=RetryPolicy(retries=1), notify=("ops",))
    assert isinstance(decided(rule), RetryLater)
    why = "rule `polite`: 1 retry used up; it skips the step"
    assert decided(rule, tries=2) == SkipStep(rule="polite", why=why, notify=("ops",))


def test_an_alternative_carries_the_queue_for_when_it_cannot_run() -> None:
    rule = FalloutRule(name="backup", alternative="other_carrier", queue="logistics")
    why = "rule `backup`: no retries; it runs `other_carrier` instead"
    assert decided(rule) == RunAlternative(group="other_carrier", rule="backup", why=why, queue="logistics")


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        (FalloutRule(name="r", queue="q", skip=True), "it skips the step"),
        (FalloutRule(name="r", queue="q", alternative="other"), "it runs `other` instead"),
    ],
)
def test_a_step_that_may_have_worked_is_left_to_a_person_whatever_its_rule_says(rule: FalloutRule, what: str) -> None:
    why = f"rule `r`: no retries; {what} only if nothing happened, and a try may have worked"
    assert decided(rule, unknown=True) == Park(queue="q", rule="r", why=why)


@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("cancels", Cancels)
def test_a_rule_cancels_also_what_may_have_worked(cancels: Cancels, unknown: bool) -> None:
    order = cancels is Cancels.ORDER
    rule = FalloutRule(name="r", queue="q", notify=("ops",), cancel_order=order, cancel_lines=not order)
    why = f"rule `r`: no retries; it cancels the {cancels.value}"
    assert decided(rule, unknown=unknown) == CancelWork(cancels=cancels, rule="r", why=why, queue="q", notify=("ops",))


def test_a_rule_has_one_outcome() -> None:
    with pytest.raises(ValidationError, match="give one outcome, not `skip` and `alternative`"):
        FalloutRule(name="r", skip=True, alternative="other")


def test_what_must_park_goes_to_the_queue_of_its_rule_and_is_not_tried_again() -> None:
    rule = FalloutRule(name="r", queue="q", retry=RetryPolicy(retries=9), notify=("ops",))
    assert parked("BUSY", SHIP, (rule,), "it may happen twice") == Park(
        queue="q", rule="r", why="it may happen twice", notify=("ops",)
    )
    assert parked("BUSY", SHIP, (), "it may happen twice") == Park(why="it may happen twice")

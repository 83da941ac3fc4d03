"""What `dro orders explain` says of a step that has run: where it stands, its failed tries, what the rules decided."""

from __future__ import annotations

from datetime import timedelta

from commands.story import story, stuck
from fulfillment.outcomes import Decision, Park, RetryLater, RunAlternative, SkipStep
from fulfillment.states import OrderState, StepState
from orderbook.views import Attempt, FalloutView, OrderView, StepView
from tests.unit.orderbook.builders import NOON, a_failure, a_fallout, a_step, minutes

PARKED = StepView(**dict(a_step(state=StepState.FATALLY_FAILED, started_at=NOON)))


def attempt(decision: Decision, *, refused: bool = False) -> str:
    """Return what is told of a failed try."""
    failure = a_failure().model_copy(update={"refused": refused})
    made = Attempt(round=1, attempt=2, at=minutes(1), failure=failure, decision=decision)
    return list(story(PARKED, (made,), ()))[1]


def fallout(**changes: object) -> FalloutView:
    return FalloutView(**{**dict(a_fallout()), "order": "SO-1", **changes})


def test_a_step_says_where_it_stands_since_when_and_why() -> None:
    assert list(story(PARKED, (), ())) == ["It is fatally failed since 2026-11-25 12:00:00 UTC: called."]
    untouched = StepView(**dict(a_step(state=StepState.PENDING))).model_copy(update={"reason": ""})
    assert list(story(untouched, (), ())) == ["It is pending."]


def test_each_failed_try_says_what_is_known_and_what_was_decided() -> None:
    head = "Try 2 of round 1, 2026-11-25 12:01:00 UTC, failed with `HTTP_503`"
    assert attempt(RetryLater(delay=timedelta(milliseconds=200), rule="busy")) == (
        f"{head} (whether it worked is unknown): no stock server. Rule `busy`: tried again after 200 ms."
    )
    assert attempt(Park(queue="logistics", rule="busy", why="rule `busy`: no retries"), refused=True) == (
        f"{head} (nothing happened): no stock server. Parked, in queue `logistics`: rule `busy`: no retries."
    )


def test_what_a_rule_did_instead_of_parking_is_told_in_its_words() -> None:
    skipped = attempt(SkipStep(rule="busy", why="rule `busy`: no retries; it skips the step"))
    assert skipped.endswith(". Rule `busy`: no retries; it skips the step.")
    replaced = attempt(RunAlternative(group="x", rule="busy", why="rule `busy`: no retries; it runs `x` instead"))
    assert replaced.endswith(". Rule `busy`: no retries; it runs `x` instead.")


def test_a_fallout_says_its_rule_queue_and_whom_it_told_and_how_it_was_resolved() -> None:
    told = "Fallout 1, 2026-11-25 12:01:00 UTC, `HTTP_503`: in queue `logistics`: 3 tries failed"
    is_open = list(story(PARKED, (), (fallout(notify=("ops",)),)))[1]
    assert is_open == f"{told}; whether it worked is unknown; told to `ops`."
    done = fallout(unknown=False, resolution="retried", actor="kim", reason="It is back.", resolved_at=minutes(9))
    resolved = list(story(PARKED, (), (done,)))[1]
    assert resolved == f"{told}. It was retried by kim, 2026-11-25 12:09:00 UTC: It is back."


def test_an_order_lists_the_steps_that_wait_for_a_decision_and_nothing_where_none_does() -> None:
    order = OrderView(
        number="SO-1",
        account="ACME",
        state=OrderState.HELD,
        priority="normal",
        catalog="c",
        accepted_at=NOON,
        steps=(PARKED,),
        fallouts=(fallout(), fallout(number=2, resolution="skipped")),
    )
    assert list(stuck(order))[:2] == ["", "Waits for a decision"]
    assert [each.split(":")[0] for each in list(stuck(order))[2:]] == ["  Pick (`ship.pick`)"]
    assert list(stuck(order.model_copy(update={"fallouts": ()}))) == []

"""Workflow against order book: what counts as a difference, and in which order they are told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fulfillment.standing import Standing, StepStanding
from fulfillment.states import OrderState, StepState
from orderbook.views import OrderView, StepView
from service.reconcile import differences

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
STANDING = Standing(
    number="SO-1",
    state=OrderState.IN_PROGRESS,
    plan="d1",
    open_fallouts=1,
    steps=(
        StepStanding(id="ship.pick", state=StepState.FATALLY_FAILED, round=2),
        StepStanding(id="ship.send", state=StepState.PENDING),
    ),
)


def booked(standing: Standing = STANDING) -> OrderView:
    """Return the order as a book has it that was told all."""
    steps = tuple(
        StepView(id=each.id, group="Ship", title="", type="callout", state=each.state, reason="", round=each.round)
        for each in standing.steps
    )
    return OrderView(
        number=standing.number,
        account="ACME",
        state=standing.state,
        priority="normal",
        catalog="c1",
        accepted_at=NOON,
        plan=standing.plan or None,
        open_fallouts=standing.open_fallouts,
        steps=steps,
    )


def told(standing: Standing, view: OrderView) -> list[tuple[str, str, str]]:
    return [(each.subject, each.book, each.workflow) for each in differences(standing, view)]


def test_an_order_of_which_the_book_was_told_all_does_not_differ() -> None:
    assert differences(STANDING, booked()) == ()


def test_an_order_without_a_plan_yet_does_not_differ() -> None:
    fresh = Standing(number="SO-1", state=OrderState.ACKNOWLEDGED)
    assert differences(fresh, booked(fresh)) == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"state": OrderState.COMPLETED}, ("state", "completed", "in_progress")),
        ({"plan": "d2"}, ("plan", "d2", "d1")),
        ({"plan": None}, ("plan", "none", "d1")),
        ({"open_fallouts": 0}, ("open fallouts", "0", "1")),
    ],
)
def test_each_thing_of_the_order_is_compared(change: dict[str, object], expected: tuple[str, str, str]) -> None:
    assert told(STANDING, booked().model_copy(update=change)) == [expected]


def test_state_and_round_of_each_step_are_compared() -> None:
    other = (
        StepStanding(id="ship.pick", state=StepState.FATALLY_FAILED, round=1),
        StepStanding(id="ship.send", state=StepState.READY),
    )
    assert told(STANDING.model_copy(update={"steps": other}), booked()) == [
        ("ship.pick", "fatally_failed, round 2", "fatally_failed, round 1"),
        ("ship.send", "pending, round 1", "ready, round 1"),
    ]


def test_a_step_that_one_side_lacks_is_a_difference_on_either_side() -> None:
    fewer = STANDING.model_copy(update={"steps": STANDING.steps[:1]})
    assert told(fewer, booked()) == [("ship.send", "pending, round 1", "none")]
    assert told(STANDING, booked(fewer)) == [("ship.send", "none", "pending, round 1")]


def test_every_difference_is_told_in_one_pass_the_order_first_then_its_steps_by_id() -> None:
    reversed_steps = Standing(number="SO-1", state=OrderState.HELD, plan="d1", steps=STANDING.steps[::-1])
    found = told(reversed_steps, booked().model_copy(update={"steps": ()}))
    assert [subject for subject, _, _ in found] == ["state", "open fallouts", "ship.pick", "ship.send"]


def test_each_difference_names_the_order_and_what_to_do() -> None:
    found = differences(STANDING, booked().model_copy(update={"state": OrderState.HELD}))
    assert found[0].order == "SO-1"
    assert "`dro orders history SO-1`" in found[0].next_step

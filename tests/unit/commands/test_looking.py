"""What people see of an order: steps as they can happen, changes as lines."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from rich.console import Console

from commands.looking import change
from commands.render import in_order, order_view
from fulfillment.outcomes import Failure
from fulfillment.progress import StepProgress
from fulfillment.states import OrderState, StepState
from orderbook.views import FalloutView, OrderView, StepView

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def step(name: str, *after: str, state: StepState = StepState.PENDING, reason: str = "") -> StepView:
    return StepView(id=name, group="g", title=name, type="callout", state=state, reason=reason, after=after)


def order(*steps: StepView, state: OrderState = OrderState.IN_PROGRESS, **more: object) -> OrderView:
    head = {"number": "SHOP-1", "account": "ADA", "state": state, "priority": "normal", "catalog": "0" * 64}
    return OrderView.model_validate({**head, "accepted_at": NOW, "steps": steps, **more})


def ids(steps: tuple[StepProgress, ...]) -> list[str]:
    return [each.id for each in steps]


def test_steps_stand_after_those_they_wait_for_and_else_by_id() -> None:
    assert ids(in_order((step("a", "z"), step("c"), step("b", "c"), step("z")))) == ["c", "z", "a", "b"]


def test_a_prerequisite_that_is_not_shown_holds_no_step_back() -> None:
    assert ids(in_order((step("a", "elsewhere"),))) == ["a"]


def test_only_what_changed_is_told() -> None:
    before = order(step("a", state=StepState.IN_PROGRESS, reason="calling"), step("b", "a"))
    after = order(step("a", state=StepState.COMPLETED, reason="done"), step("b", "a"))
    assert change(before, after) == ("a: completed (done)",)
    assert change(after, after) == ()


def test_the_first_look_tells_what_is_no_longer_pending_and_the_order() -> None:
    first = order(step("a", state=StepState.IN_PROGRESS, reason="calling"), step("b", "a"))
    assert change(None, first) == ("a: in progress (calling)", "order SHOP-1: in progress")


def test_an_open_fallout_is_shown_with_the_commands_that_resolve_it() -> None:
    fallout = FalloutView(
        order="SHOP-1",
        step="a",
        number=1,
        round=1,
        system="carrier",
        operation="carrier.ship",
        failure=Failure(code="HTTP_503", message="closed"),
        unknown=True,
        rule=None,
        why="no rule matched",
        queue=None,
        attempts=1,
        opened_at=NOW,
    )
    screen = Console(width=200, file=io.StringIO(), record=True)
    screen.print(order_view(order(step("a", state=StepState.FATALLY_FAILED), fallouts=(fallout,))))
    text = screen.export_text()
    assert "HTTP_503: closed" in text
    assert "The outcome is unknown" in text
    assert "dro steps retry SHOP-1 a\n" in text
    assert "dro steps skip SHOP-1 a --nothing-happened --reason …\n" in text

"""What people see of an order: steps as they can happen, changes as lines."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

from rich.console import Console, RenderableType

from commands.looking import changes
from commands.render import in_order, order_view, orders
from fulfillment.outcomes import Failure
from fulfillment.progress import StepProgress
from fulfillment.states import OrderState, StepState
from orderbook.views import FalloutView, LostExecution, OrderView, StepView

NOW = datetime(2026, 11, 25, tzinfo=UTC)
LOST = LostExecution(found_at=NOW, run_id="r-1", how="terminated", detail="It was terminated.")


def step(name: str, *after: str, state: StepState = StepState.PENDING, reason: str = "") -> StepView:
    return StepView(id=name, group="g", title=name, type="callout", state=state, reason=reason, after=after)


def order(*steps: StepView, state: OrderState = OrderState.IN_PROGRESS, **more: object) -> OrderView:
    head = {"number": "SHOP-1", "account": "ADA", "state": state, "priority": "normal", "catalog": "0" * 64}
    return OrderView.model_validate({**head, "accepted_at": NOW, "steps": steps, **more})


def text_of(renderable: RenderableType) -> str:
    screen = Console(width=200, file=io.StringIO(), record=True)
    screen.print(renderable)
    return screen.export_text()


def told(before: OrderView | None, after: OrderView) -> tuple[str, ...]:
    return tuple(str(each) for each in changes(before, after, NOW))


def ids(steps: tuple[StepProgress, ...]) -> list[str]:
    return [each.id for each in steps]


def test_steps_stand_after_those_they_wait_for_and_else_by_id() -> None:
    assert ids(in_order((step("a", "z"), step("c"), step("b", "c"), step("z")))) == ["c", "z", "a", "b"]


def test_a_prerequisite_that_is_not_shown_holds_no_step_back() -> None:
    assert ids(in_order((step("a", "elsewhere"),))) == ["a"]


def test_only_what_changed_is_told() -> None:
    before = order(step("a", state=StepState.IN_PROGRESS, reason="calling"), step("b", "a"))
    after = order(step("a", state=StepState.COMPLETED, reason="done"), step("b", "a"))
    assert told(before, after) == ("a: completed (done)",)
    assert told(after, after) == ()


def test_the_first_look_tells_what_is_no_longer_pending_and_the_order() -> None:
    first = order(step("a", state=StepState.IN_PROGRESS, reason="calling"), step("b", "a"))
    assert told(None, first) == ("a: in progress (calling)", "order SHOP-1: in progress")


def test_steps_that_moved_between_two_looks_are_told_as_they_can_happen() -> None:
    done = {"state": StepState.COMPLETED, "reason": "done"}
    before = order(step("a", "b"), step("b"))
    after = order(step("a", "b").model_copy(update=done), step("b").model_copy(update=done))
    assert told(before, after) == ("b: completed (done)", "a: completed (done)")


def test_a_change_is_an_object_for_programs() -> None:
    [change] = changes(order(step("a")), order(step("a", state=StepState.COMPLETED, reason="done")), NOW)
    assert json.loads(change.model_dump_json()) == {
        "at": "2026-11-25T00:00:00Z",
        "order": "SHOP-1",
        "step": "a",
        "state": "completed",
        "reason": "done",
    }


def test_a_lost_execution_is_told_with_the_command_that_helps() -> None:
    [line] = told(order(), order(lost=LOST))
    assert line == "order SHOP-1: in progress (It was terminated. Go on: dro orders restart SHOP-1)"


def test_a_lost_execution_is_shown_before_everything_else() -> None:
    shown = text_of(order_view(order(step("a"), lost=LOST)))
    assert shown.startswith("Order SHOP-1 does not go on: its execution is lost\n  It was terminated.")
    assert "\n  dro orders restart SHOP-1\n" in shown
    assert "execution lost" in text_of(orders((order(lost=LOST),)))


def test_facts_are_shown_whose_they_are() -> None:
    facts = {
        "order": [{"name": "signed_off", "type": "boolean", "text": "true"}],
        "lines": [{"line": "L1", "values": [{"name": "agreed", "type": "text", "text": None}]}],
    }
    shown = text_of(order_view(order(step("a"), facts=facts)))
    assert "Facts: signed_off = true\n" in shown
    assert "Facts of line L1: agreed = null\n" in shown


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
    text = text_of(order_view(order(step("a", state=StepState.FATALLY_FAILED), fallouts=(fallout,))))
    assert "HTTP_503: closed" in text
    assert "The outcome is unknown" in text
    assert "dro steps retry SHOP-1 a\n" in text
    assert "dro steps skip SHOP-1 a --nothing-happened --reason …\n" in text

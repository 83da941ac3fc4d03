"""Changes that fallout rules ask for, and how changes and alternatives wait for one another (`domain.md` F2, A4)."""

from __future__ import annotations

from fulfillment.events import Extended
from fulfillment.outcomes import Cancels, CancelWork, Failed, Failure
from fulfillment.states import OrderState, StepState
from tests.unit.fulfillment.changes import EVERYTHING, Changing
from tests.unit.fulfillment.changing_worlds import everything, lines, two_lines
from tests.unit.fulfillment.growths import replaced_by_rule
from tests.unit.fulfillment.plans import (
    NOW,
)


def cancelled_by_rule(cancels: Cancels, *, unknown: bool = False) -> Failed:
    failure = Failure(code="SOLD_OUT", message="Sold out.", refused=not unknown)
    decision = CancelWork(cancels=cancels, rule="sold_out", why="rule `sold_out`: no retries", queue="stock")
    return Failed(failure=failure, decision=decision, unknown=unknown)


def test_a_rule_cancels_the_lines_of_the_step_that_failed() -> None:
    world = Changing(two_lines())
    world.end("reserve@L1", cancelled_by_rule(Cancels.LINES))
    wanted = world.requests[-1].wanted
    assert (wanted.kind, getattr(wanted, "lines", None), wanted.actor) == ("cancel", ("L1",), "system")
    assert wanted.reason == "rule `sold_out`, after fallout 1 of main.reserve@L1"
    world.work_out()
    assert (world.state("reserve@L1"), lines(world)["L1"]) == (StepState.DISCARDED, "cancelled")
    world.end("reserve@L2")
    world.end("ship")
    assert world.run.order_state is OrderState.PARTIAL


def test_a_rule_cancels_the_order_and_what_may_have_worked_is_undone() -> None:
    world = Changing(two_lines())
    world.end("reserve@L2")
    world.end("reserve@L1", cancelled_by_rule(Cancels.ORDER, unknown=True))
    world.work_out()
    assert sorted(each for each in world.calls if each.startswith("undo")) == ["undo.undo@L1", "undo.undo@L2"]
    world.finish("undo.undo@L1")
    world.finish("undo.undo@L2")
    assert (world.run.order_state, world.run.closed) == (OrderState.CANCELLED, True)


def test_what_rules_cancel_at_once_is_worked_out_one_after_the_other() -> None:
    world = Changing(two_lines())
    world.end("reserve@L1", cancelled_by_rule(Cancels.LINES))
    world.end("reserve@L2", cancelled_by_rule(Cancels.LINES))
    assert len(world.requests) == 1
    world.work_out()
    assert [getattr(each.wanted, "lines", None) for each in world.requests] == [("L1",), ("L2",)]
    world.work_out()
    assert (world.run.order_state, world.run.closed) == (OrderState.CANCELLED, True)


def test_where_the_cancellation_by_a_rule_is_refused_the_step_waits_for_a_person() -> None:
    world = Changing(two_lines())
    world.end("reserve@L1", cancelled_by_rule(Cancels.LINES))
    world.refuse()
    assert (world.state("reserve@L1"), world.run.open_fallouts, len(world.requests)) == (StepState.FATALLY_FAILED, 1, 1)
    [fallout] = everything(world).fallouts
    assert (fallout.queue, fallout.resolution) == ("stock", "")
    assert fallout.why == "rule `sold_out`: no retries; change 1 is to do so"


def test_the_failed_undoing_of_a_cancelled_line_cancels_nothing_more() -> None:
    world = Changing(two_lines())
    world.end("reserve@L1")
    world.cancel("L1")
    world.finish("undo.undo@L1", cancelled_by_rule(Cancels.LINES))
    assert len(world.requests) == 1
    [fallout] = everything(world).fallouts
    assert fallout.why == "rule `sold_out`: no retries; nothing is left of it to cancel"


def test_a_step_whose_alternative_was_chosen_while_a_change_is_worked_out_waits_for_it() -> None:
    world = Changing(two_lines())
    effect = world.ask(EVERYTHING.model_copy(update={"lines": ("L2",)}))
    told = world.end("reserve@L1", replaced_by_rule())
    assert [each.kind for each in told] == []
    told = world.work_out(effect)
    assert [each.kind for each in told] == ["extend"]
    assert world.run.plan is not None
    assert getattr(told[0], "plan", None) == world.run.plan.plan == "digest-2"


def test_a_change_waits_for_an_alternative_that_is_being_planned() -> None:
    world = Changing(two_lines())
    world.end("reserve@L1", replaced_by_rule())
    assert world.say(EVERYTHING) == ()
    told = world.run.apply(Extended(step="main.reserve@L1", refused="no such group"), NOW)
    assert [each.kind for each in told] == ["plan_change"]
    world._ask(told)
    world.work_out()
    assert world.state("reserve@L1") is StepState.DISCARDED


def test_an_unwanted_step_whose_alternative_was_to_be_planned_has_none() -> None:
    world = Changing(two_lines())
    effect = world.ask(EVERYTHING.model_copy(update={"lines": ("L1",)}))
    world.end("reserve@L1", replaced_by_rule())
    assert [each.kind for each in world.work_out(effect)] == []
    assert world.state("reserve@L1") is StepState.DISCARDED

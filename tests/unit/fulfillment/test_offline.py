"""A system that is switched off: its steps wait on hold, no attempt counts, and they go on when it is back (F5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fulfillment.commands import Complete, Retry, Skip
from fulfillment.effects import Call
from fulfillment.events import CallbackArrived, SystemOnline
from fulfillment.outcomes import Offline, Outcome
from fulfillment.places import PLACES_PER_SYSTEM
from fulfillment.runplan import RunCallback
from fulfillment.states import OrderState, StepState
from tests.unit.fulfillment.plans import World, callout, park, plan, retry_later, step

OFFLINE = Offline(system="inventory", actor="ann", reason="maintenance")
BACK = SystemOnline(system="inventory")


def one() -> World:
    return World(plan([callout("pay")], [step("pay")]))


def reason(world: World, name: str) -> str:
    return next(each.reason for each in world.run.dump().steps if each.id == f"main.{name}")


def resumed(world: World) -> list[Call]:
    effects = world.run.apply(BACK, world.now)
    return [each for each in effects if isinstance(each, Call)]


def test_a_step_waits_on_hold_without_a_fallout_and_no_attempt_counts() -> None:
    world = one()
    world.end("pay", OFFLINE)
    assert world.state("pay") is StepState.ON_HOLD
    assert reason(world, "pay") == "`inventory` is offline: maintenance (ann); goes on when it is back"
    assert (world.run.open_fallouts, world.run.order_state) == (0, OrderState.HELD)
    [again] = resumed(world)
    assert (again.attempts, again.tries, again.unknown) == (0, 0, False)
    world.end("pay")
    assert world.run.order_state is OrderState.COMPLETED


def test_a_call_that_was_retried_when_its_system_went_off_keeps_what_is_known_of_its_tries() -> None:
    world = one()
    world.end("pay", OFFLINE.model_copy(update={"attempts": 3, "tries": 2, "unknown": True}))
    [again] = resumed(world)
    assert (again.attempts, again.tries, again.unknown) == (3, 2, True)


def test_only_the_steps_of_the_system_that_is_back_go_on() -> None:
    made = plan([callout("pay"), callout("ship", system="shipping")], [step("pay"), step("ship")])
    world = World(made)
    world.end("pay", OFFLINE)
    world.end("ship", Offline(system="shipping", actor="ann", reason="strike"))
    assert [each.step for each in resumed(world)] == ["main.pay"]
    assert world.state("ship") is StepState.ON_HOLD


def test_that_a_system_is_back_means_nothing_to_an_order_that_does_not_wait_for_it() -> None:
    world = one()
    before = world.run.dump()
    assert resumed(world) == []
    assert world.run.dump() == before


def test_a_step_on_hold_holds_no_place() -> None:
    names = [f"call@L{at:02}" for at in range(PLACES_PER_SYSTEM + 1)]
    world = World(plan([callout("call")], [step(name) for name in names]))
    [called] = [each for each in world.end(names[0], OFFLINE) if isinstance(each, Call)]
    assert called.step == f"main.{names[-1]}"


def test_an_operator_may_go_on_without_the_system_but_not_retry_against_it() -> None:
    world = one()
    world.end("pay", OFFLINE)
    assert "bring it back with `dro systems online`" in world.run.refusals(Retry(steps=("main.pay",)))[0]
    assert world.run.refusals(Complete(steps=("main.pay",))) == ()
    world.say(Skip(steps=("main.pay",), actor="bob", reason="by hand"))
    assert world.run.order_state is OrderState.COMPLETED


def test_after_an_unknown_try_a_step_on_hold_is_not_skipped_without_a_statement() -> None:
    world = one()
    world.end("pay", OFFLINE.model_copy(update={"attempts": 1, "tries": 1, "unknown": True}))
    assert "may have worked" in world.run.refusals(Skip(steps=("main.pay",)))[0]


@pytest.mark.parametrize("outcome", [park(), retry_later()])
def test_a_retry_against_a_system_that_went_off_meanwhile_waits_too(outcome: Outcome) -> None:
    world = one()
    world.end("pay", outcome)
    world.say(Retry(steps=("main.pay",)))
    world.end("pay", OFFLINE)
    assert world.state("pay") is StepState.ON_HOLD
    [again] = resumed(world)
    assert (again.attempts, again.tries) == (1, 0)


def test_a_callback_of_an_earlier_try_is_kept_while_the_system_is_off() -> None:
    made = plan([callout("pay", callback=RunCallback(deadline=timedelta(hours=1)))], [step("pay")])
    world = World(made)
    world.end("pay", OFFLINE.model_copy(update={"attempts": 1, "tries": 1, "unknown": True}))
    world.run.apply(CallbackArrived(step="main.pay", round=1, body="{}"), world.now)
    assert world.run.dump().steps[0].callback == "{}"


def test_the_details_name_the_command_that_brings_the_system_back() -> None:
    world = one()
    world.end("pay", OFFLINE)
    assert "`dro systems online inventory`" in world.run.details

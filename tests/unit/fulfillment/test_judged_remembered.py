"""A failure that is being judged outlives the run, and changes and holds that come meanwhile deal with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from fulfillment.commands import Hold, Release
from fulfillment.effects import Call, Judge, WakeAt
from fulfillment.events import Prepared
from fulfillment.outcomes import Succeeded
from fulfillment.progress import Batch
from fulfillment.run import Run
from fulfillment.runplan import RunDefinition
from fulfillment.state import ReportMemory, RunState
from fulfillment.states import StepState
from tests.unit.fulfillment.changes import EVERYTHING, Changing
from tests.unit.fulfillment.changing_worlds import one
from tests.unit.fulfillment.plans import NOW, World, callout
from tests.unit.fulfillment.test_judged import CALLBACK, FAILED, PARK, RETRY, SKIP, each_kind, made, pause


def in_the_book(world: World) -> Batch:
    """Return all that the book would be told by now, as it reads it."""
    state = world.run.dump().model_copy(update={"report": ReportMemory()})
    batch = Run.load(state, world.plan).changes(NOW)
    assert batch is not None
    return Batch.model_validate_json(batch.model_dump_json())


def restarted(world: World) -> World:
    """Return the world after its execution was lost."""
    again = World(world.plan, prepare=False, decides=None)
    again.run = Run("A-1", "ACME", "normal", restart=True)
    again.asked.extend(again.run.apply(Prepared(plan=world.plan, earlier=in_the_book(world)), NOW))
    return again


def reloaded(world: World) -> World:
    """Return the world after it went on as new."""
    again = World(world.plan, prepare=False, decides=None)
    again.run = Run.load(RunState.model_validate_json(world.run.dump().model_dump_json()), world.plan)
    again.asked.extend(again.run.outstanding())
    return again


@each_kind
@pytest.mark.parametrize("continued", [reloaded, restarted])
def test_the_question_is_asked_again_and_its_answer_counts(kind: str, continued: Callable[[World], World]) -> None:
    world = made(kind)
    again = continued(world)
    assert again.asked == world.questions()
    assert again.judge(SKIP) == world.judge(SKIP)
    assert again.state("do") is StepState.SKIPPED


@each_kind
def test_what_waits_for_its_next_try_does_what_it_would_have_done_without_the_loss(kind: str) -> None:
    world = made(kind)
    [wake] = world.judge(RETRY)
    assert isinstance(wake, WakeAt)
    again = restarted(world)
    assert again.asked == [wake]
    assert again.due(wake.key) == world.due(wake.key)
    assert again.run.outstanding() == world.run.outstanding()


@each_kind
def test_a_hold_lets_a_failure_be_judged_and_stops_its_next_try(kind: str) -> None:
    world = made(kind)
    world.say(Hold(actor="ann", reason="credit"))
    [wake] = world.judge(RETRY)
    assert isinstance(wake, WakeAt)
    assert world.due(wake.key) == ()
    assert world.state("do") is StepState.READY
    [begun] = world.say(Release(actor="ann"))
    assert isinstance(begun, Call | WakeAt | Judge)


def overdue(definition: RunDefinition, body: str = "") -> Changing:
    """Return a world whose call has failed after it was accepted, and is being judged."""
    world = one(definition)
    world.decides = None
    world.end("do", Succeeded(awaits_callback=True))
    if body:
        world.hear("do", body)
    else:
        world.due("callback/main.do/1/1")
    return world


LATE = callout("do", callback=CALLBACK)


@pytest.mark.parametrize(("body", "becomes"), [("", StepState.CANCELLED), (FAILED, StepState.DISCARDED)])
def test_a_change_undoes_what_may_have_worked_and_a_late_judgement_is_stale(body: str, becomes: StepState) -> None:
    world = overdue(LATE, body)
    world.cancel()
    assert world.state("do") is becomes
    assert world.judge(RETRY) == ()
    assert world.state("do") is becomes


@pytest.mark.parametrize("definition", [pause("facts.known"), callout("do", when="facts.known")])
def test_a_change_discards_what_waits_without_a_verdict(definition: RunDefinition) -> None:
    world = Changing(one(definition).plan, decides=None)
    world.cancel()
    assert world.state("do") is StepState.DISCARDED
    assert world.judge(PARK) == ()


def test_while_a_change_is_worked_out_a_failure_is_judged_and_tried_again_after_it() -> None:
    world = overdue(LATE)
    effect = world.ask(EVERYTHING)
    [wake] = world.judge(RETRY)
    assert isinstance(wake, WakeAt)
    world.now = NOW + timedelta(minutes=5)
    assert world.due(wake.key) == ()
    assert world.state("do") is StepState.READY
    [call] = world.refuse()
    assert (effect.number_of, isinstance(call, Call)) == (1, True)

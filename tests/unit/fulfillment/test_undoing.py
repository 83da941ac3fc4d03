"""What becomes of each step that a change does not want, by its state, and in which order things are undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from catalog.steps import StepType
from fulfillment.commands import (
    Complete,
    CompleteTask,
    GivenValue,
    GiveUp,
    Hold,
    SetFacts,
    Skip,
)
from fulfillment.effects import OpenTask
from fulfillment.events import CallbackArrived, TaskOpened
from fulfillment.outcomes import Offline, Outcome, Succeeded
from fulfillment.runplan import RunCallback, RunDefinition
from fulfillment.states import OrderState, StepState
from tests.unit.fulfillment.changes import EVERYTHING, Changing, amend
from tests.unit.fulfillment.changing_worlds import REST, everything, everything_audited, one
from tests.unit.fulfillment.growths import replaced_by_rule
from tests.unit.fulfillment.plans import (
    NOW,
    callout,
    manual,
    milestone,
    park,
    plan,
    read,
    retry_later,
    step,
    text,
)

PAUSE = RunDefinition(
    id="main.wait", type=StepType.PAUSE, title="Wait", group_title="Main", until="coalesce(facts.known, false)"
)
LATE = callout("pay", callback=RunCallback(deadline=timedelta(hours=1)))


def scheduled() -> Changing:
    return one(callout("pay"), milestone("paid"), lag=timedelta(hours=1))


def ready() -> Changing:
    """Return a world whose step is ready and held."""
    world = Changing(one().plan, prepare=False)
    world.say(Hold(actor="bob", reason="credit"))
    world.prepare()
    return world


def ended(*outcomes: Outcome) -> Callable[[], Changing]:
    def found() -> Changing:
        world = one()
        for outcome in outcomes:
            world.end("pay", outcome)
        return world

    return found


def accepted() -> Changing:
    world = one(LATE)
    world.end("pay", Succeeded(awaits_callback=True, outputs=text("job", "7")))
    return world


def said(*commands: object) -> Callable[[], Changing]:
    def found() -> Changing:
        world = one()
        world.end("pay", park())
        for command in commands:
            world.say(command)  # type: ignore[arg-type]
        return world

    return found


def offline_then_unknown() -> Changing:
    world = one()
    world.end("pay", Offline(system="inventory", attempts=1, tries=1, unknown=True))
    return world


PARKED = ("main.pay",)
CELLS: dict[str, tuple[Callable[[], Changing], StepState]] = {
    "pending": (lambda: one(callout("pay"), callout("before")), StepState.DISCARDED),
    "scheduled": (scheduled, StepState.DISCARDED),
    "ready": (ready, StepState.DISCARDED),
    "completed": (ended(Succeeded()), StepState.CANCELLED),
    "accepted": (accepted, StepState.CANCELLED),
    "refused, tried again later": (ended(retry_later()), StepState.DISCARDED),
    "unknown, tried again later": (ended(retry_later(unknown=True)), StepState.CANCELLED),
    "refused and parked": (ended(park()), StepState.DISCARDED),
    "unknown and parked": (ended(park(unknown=True)), StepState.CANCELLED),
    "offline": (ended(Offline(system="inventory")), StepState.DISCARDED),
    "offline after an unknown try": (offline_then_unknown, StepState.CANCELLED),
    "given up": (said(GiveUp(steps=PARKED, reason="hopeless")), StepState.DISCARDED),
    "skipped": (said(Skip(steps=PARKED, reason="not needed")), StepState.SKIPPED),
    "completed by hand": (said(Complete(steps=PARKED)), StepState.CANCELLED),
}


@pytest.mark.parametrize("cell", CELLS)
def test_an_unwanted_step_ends_by_what_is_known_of_its_effect(cell: str) -> None:
    begin, state = CELLS[cell]
    world = begin()
    world.cancel()
    undone = state is StepState.CANCELLED
    assert world.state("pay") is state
    assert ("undo.undo@" in world.calls) == undone
    if not undone:
        assert world.run.order_state in (OrderState.CANCELLED, OrderState.IN_PROGRESS)


@pytest.mark.parametrize("cell", [each for each, (_, state) in CELLS.items() if state is StepState.CANCELLED])
def test_what_is_done_anew_is_amended_and_undone_before_its_successor_starts(cell: str) -> None:
    world = CELLS[cell][0]()
    world.redo("pay")
    assert world.state("pay") is StepState.AMENDED
    assert world.calls[-1] == "undo.undo@"
    world.finish("undo.undo@")
    assert world.calls[-1] == "pay+2"
    world.end("pay+2")
    world.say(REST)
    assert (world.run.order_state, world.run.closed) == (OrderState.COMPLETED, True)


@pytest.mark.parametrize("cell", ["refused and parked", "refused, tried again later", "given up"])
def test_what_did_nothing_is_done_anew_at_once(cell: str) -> None:
    world = CELLS[cell][0]()
    world.redo("pay")
    assert (world.state("pay"), world.calls[-1]) == (StepState.DISCARDED, "pay+2")
    world.end("pay+2")
    world.say(REST)
    assert world.run.order_state is OrderState.COMPLETED


@pytest.mark.parametrize(
    ("outcome", "state", "left"),
    [
        (Succeeded(), StepState.CANCELLED, ["undo.undo@"]),
        (Succeeded(awaits_callback=True), StepState.CANCELLED, ["undo.undo@"]),
        (park(unknown=True), StepState.CANCELLED, ["undo.undo@"]),
        (retry_later(unknown=True), StepState.CANCELLED, ["undo.undo@"]),
        (Offline(system="inventory", attempts=1, tries=1, unknown=True), StepState.CANCELLED, ["undo.undo@"]),
        (park(), StepState.DISCARDED, []),
        (retry_later(), StepState.DISCARDED, []),
        (replaced_by_rule(), StepState.DISCARDED, []),
        (Offline(system="inventory"), StepState.DISCARDED, []),
    ],
)
def test_a_call_in_flight_finishes_is_not_tried_again_and_is_undone_if_it_may_have_worked(
    outcome: Outcome, state: StepState, left: list[str]
) -> None:
    world = one()
    world.cancel()
    assert (world.state("pay"), world.run.order_state) == (StepState.IN_PROGRESS, OrderState.IN_PROGRESS)
    assert "once the call has ended, what it did is undone" in world.reason("pay")
    world.end("pay", outcome)
    assert (world.state("pay"), world.calls) == (state, ["pay", *left])
    assert world.run.open_fallouts == 0
    if left:
        world.finish("undo.undo@")
    else:
        assert world.states()["undo.undo@"] == "skipped"
    assert (world.run.order_state, world.run.closed) == (OrderState.CANCELLED, True)


def test_a_fallout_of_a_step_that_nobody_wants_is_withdrawn() -> None:
    world = one()
    world.end("pay", park(unknown=True))
    world.cancel()
    [fallout] = everything(world).fallouts
    resolved = ("withdrawn by change 1", "ann", "changed my mind", NOW)
    assert (fallout.resolution, fallout.actor, fallout.reason, fallout.resolved_at) == resolved
    assert world.run.open_fallouts == 0


def test_a_persons_task_is_withdrawn() -> None:
    world = one(manual("visit"))
    world.run.apply(TaskOpened(step="main.visit"), NOW)
    world.cancel()
    assert world.state("visit") is StepState.DISCARDED
    task = next(each for each in everything(world).tasks if each.step == "main.visit")
    assert (task.withdrawn_at, task.completed_at, task.actor) == (NOW, None, "ann")
    assert world.run.refusals(CompleteTask(step="main.visit")) != ()
    assert world.run.outstanding() == ()


def test_a_task_that_was_withdrawn_before_it_stood_in_the_book_is_not_put_there_by_a_restart() -> None:
    world = one(manual("visit"), callout("before"))
    world.end("before")
    world.ask(amend())
    world.work_out(None, "visit")
    asked = [each for each in world.run.outstanding() if isinstance(each, OpenTask)]
    assert [each.step for each in asked] == ["main.rest", "main.visit+2"]


def test_a_task_completed_while_the_change_was_worked_out_counts_as_done() -> None:
    world = one(manual("visit"))
    effect = world.ask(EVERYTHING)
    world.say(CompleteTask(step="main.visit"))
    world.work_out(effect)
    assert (world.state("visit"), world.run.order_state) == (StepState.CANCELLED, OrderState.CANCELLED)


def test_a_pause_is_withdrawn_and_facts_do_not_end_it_any_more() -> None:
    world = one(PAUSE)
    world.cancel()
    assert world.state("wait") is StepState.DISCARDED
    world.say(SetFacts(values=(GivenValue(name="known", value="true"),)))
    assert world.state("wait") is StepState.DISCARDED


def test_timers_of_steps_that_nobody_wants_are_stale() -> None:
    for world, key in (
        (scheduled(), "start/main.pay"),
        (CELLS["refused, tried again later"][0](), "retry/main.pay/1/1"),
        (accepted(), "callback/main.pay/1/1"),
    ):
        assert world.run.awaits(key)
        world.cancel()
        assert not world.run.awaits(key)
        before = world.run.dump().steps
        world.due(key)
        assert world.run.dump().steps == before


def test_a_callback_of_a_cancelled_step_changes_nothing_and_is_written_down() -> None:
    world = accepted()
    world.cancel()
    world.run.apply(CallbackArrived(step="main.pay", round=1, body="{}"), NOW)
    assert world.state("pay") is StepState.CANCELLED
    assert everything_audited(world)[-1].startswith("the step is cancelled")


def test_what_a_system_said_when_it_accepted_a_call_is_there_for_its_undoing() -> None:
    reads = (read("pay", "job"),)
    world = Changing(
        plan([LATE], [step("pay")]).model_copy(
            update={"definitions": (LATE, callout("undo").model_copy(update={"id": "undo.undo", "reads": reads}))}
        )
    )
    world.end("pay", Succeeded(awaits_callback=True, outputs=text("job", "7")))
    world.due("callback/main.pay/1/1")
    world.cancel()
    [undo] = [each for each in world.run.outstanding() if each.kind == "call"]
    assert [(each.step, each.outputs) for each in undo.values] == [("main.pay", text("job", "7"))]

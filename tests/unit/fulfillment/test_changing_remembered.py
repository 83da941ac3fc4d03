"""A change at work where the run is lost or goes on as new, and what the Web UI shows of it."""

from __future__ import annotations

from fulfillment.change import Verdict
from fulfillment.effects import Call
from fulfillment.events import Prepared
from fulfillment.progress import ChangeState, Written
from fulfillment.run import Run
from fulfillment.runplan import RunUnwanted
from fulfillment.state import RunState
from fulfillment.states import StepState
from tests.unit.fulfillment.changes import EVERYTHING, Changing, worked_out
from tests.unit.fulfillment.changing_worlds import everything
from tests.unit.fulfillment.plans import NOW
from tests.unit.fulfillment.test_changing import chain


def test_a_run_that_goes_on_from_the_book_tells_that_the_change_at_work_is_withdrawn() -> None:
    world = Changing(chain())
    world.ask(EVERYTHING)
    earlier = world.run.changes(NOW)
    again = Run("A-1", "ACME", "normal", restart=True)
    asked = again.apply(Prepared(plan=chain(), earlier=earlier), NOW)
    assert [each.kind for each in asked] == ["call", "call"]
    change = again.change()
    assert change is not None
    assert change.state is ChangeState.WITHDRAWN
    assert change.why == "the execution was lost while it was worked out; ask for it again"
    assert again.refusals(EVERYTHING) == ()
    batch = again.changes(NOW)
    assert batch is not None
    assert batch.changes == (change,)


def test_a_run_that_continues_as_new_takes_the_change_at_work_along() -> None:
    world = Changing(chain())
    effect = world.ask(EVERYTHING)
    batch = world.run.changes(NOW)
    assert batch is not None
    world.run.acknowledge(Written())
    state = RunState.model_validate_json(world.run.dump().model_dump_json())
    again = Run.load(state, chain())
    assert effect in again.outstanding()
    assert again.change() == world.last_change()
    assert again.apply(worked_out(chain(), effect), NOW) == world.run.apply(worked_out(chain(), effect), NOW)
    assert again.dump() == world.run.dump()


def test_the_web_ui_shows_the_change_at_work_and_the_version_in_force() -> None:
    world = Changing(chain())
    assert "version" not in world.run.details
    world.ask(EVERYTHING)
    assert (
        "**Change 1**, the cancellation of the order by ann, is being worked out; nothing new starts meanwhile. "
        "`dro orders withdraw-change A-1`"
    ) in world.run.details
    world.work_out()
    assert "**Order A-1**, version 2, of account ACME" in world.run.details


def test_a_run_whose_book_was_told_of_the_change_but_not_of_all_its_steps_lets_go_of_them() -> None:
    world = Changing(chain())
    world.end("reserve@L1")
    world.cancel()
    told = everything(world)
    behind = told.model_copy(update={"steps": tuple(each for each in told.steps if each.id == "main.reserve@L2")})
    before = [
        each.model_copy(update={"state": StepState.COMPLETED, "kept": None})
        for each in told.steps
        if each.id == "main.reserve@L1"
    ]
    assert world.run.plan is not None
    unwanted = tuple(RunUnwanted(step=each.id, verdict=Verdict.UNWANTED, version=2) for each in chain().steps)
    known = world.run.plan.model_copy(update={"unwanted": unwanted})
    again = Run("A-1", "ACME", "normal", restart=True)
    earlier = behind.model_copy(update={"steps": (*behind.steps, *before)})
    asked = again.apply(Prepared(plan=known, earlier=earlier), NOW)
    states = {each.id: each.state.value for each in again.dump().steps}
    assert (states["main.reserve@L1"], states["main.ship@L1"], states["main.invoice"]) == (
        "cancelled",
        "discarded",
        "discarded",
    )
    assert [each.step for each in asked if isinstance(each, Call)] == ["main.reserve@L2", "undo.undo@L1"]

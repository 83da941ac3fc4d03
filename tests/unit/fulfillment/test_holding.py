"""Hold and release: running steps finish, nothing new starts, and all that waited goes on (`domain.md` E6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.products import Attribute
from catalog.steps import StepType
from catalog.values import ValueType
from fulfillment.commands import Command, Complete, GivenValue, Hold, Release, Retry, SetFacts
from fulfillment.effects import Call, OpenTask
from fulfillment.events import CallEnded, Commanded, Prepared
from fulfillment.outcomes import Succeeded
from fulfillment.places import PLACES_PER_SYSTEM
from fulfillment.progress import Batch, Written
from fulfillment.run import Run
from fulfillment.runplan import RunDefinition, RunPlan
from fulfillment.states import OrderState, StepState
from tests.unit.fulfillment.plans import NOW, World, callout, line, manual, milestone, park, plan, retry_later, step

PAUSE = RunDefinition(id="main.pause", type=StepType.PAUSE, title="Pause", group_title="Main", until="true")


def hold(*lines: str, actor: str = "ann", reason: str = "credit check") -> Hold:
    return Hold(actor=actor, reason=reason, lines=lines)


def release(number: int | None = None, *, actor: str = "ann", role: str = "", lines: tuple[str, ...] = ()) -> Release:
    return Release(actor=actor, role=role, hold=number, lines=lines)


def asked(world: World, command: Command) -> list[str]:
    """Give a command that the run accepts; return the steps that it starts, without the group."""
    assert world.run.refusals(command) == ()
    effects = world.say(command)
    return [each.step.removeprefix("main.") for each in effects if isinstance(each, Call | OpenTask)]


def reason(world: World, name: str) -> str:
    return next(each.reason for each in world.run.dump().steps if each.id == f"main.{name}")


def written(world: World) -> Batch:
    """Have the book take the next batch; return it."""
    batch = world.run.changes(world.now)
    assert batch is not None
    world.run.acknowledge(Written())
    return batch


def chain() -> World:
    return World(plan([callout("pay"), callout("ship")], [step("pay"), step("ship", "pay")]))


def test_a_running_step_finishes_and_its_dependent_waits_for_the_release() -> None:
    world = chain()
    assert asked(world, hold()) == []
    assert world.run.order_state is OrderState.IN_PROGRESS  # a call is under way: rule 1 before rule 2
    assert world.end("pay") == ()
    assert (world.state("ship"), reason(world, "ship")) == (StepState.READY, "held by ann: credit check (hold 1)")
    assert world.run.standing().state is OrderState.HELD
    assert asked(world, release()) == ["ship"]
    world.end("ship")
    assert world.run.closed


def test_every_type_of_step_waits_for_the_release() -> None:
    made = plan(
        [callout("pay"), callout("ship"), manual("visit"), milestone("mark"), PAUSE],
        [step("pay"), *(step(name, "pay") for name in ("ship", "visit", "mark", "pause"))],
    )
    world = World(made)
    world.say(hold())
    assert world.end("pay") == ()
    assert {world.state(each) for each in ("ship", "visit", "mark", "pause")} == {StepState.READY}
    assert asked(world, release()) == ["visit", "ship"]
    assert (world.state("mark"), world.state("pause")) == (StepState.COMPLETED, StepState.COMPLETED)


def test_calls_that_wait_for_a_place_give_it_up_and_come_again() -> None:
    names = [f"call@L{at:02}" for at in range(PLACES_PER_SYSTEM + 2)]
    world = World(plan([callout("call")], [step(name) for name in names]))
    world.say(hold())
    for name in names[:PLACES_PER_SYSTEM]:
        assert world.end(name) == ()
    assert asked(world, release()) == names[PLACES_PER_SYSTEM:]


def test_a_retry_that_is_due_and_a_time_that_has_come_wait_for_the_release() -> None:
    made = plan([callout("pay"), callout("ship")], [step("pay"), step("ship", "pay", lag=timedelta(hours=2))])
    world = World(made)
    world.end("pay", retry_later())
    world.say(hold())
    assert world.due("retry/main.pay/1/1") == ()
    assert asked(world, release()) == ["pay"]
    world.end("pay")
    assert world.state("ship") is StepState.SCHEDULED
    world.say(hold())
    assert world.due("start/main.ship") == ()
    assert world.state("ship") is StepState.READY
    assert asked(world, release(2)) == ["ship"]


def test_what_an_operator_retries_of_a_held_order_waits_for_the_release() -> None:
    world = chain()
    world.end("pay", park())
    world.say(hold())
    assert asked(world, Retry(steps=("main.pay",), actor="bob")) == []
    refused = world.run.refusals(Retry(steps=("main.pay",)))
    assert "held by ann: credit check (hold 1); `dro orders release A-1 --hold 1` lets it start" in refused[0]
    assert asked(world, release()) == ["pay"]


def test_a_step_completed_by_hand_frees_its_dependents_only_after_the_release() -> None:
    world = chain()
    world.end("pay", park())
    world.say(hold())
    assert asked(world, Complete(steps=("main.pay",), actor="bob")) == []
    assert asked(world, release()) == ["ship"]


def bundle() -> RunPlan:
    """A bundle B with lines L1 and L2, a line L3 beside it, and one step that L1 and L3 share."""
    lines = (line("B"), line("L1", "B"), line("L2", "B"), line("L3"))
    steps = [
        step("pick"),
        *(step(f"own@{name}", "pick", origin=(name,)) for name in ("L1", "L2", "L3")),
        step("shared", "pick", origin=("L1", "L3")),
    ]
    made = plan([callout("pick"), callout("own"), callout("shared")], steps, lines)
    return made.model_copy(
        update={
            "steps": tuple(
                each.model_copy(update={"origin": ("L1", "L2", "L3")}) if each.id == "main.pick" else each
                for each in made.steps
            )
        }
    )


@pytest.mark.parametrize(
    ("held", "starts"),
    [
        (("L2",), ["own@L1", "own@L3", "shared"]),
        (("L1",), ["own@L2", "own@L3"]),
        (("L1", "L2"), ["own@L3"]),
        (("B",), ["own@L3"]),
        (("L3",), ["own@L1", "own@L2"]),
    ],
)
def test_a_step_is_held_while_any_line_behind_it_or_a_line_above_is(held: tuple[str, ...], starts: list[str]) -> None:
    world = World(bundle())
    world.say(hold(*held))
    begun = [each.step.removeprefix("main.") for each in world.end("pick") if isinstance(each, Call)]
    assert begun == starts
    for name in starts:
        world.end(name)
    assert world.run.order_state is OrderState.HELD
    waiting = sorted({"own@L1", "own@L2", "own@L3", "shared"} - set(starts))
    assert asked(world, release()) == waiting


def test_lines_are_held_where_they_or_what_they_share_waits_and_nothing_of_them_runs() -> None:
    world = World(bundle())
    world.say(hold("L1"))
    world.end("pick")
    world.end("own@L2")
    told = world.run.changes(world.now)
    assert told is not None
    assert {each.id: each.state.value for each in told.lines} == {
        "B": "held", "L1": "held", "L2": "completed", "L3": "in_progress",
    }  # fmt: skip
    world.end("own@L3")
    assert world.run.order_state is OrderState.HELD


def test_several_holds_stand_at_once_and_each_is_released_by_its_number() -> None:
    world = chain()
    world.say(hold())
    world.say(hold("L1", actor="bob", reason="fraud"))
    world.end("pay")
    refused = world.run.refusals(release())
    assert len(refused) == 1
    assert refused[0].startswith("Several holds stand; name one with `--hold`: hold 1 of the whole order, ")
    assert refused[0].endswith("held by ann: credit check; hold 2 of line `L1`, held by bob: fraud.")
    assert asked(world, release(1)) == []
    assert reason(world, "ship") == "held by bob: fraud (hold 2)"
    assert asked(world, release(actor="bob", lines=("L1",))) == ["ship"]


def test_only_the_owner_and_an_admin_release_a_hold() -> None:
    world = chain()
    world.say(hold())
    assert world.run.refusals(release(actor="bob", role="operator")) == (
        "Hold 1 was placed by ann: credit check. Only ann, or somebody with the role `admin`, may release it.",
    )
    assert world.run.refusals(release(actor="bob", role="admin")) == ()
    assert world.run.refusals(release(actor="ann")) == ()


def test_what_makes_no_sense_is_refused_and_changes_nothing() -> None:
    world = chain()
    before = world.run.dump()
    assert world.run.refusals(hold(reason=" ")) == ("A hold needs a reason: give it with `--reason`.",)
    assert "The order has no line `L9`." in world.run.refusals(hold("L1", "L9"))[0]
    assert world.run.refusals(release()) == ("A hold is not open. Nothing is held.",)
    world.say(hold("L9"))
    assert world.run.dump().steps == before.steps
    assert world.run.dump().holds == ()
    world.say(hold())
    assert world.run.refusals(release(7))[0].startswith("Hold 7 is not open. Open are hold 1 of the whole order")


def test_a_line_that_has_ended_is_not_held() -> None:
    lines = (line("L1"), line("L2"))
    world = World(plan([callout("pay"), callout("ship")], [step("pay"), step("ship", origin=("L2",))], lines))
    world.end("pay")
    assert world.run.refusals(hold("L1")) == ("Line `L1` is completed: nothing of it is left to hold.",)
    world.say(hold())
    world.end("ship")
    assert world.run.order_state is OrderState.COMPLETED


def test_a_hold_before_the_plan_is_there_applies_before_the_first_step_starts() -> None:
    made = plan([callout("pay"), manual("visit")], [step("pay"), step("visit")])
    run = Run("A-1", "ACME", "normal")
    assert run.apply(Commanded(command=hold()), NOW) == ()
    assert run.apply(Prepared(plan=made), NOW) == ()
    assert run.order_state is OrderState.HELD
    started = run.apply(Commanded(command=release()), NOW)
    assert sorted(each.kind for each in started) == ["call", "open_task"]


def test_a_hold_is_in_the_next_batch_and_its_release_in_another() -> None:
    world = chain()
    written(world)
    world.say(hold())
    batch = written(world)
    assert [(each.number, each.actor, each.reason, each.released_at) for each in batch.holds] == [
        (1, "ann", "credit check", None)
    ]
    assert [each.detail for each in batch.audit] == ["hold 1 of the whole order"]
    world.say(Release(actor="ann", reason="credit is fine"))
    batch = written(world)
    assert [(each.released_by, each.release_reason) for each in batch.holds] == [("ann", "credit is fine")]
    assert [each.detail for each in batch.audit] == ["hold 1 of the whole order, placed by ann: credit check"]


def test_a_condition_is_asked_after_the_release_on_what_is_known_then() -> None:
    made = plan(
        [callout("pay"), callout("ship", when="coalesce(facts.known, false)")], [step("pay"), step("ship", "pay")]
    )
    world = World(made.model_copy(update={"order_facts": (Attribute(name="known", type=ValueType.BOOLEAN),)}))
    world.say(hold())
    world.end("pay")
    assert world.state("ship") is StepState.READY
    world.say(SetFacts(values=(GivenValue(name="known", value="true"),)))
    assert asked(world, release()) == ["ship"]


def test_the_details_name_each_hold_with_the_command_that_releases_it() -> None:
    world = chain()
    world.say(hold("L1"))
    assert "- line `L1`: held by ann: credit check (hold 1). `dro orders release A-1 --hold 1`" in world.run.details


def test_a_stale_answer_of_a_held_step_changes_nothing() -> None:
    world = chain()
    world.say(hold())
    world.end("pay")
    before = world.run.dump()
    assert world.run.apply(CallEnded(step="main.ship", round=1, outcome=Succeeded()), world.now) == ()
    assert world.run.dump() == before

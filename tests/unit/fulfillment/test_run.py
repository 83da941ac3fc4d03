"""The schedule of a run: who starts when, in which order, within which places."""

from __future__ import annotations

from datetime import timedelta

from catalog.products import Attribute
from catalog.values import ValueType, named
from fulfillment.commands import CompleteTask, GivenValue, Retry
from fulfillment.effects import Call, Prepare
from fulfillment.events import CallEnded, Commanded, Misfit, TaskOpened
from fulfillment.outcomes import Succeeded
from fulfillment.run import Run
from fulfillment.state import RunState
from fulfillment.states import OrderState, StepState
from tests.unit.fulfillment.plans import (
    NOW,
    World,
    callout,
    line,
    manual,
    milestone,
    output,
    park,
    plan,
    read,
    step,
    text,
)


def two_steps() -> World:
    return World(plan([callout("pay"), callout("ship")], [step("pay"), step("ship", "pay")]))


def test_a_new_run_asks_to_be_prepared() -> None:
    run = Run("A-1", "ACME", "normal")
    assert run.outstanding() == (Prepare(number="A-1"),)
    assert run.order_state is OrderState.ACKNOWLEDGED
    assert run.changes(NOW) is None


def test_a_step_starts_when_its_prerequisite_has_ended() -> None:
    world = two_steps()
    assert world.calls == ["pay"]
    world.end("pay")
    assert world.calls == ["pay", "ship"]
    world.end("ship")
    assert world.run.closed
    assert world.run.order_state is OrderState.COMPLETED


def test_a_pending_step_says_what_it_waits_for() -> None:
    assert two_steps().reason("ship") == "waits for `Pay` (main.pay)"


def test_steps_that_become_ready_together_start_in_step_id_order() -> None:
    names = [f"ship@L{number}" for number in (3, 1, 2)]
    world = World(plan([callout("pay"), callout("ship")], [step("pay"), *(step(name, "pay") for name in names)]))
    world.end("pay")
    assert world.calls == ["pay", "ship@L1", "ship@L2", "ship@L3"]


def test_a_system_serves_eight_calls_of_an_order_at_once() -> None:
    world = World(plan([callout("ship")], [step(f"ship@L{number:02}") for number in range(10)]))
    assert len(world.calls) == 8
    world.end("ship@L03")
    assert world.calls[8:] == ["ship@L08"]


def test_a_full_system_lets_steps_of_other_systems_pass() -> None:
    steps = [*(step(f"ship@L{number:02}") for number in range(10)), step("zip")]
    world = World(plan([callout("ship"), callout("zip", system="billing")], steps))
    assert world.calls[-1] == "zip"


def test_an_order_has_thirty_two_calls_in_flight() -> None:
    definitions = [callout(f"c{system}", system=f"s{system}") for system in range(6)]
    steps = [step(f"c{system}@L{number}") for system in range(6) for number in range(8)]
    world = World(plan(definitions, steps))
    assert len(world.calls) == 32
    world.end(world.calls[0])
    assert len(world.calls) == 33


def test_a_reloaded_run_keeps_places_and_queue() -> None:
    world = World(plan([callout("ship")], [step(f"ship@L{number:02}") for number in range(11)]))
    world.run = Run.load(RunState.model_validate_json(world.run.dump().model_dump_json()), world.plan)
    assert [each.step for each in world.run.outstanding() if isinstance(each, Call)] == [
        f"main.ship@L{number:02}" for number in range(8)
    ]
    world.end("ship@L07")
    world.end("ship@L00")
    assert world.calls[8:] == ["ship@L08", "ship@L09"]


def test_a_milestone_completes_at_once() -> None:
    world = World(plan([milestone("begun"), callout("pay")], [step("begun"), step("pay", "begun")]))
    assert world.state("begun") is StepState.COMPLETED
    assert world.calls == ["pay"]


def test_a_long_chain_of_milestones_is_no_recursion() -> None:
    steps = [step("m@0000"), *(step(f"m@{n:04}", f"m@{n - 1:04}") for n in range(1, 3000))]
    assert World(plan([milestone("m")], steps)).run.closed


def test_a_lag_schedules_the_step_for_its_time() -> None:
    steps = [step("pay"), step("ship", "pay", lag=timedelta(hours=2))]
    world = World(plan([callout("pay"), callout("ship")], steps))
    world.end("pay")
    assert world.state("ship") is StepState.SCHEDULED
    assert [(each.key, each.at) for each in world.wakes()] == [("start/main.ship", NOW + timedelta(hours=2))]
    world.due("start/main.ship")
    assert world.calls == ["pay", "ship"]


def test_a_stale_wake_up_is_ignored() -> None:
    world = two_steps()
    assert world.due("start/main.ship") == ()
    assert world.due("nonsense") == ()
    assert world.state("ship") is StepState.PENDING


def test_a_stale_answer_changes_nothing() -> None:
    world = two_steps()
    before = world.run.dump()
    assert world.end("ship") == ()
    assert world.end("pay", round_=2) == ()
    assert world.end("nobody") == ()
    assert world.run.dump() == before


def test_a_manual_task_waits_for_a_person_and_holds_no_place() -> None:
    amount = Attribute(name="meters", type=ValueType.INTEGER, required=True)
    world = World(plan([manual("survey", amount), callout("dig")], [step("survey"), step("dig", "survey")]))
    assert world.tasks() == ["main.survey"]
    assert world.state("survey") is StepState.IN_PROGRESS
    values = (GivenValue(name="meters", value="12"),)
    world.say(CompleteTask(step="main.survey", values=values, actor="ann"))
    record = world.run.dump().steps[1]
    assert record.outputs == (named("meters", ValueType.INTEGER, 12),)
    assert record.actor == "ann"
    assert record.task is not None
    assert record.task.completed_at == NOW
    assert world.calls == ["dig"]


def test_an_opened_task_is_not_opened_again() -> None:
    world = World(plan([manual("survey")], [step("survey")]))
    assert len(world.run.outstanding()) == 1
    world.run.apply(TaskOpened(step="main.survey"), NOW)
    assert world.run.outstanding() == ()


def test_a_false_condition_skips_the_step_and_what_follows_goes_on() -> None:
    steps = [step("pay", data={"order.priority": "bulk"}), step("ship", "pay")]
    world = World(plan([callout("pay", when="order.priority == 'high'"), callout("ship")], steps))
    assert world.state("pay") is StepState.SKIPPED
    assert world.calls == ["ship"]


def test_a_skipped_branch_takes_along_what_depends_on_it_alone() -> None:
    definitions = [callout("check", when="false", skip_branch=True), callout("a"), callout("b"), callout("c")]
    steps = [step("check"), step("a", "check"), step("b", "a"), step("c", "b", "other"), step("other")]
    world = World(plan([*definitions, milestone("other")], steps))
    assert [world.state(name) for name in ("check", "a", "b", "c")] == [StepState.SKIPPED] * 3 + [StepState.IN_PROGRESS]


def test_a_condition_reads_the_outputs_of_the_steps_before() -> None:
    definitions = [
        callout("check"),
        callout("pay", when="steps.main.check.risk == 'low'", reads=(read("check", "risk"),)),
    ]
    world = World(plan(definitions, [step("check"), step("pay", "check")]))
    world.end("check", Succeeded(outputs=text("risk", "high")))
    assert world.state("pay") is StepState.SKIPPED


def test_a_condition_reads_several_instances_as_a_list_in_step_id_order() -> None:
    risks = (read("check", "risk", one=False),)
    definitions = [callout("check"), callout("pay", when="steps.main.check.risk[0] == 'a'", reads=risks)]
    world = World(plan(definitions, [step("check@L2"), step("check@L1"), step("pay", "check@L1", "check@L2")]))
    world.end("check@L2", Succeeded(outputs=text("risk", "b")))
    world.end("check@L1", Succeeded(outputs=text("risk", "a")))
    assert world.calls[-1] == "pay"


def test_a_skipped_step_gives_null() -> None:
    asked = callout("pay", when="steps.main.check.risk == null", reads=(read("check", "risk"),))
    definitions = [callout("check", when="false"), asked]
    assert World(plan(definitions, [step("check"), step("pay", "check")])).calls == ["pay"]


def test_a_condition_without_value_parks_its_step_and_a_retry_asks_it_again() -> None:
    definitions = [callout("pay", when="order.total > 5")]
    world = World(plan(definitions, [step("pay", data={"order.total": "many"})]))
    assert world.state("pay") is StepState.FATALLY_FAILED
    assert "CONDITION_ERROR" in world.reason("pay")
    world.say(Retry(steps=("main.pay",)))
    assert [each.number for each in world.run.dump().steps[0].fallouts] == [1, 2]


def test_a_call_carries_the_outputs_that_its_input_reads() -> None:
    definitions = [callout("reserve"), callout("audit"), callout("ship", reads=(read("reserve", "id"),))]
    steps = [step("reserve"), step("audit", "reserve"), step("ship", "audit")]
    world = World(plan(definitions, steps))
    world.end("reserve", Succeeded(outputs=text("id", "R-1")))
    world.end("audit")
    assert [(each.step, each.outputs) for each in world.last_call("ship").values] == [
        ("main.reserve", text("id", "R-1"))
    ]


def test_what_arrives_before_the_plan_is_kept_for_it() -> None:
    world = World(plan([callout("pay")], [step("pay")]), prepare=False)
    world.say(Retry(steps=("main.pay",)))
    world.run = Run.load(world.run.dump(), None)
    world.prepare()
    batch = world.run.changes(NOW)
    assert batch is not None
    assert [(each.action, each.accepted) for each in batch.audit] == [("retry", False)]


def test_an_unreadable_message_changes_nothing_and_is_audited() -> None:
    world = two_steps()
    before = world.run.dump().steps
    assert world.run.apply(Misfit(name="retyr", problem="unknown"), NOW) == ()
    batch = world.run.changes(NOW)
    assert batch is not None
    assert [(each.action, each.accepted) for each in batch.audit] == [("message retyr", False)]
    assert world.run.dump().steps == before


def test_a_parked_step_stops_nothing_but_what_depends_on_it() -> None:
    definitions = [callout("pay"), callout("pack"), callout("ship")]
    steps = [step("pay"), step("pack"), step("ship", "pay")]
    world = World(plan(definitions, steps))
    world.end("pay", park())
    before = world.run.order_state
    world.end("pack")
    assert (before, world.run.order_state) == (OrderState.IN_PROGRESS, OrderState.HELD)
    assert world.run.open_fallouts == 1
    assert world.state("ship") is StepState.PENDING


def test_an_order_without_steps_is_completed_at_once() -> None:
    world = World(plan([], [], [line("L1")]))
    assert world.run.closed
    assert world.run.order_state is OrderState.COMPLETED


def test_details_name_every_stuck_step_with_its_command() -> None:
    world = World(plan([callout("pay"), manual("survey")], [step("pay"), step("survey")]))
    world.end("pay", park())
    shown = world.run.details
    assert "`dro steps retry A-1 main.pay`" in shown
    assert "`dro tasks complete A-1 main.survey`" in shown
    assert "| Main | 2 | 1 in_progress, 1 fatally_failed |" in shown


def test_outputs_of_a_step_are_told_to_the_book() -> None:
    world = World(plan([callout("pay", outputs=[output("id", "response.body.id")])], [step("pay")]))
    world.end("pay", Succeeded(outputs=text("id", "P-1")))
    batch = world.run.changes(NOW)
    assert batch is not None
    assert batch.steps[0].outputs == text("id", "P-1")


def test_a_command_before_the_plan_is_refused_as_too_early() -> None:
    run = Run("A-1", "ACME", "normal")
    command = Retry(steps=("main.pay",))
    assert run.refusals(command) == ("The order is being prepared; try again in a moment.",)
    assert run.apply(Commanded(command=command), NOW) == ()
    assert run.apply(CallEnded(step="x", round=1, outcome=Succeeded()), NOW) == ()

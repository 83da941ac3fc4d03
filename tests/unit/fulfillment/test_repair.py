"""What an operator does about a parked step: other input in a new round, giving it up, an answer that came too late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.products import Attribute
from catalog.values import ValueType
from fulfillment.commands import EditAndRetry, GivenValue, GiveUp, Retry
from fulfillment.effects import Call
from fulfillment.happenings import MOST_LATE_ANSWERS
from fulfillment.outcomes import Succeeded
from fulfillment.progress import AuditEntry, Batch, Written
from fulfillment.runplan import RunCallback, RunDefinition, RunInput
from fulfillment.state import StepMemory
from fulfillment.states import OrderState, StepState
from tests.unit.fulfillment.plans import World, callout, line, output, park, plan, retry_later, step, text

INPUTS = (RunInput(name="amount", declared=Attribute(name="amount", type=ValueType.MONEY)), RunInput(name="carrier"))


def edited(name: str, **values: str | None) -> RunDefinition:
    return callout(name).model_copy(update={"inputs": INPUTS, **values})


def one_call() -> World:
    return World(plan([edited("pay"), callout("ship")], [step("pay"), step("ship", "pay")]))


def edit(step_id: str = "main.pay", *, sure: bool = False, reason: str = "", **values: str | None) -> EditAndRetry:
    given = tuple(GivenValue(name=name, value=value) for name, value in sorted(values.items()))
    return EditAndRetry(steps=(step_id,), values=given, nothing_happened=sure, reason=reason, actor="ann")


def record(world: World, name: str = "pay") -> StepMemory:
    return next(each for each in world.run.dump().steps if each.id == f"main.{name}")


def told(world: World) -> Batch:
    batch = world.run.changes(world.now)
    assert batch is not None
    world.run.acknowledge(Written())
    return batch


def audited(batch: Batch, action: str) -> list[AuditEntry]:
    return [each for each in batch.audit if each.action == action]


def test_other_input_after_a_refusal_begins_a_new_round_under_a_new_key() -> None:
    world = one_call()
    world.end("pay", park().model_copy(update={"attempts": 3}))
    world.say(edit(amount="12.50", reason="typo"))
    call = world.last_call("pay")
    assert (call.round, call.attempts, call.tries, call.unknown) == (2, 0, 0, False)
    assert [(each.name, each.type, each.text) for each in call.edited] == [("amount", ValueType.MONEY, "12.50")]
    fallout = record(world).fallouts[0]
    assert (fallout.resolution, fallout.actor, fallout.reason) == ("edited and retried", "ann", "typo")
    world.end("pay", round_=2)
    assert world.state("pay") is StepState.COMPLETED


def test_an_edit_stays_until_it_is_edited_again_and_the_history_tells_both_values() -> None:
    world = one_call()
    world.end("pay", park())
    world.say(edit(amount="12.50", carrier="DHL"))
    world.end("pay", park(), round_=2)
    world.say(Retry(steps=("main.pay",)))
    assert [each.text for each in world.last_call("pay").edited] == ["12.50", "DHL"]
    world.end("pay", park(), round_=2)
    world.say(edit(amount="13.00"))
    assert [each.text for each in world.last_call("pay").edited] == ["13.00", "DHL"]
    first, second = audited(told(world), "edit_and_retry")
    assert first.detail == "`amount` = 12.50, `carrier` = DHL"
    assert second.detail == "`amount` = 13.00 (was 12.50)"


def test_a_step_that_waits_for_its_next_try_takes_other_input_at_once() -> None:
    world = one_call()
    world.end("pay", retry_later(timedelta(hours=1)))
    world.say(edit(amount="1"))
    assert (world.last_call("pay").round, world.state("pay")) == (2, StepState.IN_PROGRESS)


def test_after_an_unknown_outcome_other_input_needs_the_statement_that_nothing_happened() -> None:
    world = one_call()
    world.end("pay", park(unknown=True))
    world.say(edit(amount="1", reason="I think so"))
    world.say(edit(amount="1", sure=True))
    assert (world.state("pay"), record(world).round) == (StepState.FATALLY_FAILED, 1)
    world.say(edit(amount="1", sure=True, reason="the bank has nothing"))
    assert (world.last_call("pay").round, world.last_call("pay").unknown) == (2, False)


def test_wrong_input_is_refused_at_once_all_problems_together() -> None:
    world = one_call()
    world.end("pay", park())
    refusals = world.run.refusals(edit(amout="1", amount="much"))
    assert [each.removeprefix("`Pay` (main.pay): ") for each in refusals] == [
        "`amout` is no input of this step. Did you mean `amount`?",
        "`amount`: expected an amount like 1299.00, got 'much'.",
    ]
    assert "no input is given" in world.run.refusals(edit())[0]


def test_a_step_without_input_has_none_to_edit() -> None:
    world = World(plan([callout("pay")], [step("pay")]))
    world.end("pay", park())
    assert world.run.refusals(edit(amount="1")) == (
        "`Pay` (main.pay): `amount` is no input of this step. It takes no inputs.",
    )


def test_an_answer_to_the_former_round_is_late_and_the_call_of_the_new_one_ignores_it() -> None:
    world = one_call()
    world.end("pay", park())
    world.say(edit(amount="1"))
    assert world.end("pay", round_=1) == ()
    assert world.state("pay") is StepState.IN_PROGRESS


def give_up(*steps: str) -> GiveUp:
    return GiveUp(steps=tuple(f"main.{each}" for each in steps), actor="ann", reason="no such address")


def test_what_depends_on_a_step_given_up_is_discarded_and_the_rest_goes_on() -> None:
    names = ("pay", "ship", "bill", "tell")
    steps = [step("pay"), step("ship", "pay"), step("bill", "ship", "tell"), step("tell")]
    world = World(plan([callout(each) for each in names], steps))
    world.end("pay", park())
    world.say(give_up("pay"))
    states = [world.state(each) for each in ("pay", "ship", "bill", "tell")]
    assert states == [StepState.FATALLY_FAILED, StepState.DISCARDED, StepState.DISCARDED, StepState.IN_PROGRESS]
    assert (world.run.order_state, world.run.open_fallouts, world.run.closed) == (OrderState.IN_PROGRESS, 0, False)
    world.end("tell")
    assert (world.run.order_state, world.run.closed) == (OrderState.FAILED, True)
    batch = told(world)
    why = "discarded: it waits for `Pay` (main.pay), which was given up by ann: no such address"
    assert [each.reason for each in batch.steps if each.state is StepState.DISCARDED] == [why, why]
    assert [each.step for each in audited(batch, "discard")] == ["main.bill", "main.ship"]
    assert [(each.resolution, each.reason) for each in batch.fallouts] == [("given up", "no such address")]
    assert (batch.state, batch.lines[0].state) == (OrderState.FAILED, OrderState.FAILED)


def test_an_order_of_which_one_line_was_given_up_ends_partial() -> None:
    two = [step("pay@L1", origin=("L1",)), step("pay@L2", origin=("L2",)), step("close", "pay@L1", origin=("L1",))]
    world = World(plan([callout("pay"), callout("close")], two, (line("L1"), line("L2"))))
    world.end("pay@L2")
    world.end("pay@L1", park(unknown=True))
    world.say(give_up("pay@L1"))
    batch = told(world)
    assert [each.state for each in batch.lines] == [OrderState.FAILED, OrderState.COMPLETED]
    assert (batch.state, world.run.closed) == (OrderState.PARTIAL, True)


def test_an_order_is_not_over_while_another_line_has_steps_to_come() -> None:
    two = [step("pay@L1", origin=("L1",)), step("wait", origin=("L1",)), step("pay@L2", "wait", origin=("L2",))]
    world = World(plan([callout("pay"), callout("wait")], two, (line("L1"), line("L2"))))
    world.end("pay@L1", park())
    world.say(give_up("pay@L1"))
    world.end("wait", retry_later())
    assert (world.run.order_state, world.run.closed) == (OrderState.IN_PROGRESS, False)


def test_a_fallout_is_resolved_once() -> None:
    world = one_call()
    world.end("pay", park())
    world.say(give_up("pay"))
    assert world.run.refusals(Retry(steps=("main.pay",)))
    batch = told(world)
    assert [each.actor for each in batch.fallouts] == ["ann"]


def asynchronous() -> World:
    callback = RunCallback(deadline=timedelta(hours=1), outputs=(output("tracking", "response.body.tracking"),))
    outputs = [output("id", "response.body.id"), *callback.outputs]
    return World(plan([callout("pay", callback=callback, outputs=outputs)], [step("pay")]))


def answer(world: World, body: str = '{"tracking": "T-1"}', round_: int = 1) -> None:
    world.hear("pay", body, round_)


def overdue() -> World:
    world = asynchronous()
    (wake,) = world.end("pay", Succeeded(outputs=text("id", "R-1"), awaits_callback=True))
    world.due(getattr(wake, "key"))  # noqa: B009
    assert world.state("pay") is StepState.FATALLY_FAILED
    told(world)
    return world


def test_an_answer_that_comes_after_its_deadline_is_kept_whole_and_what_was_accepted_too() -> None:
    world = overdue()
    answer(world)
    batch = told(world)
    [late] = batch.late_answers
    assert (late.step, late.number, late.round, late.answer) == ("main.pay", 1, 1, '{"tracking": "T-1"}')
    assert late.why == "the step is fatally_failed"
    kept = batch.steps[0].kept
    assert kept is not None
    assert (kept.accepted, kept.late_answers) == (text("id", "R-1"), 1)


def test_an_answer_that_came_while_the_step_was_parked_need_not_come_again_after_a_retry() -> None:
    world = asynchronous()
    world.end("pay", park(unknown=True))
    answer(world)
    assert len(told(world).late_answers) == 1
    world.say(Retry(steps=("main.pay",), actor="ann"))
    world.end("pay", Succeeded(outputs=text("id", "R-1"), awaits_callback=True))
    assert (world.state("pay"), world.run.closed) == (StepState.COMPLETED, True)


def test_late_answers_are_counted_on_after_a_reload_and_come_to_an_end() -> None:
    world = overdue()
    for _ in range(MOST_LATE_ANSWERS + 5):
        answer(world)
        world.run = type(world.run).load(world.run.dump(), world.plan)
    batch = told(world)
    assert [each.number for each in batch.late_answers] == list(range(1, MOST_LATE_ANSWERS + 1))
    assert len(audited(batch, "callback")) == MOST_LATE_ANSWERS + 5


def test_an_answer_for_a_step_that_has_ended_is_only_audited() -> None:
    world = overdue()
    world.say(give_up("pay"))
    answer(world)
    batch = told(world)
    assert (batch.late_answers, len(audited(batch, "callback"))) == ((), 1)


@pytest.mark.parametrize("command", [Retry(steps=("main.pay",)), edit(amount="1")])
def test_an_order_given_up_takes_no_more_commands(command: Retry | EditAndRetry) -> None:
    world = one_call()
    world.end("pay", park())
    world.say(give_up("pay"))
    assert world.run.refusals(command) == ("The order is closed (failed); nothing can be changed any more.",)


def test_the_details_name_what_waits_and_not_what_was_given_up() -> None:
    world = World(plan([callout("pay"), callout("ship")], [step("pay"), step("ship")]))
    world.end("pay", park())
    assert "**Stuck** (1)" in world.run.details
    world.say(give_up("pay"))
    assert "**Stuck**" not in world.run.details
    assert all(isinstance(each, Call) for each in world.run.outstanding())

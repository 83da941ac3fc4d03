"""Tries, parkings and callbacks of a step that calls a system."""

from __future__ import annotations

from datetime import timedelta

from catalog.values import as_record
from fulfillment.commands import Complete, GivenValue, Retry, Skip
from fulfillment.effects import Call, WakeAt
from fulfillment.events import CallbackArrived
from fulfillment.outcomes import Succeeded
from fulfillment.runplan import RunCallback
from fulfillment.state import StepMemory
from fulfillment.states import OrderState, StepState
from tests.unit.fulfillment.plans import NOW, World, callout, output, park, plan, retry_later, step, text

ACCEPTED = Succeeded(outputs=text("id", "R-1"), awaits_callback=True)


def one_call() -> World:
    return World(plan([callout("pay"), callout("ship")], [step("pay"), step("ship", "pay")]))


def asynchronous() -> World:
    callback = RunCallback(
        deadline=timedelta(hours=1),
        success="response.body.ok",
        outputs=(output("tracking", "response.body.tracking"),),
        refused_codes=("SOLD_OUT",),
    )
    definition = callout("pay", callback=callback, outputs=[output("id", "response.body.id"), *callback.outputs])
    return World(plan([definition], [step("pay")]))


def record(world: World, name: str = "pay") -> StepMemory:
    return next(each for each in world.run.dump().steps if each.id == f"main.{name}")


def send(world: World, body: str = '{"ok": true, "tracking": "T-1"}', round_: int = 1) -> None:
    world.hear("pay", body, round_)


def audited(world: World) -> list[tuple[str, bool, str]]:
    batch = world.run.changes(NOW)
    assert batch is not None
    return [(each.action, each.accepted, each.detail) for each in batch.audit]


def test_a_later_try_waits_as_failed_and_calls_again_with_its_bases() -> None:
    world = one_call()
    failed = retry_later(timedelta(minutes=1), unknown=True).model_copy(update={"attempts": 4})
    (wake,) = world.end("pay", failed)
    assert isinstance(wake, WakeAt)
    assert wake.at == NOW + timedelta(minutes=1)
    assert world.state("pay") is StepState.FAILED
    (call,) = world.due(wake.key)
    assert isinstance(call, Call)
    assert (call.round, call.attempts, call.tries, call.unknown) == (1, 4, 4, True)


def test_a_retry_by_hand_keeps_round_and_attempts_and_begins_the_tries_anew() -> None:
    world = one_call()
    world.end("pay", park(unknown=True).model_copy(update={"attempts": 3}))
    world.say(Retry(steps=("main.pay",), actor="ann"))
    call = world.last_call("pay")
    assert (call.round, call.attempts, call.tries, call.unknown) == (1, 3, 0, True)
    fallout = record(world).fallouts[0]
    assert (fallout.resolution, fallout.actor, fallout.resolved_at) == ("retried", "ann", NOW)


def test_a_retry_by_hand_does_not_wait_for_the_next_try_and_its_timer_is_stale() -> None:
    world = one_call()
    (wake,) = world.end("pay", retry_later())
    assert isinstance(wake, WakeAt)
    world.say(Retry(steps=("main.pay",)))
    assert world.calls == ["pay", "pay"]
    assert world.due(wake.key) == ()


def test_a_second_parking_is_the_second_fallout() -> None:
    world = one_call()
    world.end("pay", park())
    world.say(Retry(steps=("main.pay",), fallout=1))
    world.end("pay", park())
    assert [each.number for each in record(world).fallouts] == [1, 2]
    assert world.run.refusals(Retry(steps=("main.pay",), fallout=1)) == (
        "`Pay` (main.pay): fallout 1 is not open; its open fallout is 2. Look at it again with `dro orders show`.",
    )


def test_a_step_skipped_by_hand_is_waived_and_the_plan_goes_on() -> None:
    world = one_call()
    world.end("pay", park())
    world.say(Skip(steps=("main.pay",), actor="ann", reason="paid in cash"))
    world.end("ship")
    batch = world.run.changes(NOW)
    assert batch is not None
    assert batch.state is OrderState.COMPLETED
    assert batch.lines[0].waived == ("main.pay",)
    assert batch.steps[0].reason == "skipped by ann: paid in cash"


def test_after_an_unknown_outcome_a_skip_needs_the_statement_that_nothing_happened() -> None:
    world = one_call()
    world.end("pay", park(unknown=True))
    world.say(Skip(steps=("main.pay",), reason="never mind"))
    world.say(Skip(steps=("main.pay",), nothing_happened=True, reason=" "))
    assert world.state("pay") is StepState.FATALLY_FAILED
    world.say(Skip(steps=("main.pay",), nothing_happened=True, reason="asked the bank"))
    assert world.state("pay") is StepState.SKIPPED
    assert [accepted for action, accepted, _ in audited(world) if action == "skip"] == [False, False, True]


def test_a_step_completed_by_hand_has_the_outputs_typed_in() -> None:
    world = World(plan([callout("pay", outputs=[output("id", "response.body.id")])], [step("pay")]))
    world.end("pay", park(unknown=True))
    assert world.run.refusals(Complete(steps=("main.pay",))) == ("`Pay` (main.pay): `id` is missing.",)
    world.say(Complete(steps=("main.pay",), outputs=(GivenValue(name="id", value="P-9"),), actor="ann"))
    assert record(world).outputs == text("id", "P-9")
    assert record(world).reason == "completed by hand by ann"
    assert world.run.closed


def test_a_command_with_one_unfit_step_does_nothing_at_all() -> None:
    world = one_call()
    world.end("pay", park())
    world.say(Retry(steps=("main.pay", "main.ship")))
    assert world.state("pay") is StepState.FATALLY_FAILED
    assert [accepted for action, accepted, _ in audited(world) if action == "retry"] == [False, False]


def test_an_accepted_call_waits_for_its_callback_and_gives_its_place_back() -> None:
    world = asynchronous()
    (wake,) = world.end("pay", ACCEPTED)
    assert world.state("pay") is StepState.IN_PROGRESS
    assert wake == WakeAt(key="callback/main.pay/1/1", at=NOW + timedelta(hours=1))
    assert world.run.outstanding() == (wake,)
    send(world)
    assert as_record(record(world).outputs) == {"id": "R-1", "tracking": "T-1"}
    assert world.run.closed


def test_a_callback_before_the_answer_of_its_call_is_kept() -> None:
    world = asynchronous()
    send(world)
    assert world.state("pay") is StepState.IN_PROGRESS
    assert world.end("pay", ACCEPTED) == ()
    assert as_record(record(world).outputs)["tracking"] == "T-1"


def test_a_callback_after_a_lost_answer_is_kept_for_the_next_try() -> None:
    world = asynchronous()
    (wake,) = world.end("pay", retry_later(unknown=True))
    send(world)
    assert isinstance(wake, WakeAt)
    world.due(wake.key)
    world.end("pay", ACCEPTED)
    assert world.state("pay") is StepState.COMPLETED


def test_a_duplicate_late_or_strange_callback_changes_nothing_and_is_audited() -> None:
    world = asynchronous()
    send(world, round_=0)
    send(world)
    send(world, "second")
    world.end("pay", ACCEPTED)
    before = world.run.dump().steps
    send(world)
    world.run.apply(CallbackArrived(step="main.nobody", round=1, body=""), NOW)
    assert world.run.dump().steps == before
    told = [detail.partition(":")[0] for action, accepted, detail in audited(world) if not accepted]
    assert told == [
        "it is for round 0, the step is in round 1",
        "an earlier one is kept already",
        "the step is completed",
        "the order has no such step",
    ]


def test_a_callback_that_tells_a_failure_parks_with_its_code() -> None:
    world = asynchronous()
    world.end("pay", ACCEPTED)
    send(world, '{"ok": false, "code": "SOLD_OUT", "message": "none left"}')
    fallout = record(world).fallouts[0]
    assert (fallout.failure.code, fallout.failure.message, fallout.unknown) == ("SOLD_OUT", "none left", False)
    assert record(world).outputs == ()


def test_a_failure_whose_code_refuses_nothing_leaves_the_outcome_unknown() -> None:
    world = asynchronous()
    world.end("pay", ACCEPTED)
    send(world, '{"ok": false}')
    assert record(world).fallouts[0].failure.code == "CALLBACK_FAILED"
    assert record(world).unknown


def test_a_callback_that_cannot_be_read_parks_as_wrong_answer() -> None:
    world = asynchronous()
    world.end("pay", ACCEPTED)
    send(world, "<html>")
    assert record(world).fallouts[0].failure.code == "WRONG_ANSWER"
    assert record(world).unknown


def test_a_callback_whose_text_no_database_keeps_is_cleaned() -> None:
    world = asynchronous()
    world.end("pay", ACCEPTED)
    send(world, r'{"ok": true, "tracking": "T\ud800"}')
    assert as_record(record(world).outputs)["tracking"] == "T?"


def test_a_callback_that_does_not_come_parks_when_its_deadline_has_passed() -> None:
    world = asynchronous()
    world.end("pay", ACCEPTED)
    world.due("callback/main.pay/1/1")
    assert record(world).fallouts[0].failure.code == "CALLBACK_OVERDUE"
    assert record(world).unknown
    send(world)
    assert world.state("pay") is StepState.FATALLY_FAILED
    world.say(Retry(steps=("main.pay",)))
    assert world.last_call("pay").attempts == 1


def test_automatic_decisions_are_audited_as_the_systems() -> None:
    world = one_call()
    world.end("pay", retry_later())
    world.due("retry/main.pay/1/1")
    world.end("pay", park())
    assert [(action, accepted) for action, accepted, _ in audited(world)] == [("retry", True), ("park", True)]

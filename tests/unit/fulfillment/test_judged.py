"""Failures that only the run sees are judged by the fallout rules like those of calls: each kind, each decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from catalog.products import Attribute
from catalog.steps import StepType
from catalog.values import ValueType
from fulfillment.commands import CompleteTask, GivenValue, Retry, SetFacts, Skip, StartNow
from fulfillment.effects import Call, Extend, Judge, PlanChange, WakeAt
from fulfillment.events import Judged
from fulfillment.outcomes import Cancels, CancelWork, Failure, Park, RetryLater, RunAlternative, SkipStep, Succeeded
from fulfillment.runplan import RunCallback, RunDefinition
from fulfillment.states import OrderState, StepState
from tests.unit.fulfillment.plans import NOW, World, callout, plan, step

RETRY = RetryLater(delay=timedelta(minutes=5), rule="again")
PARK = Park(queue="desk", rule="desk", why="rule `desk`: no retries")
SKIP = SkipStep(rule="courtesy", why="rule `courtesy`: no retries; it skips the step")
ALTERNATIVE = RunAlternative(group="backup", rule="strike", why="rule `strike`: no retries")
CANCEL = CancelWork(cancels=Cancels.ORDER, rule="hopeless", why="rule `hopeless`: no retries")
CALLBACK = RunCallback(deadline=timedelta(hours=1), success="response.body.ok", refused_codes=("SOLD_OUT",))
KNOWN = Attribute(name="known", type=ValueType.BOOLEAN)
FAILED = '{"ok": false, "code": "SOLD_OUT", "message": "None left."}'


def world_of(definition: RunDefinition) -> World:
    """A step whose failures wait to be judged, and a call after it."""
    made = plan([definition, callout("ship")], [step("do"), step("ship", "do")])
    return World(made.model_copy(update={"order_facts": (KNOWN,)}), decides=None)


def pause(until: str = "coalesce(facts.known, false)") -> RunDefinition:
    return RunDefinition(
        id="main.do",
        type=StepType.PAUSE,
        title="Do",
        group_title="Main",
        until=until,
        pause_timeout=timedelta(hours=2),
    )


def overdue() -> World:
    world = world_of(callout("do", callback=CALLBACK))
    world.end("do", Succeeded(awaits_callback=True))
    world.due("callback/main.do/1/1")
    return world


def refused_later(body: str = FAILED) -> World:
    world = world_of(callout("do", callback=CALLBACK))
    world.end("do", Succeeded(awaits_callback=True))
    world.hear("do", body)
    return world


def unreadable_later() -> World:
    return refused_later("<html>")


def timed_out() -> World:
    world = world_of(pause())
    world.due("pause/main.do/0")
    return world


def without_verdict() -> World:
    return world_of(callout("do", when="facts.known"))


def pause_without_verdict() -> World:
    return world_of(pause("facts.known"))


KINDS: dict[str, tuple[Callable[[], World], str, StepState, bool]] = {
    "overdue": (overdue, "CALLBACK_OVERDUE", StepState.IN_PROGRESS, True),
    "refused later": (refused_later, "SOLD_OUT", StepState.IN_PROGRESS, False),
    "unreadable later": (unreadable_later, "WRONG_ANSWER", StepState.IN_PROGRESS, True),
    "timed out": (timed_out, "PAUSE_TIMED_OUT", StepState.IN_PROGRESS, False),
    "without verdict": (without_verdict, "CONDITION_ERROR", StepState.READY, False),
    "pause without verdict": (pause_without_verdict, "CONDITION_ERROR", StepState.IN_PROGRESS, False),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def made(kind: str) -> World:
    return KINDS[kind][0]()


def told(kind: str) -> Failure:
    [asked] = made(kind).questions()
    return asked.failure


@each_kind
def test_the_rules_are_asked_once_and_the_step_says_so_where_it_stands(kind: str) -> None:
    world, (_, code, state, unknown) = made(kind), KINDS[kind]
    [asked] = world.questions()
    assert (asked.step, asked.round, asked.tries, asked.number_of) == ("main.do", 1, 1, 1)
    assert (asked.failure.code, asked.unknown) == (code, unknown)
    assert (world.state("do"), world.run.open_fallouts) == (state, 0)
    assert world.reason("do").endswith("; is being judged by the fallout rules")
    assert world.run.outstanding() == (asked,)


@each_kind
def test_a_rule_without_another_outcome_parks_it_in_its_queue(kind: str) -> None:
    world = made(kind)
    world.judge(PARK)
    batch = world.run.changes(NOW)
    assert batch is not None
    [fallout] = batch.fallouts
    assert (world.state("do"), world.run.outstanding()) == (StepState.FATALLY_FAILED, ())
    assert (fallout.rule, fallout.queue, fallout.failure) == ("desk", "desk", told(kind))


@each_kind
def test_a_rule_skips_it_and_the_order_goes_on(kind: str) -> None:
    world = made(kind)
    [call] = world.judge(SKIP)
    assert isinstance(call, Call)
    assert (world.state("do"), call.step) == (StepState.SKIPPED, "main.ship")


@each_kind
def test_a_rule_has_an_alternative_planned_unless_it_may_have_worked(kind: str) -> None:
    world = made(kind)
    planned = [each for each in world.judge(ALTERNATIVE) if isinstance(each, Extend)]
    assert world.state("do") is StepState.FATALLY_FAILED
    assert [each.group for each in planned] == ([] if KINDS[kind][3] else ["backup"])


@each_kind
def test_a_rule_has_the_order_cancelled(kind: str) -> None:
    world = made(kind)
    [asked] = [each for each in world.judge(CANCEL) if isinstance(each, PlanChange)]
    assert asked.wanted.reason == "rule `hopeless`, after fallout 1 of main.do"


@each_kind
def test_a_retry_comes_after_its_delay_and_one_wake_up_is_enough(kind: str) -> None:
    world = made(kind)
    [wake] = world.judge(RETRY)
    assert isinstance(wake, WakeAt)
    assert (world.state("do"), wake.at) == (StepState.FAILED, NOW + timedelta(minutes=5))
    world.due(wake.key)
    again = world.run.outstanding()
    assert again
    assert wake not in again
    world.due(wake.key)
    assert world.run.outstanding() == again


def test_an_overdue_call_is_made_again_under_its_key_and_its_tries_count() -> None:
    world = overdue()
    [wake] = world.judge(RETRY)
    assert isinstance(wake, WakeAt)
    [call] = world.due(wake.key)
    assert isinstance(call, Call)
    assert (call.round, call.attempts, call.tries, call.unknown) == (1, 1, 1, True)
    world.end("do", Succeeded(awaits_callback=True))
    world.due("callback/main.do/1/2")
    assert [each.tries for each in world.questions()] == [1, 2]


def test_a_pause_waits_anew_for_its_whole_time_and_its_waits_count() -> None:
    world = timed_out()
    world.now = NOW + timedelta(hours=2)
    [wake] = world.judge(RETRY)
    assert isinstance(wake, WakeAt)
    world.now = wake.at
    [again] = world.due(wake.key)
    assert isinstance(again, WakeAt)
    assert again.at == wake.at + timedelta(hours=2)
    world.due("pause/main.do/0")
    assert world.state("do") is StepState.IN_PROGRESS
    world.due(again.key)
    assert [each.tries for each in world.questions()] == [1, 2]


@pytest.mark.parametrize("of", [timed_out, pause_without_verdict])
def test_a_pause_between_two_tries_goes_on_as_soon_as_its_fact_is_set(of: Callable[[], World]) -> None:
    world = of()
    [wake] = world.judge(RETRY)
    world.say(known("false"))
    assert (world.state("do"), world.run.outstanding()) == (StepState.FAILED, (wake,))
    world.say(known("true"))
    assert (world.state("do"), world.calls) == (StepState.COMPLETED, ["ship"])


def test_a_condition_is_looked_at_again_and_its_looks_are_no_tries_of_the_call() -> None:
    world = without_verdict()
    [wake] = world.judge(RETRY)
    assert isinstance(wake, WakeAt)
    [asked] = world.due(wake.key)
    assert isinstance(asked, Judge)
    assert (asked.tries, asked.number_of, world.calls) == (2, 2, [])
    [wake] = world.judge(RETRY)
    world.say(known("true"))
    assert isinstance(wake, WakeAt)
    [call] = world.due(wake.key)
    assert isinstance(call, Call)
    assert (call.step, call.attempts, call.tries) == ("main.do", 0, 0)


def test_a_person_retries_what_waits_for_its_next_look_and_tries_count_anew() -> None:
    world = without_verdict()
    [wake] = world.judge(RETRY)
    assert isinstance(wake, WakeAt)
    [asked] = world.say(Retry(actor="ann", steps=("main.do",)))
    assert isinstance(asked, Judge)
    assert (asked.tries, asked.number_of) == (1, 2)
    assert world.due(wake.key) == ()


@each_kind
def test_until_it_is_judged_no_command_fits_it(kind: str) -> None:
    world = made(kind)
    for command in (
        Retry(steps=("main.do",)),
        Skip(steps=("main.do",), reason="never mind", nothing_happened=True),
        StartNow(steps=("main.do",)),
    ):
        [refused] = world.run.refusals(command)
        assert "its failure is being judged by the fallout rules" in refused


def test_a_persons_task_whose_condition_is_judged_is_not_completed() -> None:
    task = RunDefinition(
        id="main.do", type=StepType.MANUAL_TASK, title="Do", group_title="Main", when="order.total > 1"
    )
    [refused] = world_of(task).run.refusals(CompleteTask(step="main.do"))
    assert "is being judged" in refused


def test_facts_that_come_while_a_pause_is_judged_are_looked_at_when_it_waits_again() -> None:
    world = timed_out()
    assert world.say(known("true")) == ()
    assert world.state("do") is StepState.IN_PROGRESS
    [wake] = world.judge(RETRY)
    assert isinstance(wake, WakeAt)
    world.due(wake.key)
    assert (world.state("do"), world.calls) == (StepState.COMPLETED, ["ship"])


def test_an_answer_that_comes_while_its_absence_is_judged_is_kept_for_the_next_try_and_for_people() -> None:
    world = overdue()
    world.hear("do", '{"ok": true}')
    batch = world.run.changes(NOW)
    assert batch is not None
    assert [(each.number, each.why) for each in batch.late_answers] == [(1, "the step is being judged")]
    [wake] = world.judge(RETRY)
    assert isinstance(wake, WakeAt)
    world.due(wake.key)
    world.end("do", Succeeded(awaits_callback=True))
    assert world.state("do") is StepState.COMPLETED


@each_kind
def test_what_was_not_asked_for_or_is_answered_already_changes_nothing(kind: str) -> None:
    world = made(kind)
    [asked] = world.questions()
    before = world.run.dump()
    for stale in ({"round": 2}, {"number_of": 2}, {"step": "main.ship"}, {"step": "main.nobody"}):
        event = Judged(step=asked.step, round=1, number_of=1, decision=SKIP).model_copy(update=stale)
        assert world.run.apply(event, NOW) == ()
    assert world.run.dump() == before
    world.judge(PARK)
    assert world.judge(SKIP, asked) == ()
    assert world.state("do") is StepState.FATALLY_FAILED


def test_an_order_with_a_failure_that_is_judged_is_in_progress() -> None:
    assert [made(kind).run.order_state for kind in KINDS] == [OrderState.IN_PROGRESS] * len(KINDS)


def known(value: str) -> SetFacts:
    return SetFacts(values=(GivenValue(name="known", value=value),), actor="ann")

"""Pauses wait until their condition holds or their time is over; facts are what they wait for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.products import Attribute
from catalog.steps import OnTimeout, StepType
from catalog.values import ValueType, as_record
from fulfillment.commands import Complete, Retry, SetFacts, Skip
from fulfillment.effects import WakeAt
from fulfillment.events import Commanded, Due
from fulfillment.run import Run
from fulfillment.runplan import RunDefinition, RunPlan
from fulfillment.states import OrderState, StepState
from tests.unit.fulfillment.plans import NOW, World, callout, line, milestone, plan, step

SIGNED = Attribute(name="signed_off", type=ValueType.BOOLEAN)
BUDGET = Attribute(name="budget", type=ValueType.MONEY, min="1", max="500")
AGREED = Attribute(name="date_agreed", type=ValueType.DATE)
FLOOR = Attribute(name="floor", type=ValueType.CHOICE, choices=("first", "second"), default="first")
AT_TIMEOUT = "pause/main.wait/0"


def pause(
    until: str = "coalesce(facts.signed_off, false)",
    *,
    timeout: timedelta | None = None,
    on_timeout: OnTimeout = OnTimeout.FALLOUT,
) -> RunDefinition:
    return RunDefinition(
        id="main.wait",
        type=StepType.PAUSE,
        title="Wait",
        group_title="Main",
        until=until,
        pause_timeout=timeout,
        on_timeout=on_timeout,
    )


def with_facts(run_plan: RunPlan) -> RunPlan:
    return run_plan.model_copy(update={"order_facts": (BUDGET, SIGNED), "line_facts": (AGREED, FLOOR)})


def waiting(definition: RunDefinition, *, prepare: bool = True) -> World:
    """A pause, and a call after it."""
    return World(with_facts(plan([definition, callout("ship")], [step("wait"), step("ship", "wait")])), prepare=prepare)


def told(line_id: str | None = None, /, **values: str | None) -> SetFacts:
    return SetFacts.model_validate({"actor": "ada", "line": line_id, "values": values})


def audited(world: World) -> list[tuple[str, bool, str]]:
    batch = world.run.changes(world.now)
    assert batch is not None
    return [(each.action, each.accepted, each.detail) for each in batch.audit]


def reloaded(world: World) -> World:
    """The same world after a restart."""
    world.run = Run.load(type(world.run.dump()).model_validate_json(world.run.dump().model_dump_json()), world.plan)
    return world


def test_a_pause_waits_for_its_fact_and_what_follows_starts_when_it_is_set() -> None:
    world = waiting(pause())
    assert (world.state("wait"), world.calls) == (StepState.IN_PROGRESS, [])
    assert world.reason("wait") == "waits until `coalesce(facts.signed_off, false)` holds"
    world.say(told(signed_off="true"))
    assert (world.state("wait"), world.calls) == (StepState.COMPLETED, ["ship"])


def test_a_fact_that_does_not_fulfil_the_condition_leaves_the_pause_waiting() -> None:
    world = waiting(pause())
    assert world.say(told(signed_off="false")) == ()
    assert world.state("wait") is StepState.IN_PROGRESS
    world.say(told(signed_off="true"))
    assert world.state("wait") is StepState.COMPLETED


def test_a_fact_that_is_set_before_the_pause_starts_lets_it_pass_at_once() -> None:
    definitions = [callout("pay"), pause(timeout=timedelta(days=1))]
    world = World(with_facts(plan(definitions, [step("pay"), step("wait", "pay")])))
    world.say(told(signed_off="true"))
    assert world.end("pay") == ()
    assert (world.state("wait"), world.run.order_state) == (StepState.COMPLETED, OrderState.COMPLETED)


def test_a_fact_that_comes_before_the_plan_is_kept() -> None:
    world = waiting(pause(), prepare=False)
    world.say(told(signed_off="true"))
    world.prepare()
    assert (world.state("wait"), world.calls) == (StepState.COMPLETED, ["ship"])


def test_a_pause_takes_no_place_from_calls() -> None:
    others = [callout(f"c{at}") for at in range(3)]
    world = World(with_facts(plan([pause(), *others], [step("wait"), *(step(f"c{at}") for at in range(3))])))
    assert world.calls == ["c0", "c1", "c2"]
    assert world.run.order_state is OrderState.IN_PROGRESS


def test_a_pause_that_times_out_parks_and_goes_on_by_a_retry_once_the_fact_is_there() -> None:
    world = waiting(pause(timeout=timedelta(hours=2)))
    (wake,) = world.wakes()
    assert wake == WakeAt(key=AT_TIMEOUT, at=NOW + timedelta(hours=2))
    world.due(wake.key)
    assert world.state("wait") is StepState.FATALLY_FAILED
    batch = world.run.changes(world.now)
    assert batch is not None
    (fallout,) = batch.fallouts
    assert (fallout.failure.code, fallout.failure.refused, fallout.unknown) == ("PAUSE_TIMED_OUT", True, False)
    world.say(told(signed_off="true"))
    assert world.state("wait") is StepState.FATALLY_FAILED
    world.say(Retry(actor="ada", steps=("main.wait",)))
    assert (world.state("wait"), world.calls) == (StepState.COMPLETED, ["ship"])


def test_a_pause_tried_again_waits_its_whole_time_and_ignores_the_wake_up_of_before() -> None:
    world = waiting(pause(timeout=timedelta(hours=2)))
    world.due(AT_TIMEOUT)
    world.now = NOW + timedelta(hours=3)
    (wake,) = world.say(Retry(actor="ada", steps=("main.wait",)))
    assert isinstance(wake, WakeAt)
    assert wake.at == NOW + timedelta(hours=5)
    world.due(AT_TIMEOUT)
    assert world.state("wait") is StepState.IN_PROGRESS
    world.due(wake.key)
    assert world.state("wait") is StepState.FATALLY_FAILED


def test_a_pause_that_may_go_on_without_completes_when_its_time_is_over() -> None:
    world = waiting(pause(timeout=timedelta(minutes=5), on_timeout=OnTimeout.CONTINUE))
    world.due(AT_TIMEOUT)
    assert (world.state("wait"), world.calls) == (StepState.COMPLETED, ["ship"])
    assert ("pause", True, "time-out: `coalesce(facts.signed_off, false)` did not hold within 0:05:00.") in audited(
        world
    )


def test_the_time_out_of_a_pause_that_has_gone_on_is_ignored() -> None:
    world = waiting(pause(timeout=timedelta(hours=2)))
    world.say(told(signed_off="true"))
    assert world.due(AT_TIMEOUT) == ()
    assert world.state("wait") is StepState.COMPLETED


def test_a_condition_without_a_value_parks_the_pause() -> None:
    world = waiting(pause("facts.budget > 100"))
    assert world.state("wait") is StepState.FATALLY_FAILED
    world.say(told(budget="200"))
    world.say(Retry(actor="ada", steps=("main.wait",)))
    assert world.state("wait") is StepState.COMPLETED


def test_a_waiting_pause_can_be_skipped_but_not_retried_or_completed() -> None:
    world = waiting(pause(timeout=timedelta(hours=2)))
    for command in (Retry(steps=("main.wait",)), Complete(steps=("main.wait",))):
        (refusal,) = world.run.refusals(command)
        assert "set the facts that it reads with `dro orders set`" in refusal
    world.say(Skip(actor="ada", steps=("main.wait",), reason="signed on paper"))
    assert (world.state("wait"), world.calls) == (StepState.SKIPPED, ["ship"])
    assert world.due(AT_TIMEOUT) == ()


def test_a_timed_out_pause_can_be_completed_by_hand() -> None:
    world = waiting(pause(timeout=timedelta(hours=2)))
    world.due(AT_TIMEOUT)
    world.say(Complete(actor="ada", steps=("main.wait",)))
    assert (world.state("wait"), world.calls) == (StepState.COMPLETED, ["ship"])


def test_facts_and_the_time_of_a_pause_survive_a_restart() -> None:
    definitions = [pause("coalesce(facts.signed_off, false) and facts.budget is not null", timeout=timedelta(hours=2))]
    world = World(with_facts(plan(definitions, [step("wait")])))
    world.say(told(signed_off="true"))
    world = reloaded(world)
    assert world.run.outstanding() == (WakeAt(key=AT_TIMEOUT, at=NOW + timedelta(hours=2)),)
    world.say(told(budget="12.50"))
    assert world.state("wait") is StepState.COMPLETED


def test_the_fact_of_one_line_lets_only_its_pause_go_on() -> None:
    steps = [step("wait@L1", origin=("L1",)), step("wait@L2", origin=("L2",))]
    definition = pause("line_facts.date_agreed is not null")
    world = World(with_facts(plan([definition], steps, [line("L1"), line("L2")])))
    world.say(told("L2", date_agreed="2026-12-01"))
    assert (world.state("wait@L1"), world.state("wait@L2")) == (StepState.IN_PROGRESS, StepState.COMPLETED)


def test_a_step_behind_several_lines_sees_what_they_agree_on() -> None:
    steps = [step("wait@D", origin=("L1", "L2"))]
    definition = pause("line_facts.date_agreed is not null")
    world = World(with_facts(plan([definition], steps, [line("L1"), line("L2")])))
    world.say(told("L1", date_agreed="2026-12-01"))
    world.say(told("L2", date_agreed="2026-12-02"))
    assert world.state("wait@D") is StepState.IN_PROGRESS
    world.say(told("L2", date_agreed="2026-12-01"))
    assert world.state("wait@D") is StepState.COMPLETED


def test_a_fact_with_a_default_has_it_until_it_is_set() -> None:
    world = World(with_facts(plan([pause("line_facts.floor == 'first'")], [step("wait")])))
    assert world.state("wait") is StepState.COMPLETED


def test_a_condition_reads_the_fact_as_it_is_when_the_step_would_start() -> None:
    definitions = [callout("pay"), milestone("done", when="coalesce(facts.signed_off, false)")]
    world = World(with_facts(plan(definitions, [step("pay"), step("done", "pay")])))
    world.say(told(signed_off="true"))
    world.say(told(signed_off="false"))
    world.end("pay")
    assert world.state("done") is StepState.SKIPPED


def test_every_try_of_a_call_sends_the_facts_of_its_first() -> None:
    pay = callout("pay").model_copy(update={"reads_facts": True})
    world = World(with_facts(plan([pay], [step("pay")])))
    assert world.say(told(budget="200")) == ()
    again = next(each for each in reloaded(world).run.outstanding() if each.kind == "call")
    assert again == world.last_call("pay")
    assert as_record(again.facts) == {"budget": None, "signed_off": None}
    assert as_record(again.line_facts) == {"date_agreed": None, "floor": "first"}


def test_a_call_that_reads_no_facts_carries_none() -> None:
    world = waiting(pause())
    world.say(told(signed_off="true"))
    assert world.last_call("ship").facts == ()


def test_what_was_set_stands_in_the_history_with_who_and_why() -> None:
    world = waiting(pause())
    world.say(told("L1", floor="second", date_agreed="2026-12-01").model_copy(update={"reason": "mail"}))
    batch = world.run.changes(world.now)
    assert batch is not None
    (entry,) = batch.audit
    assert (entry.action, entry.actor, entry.reason, entry.step) == ("set", "ada", "mail", "")
    assert entry.detail == "line `L1`: `date_agreed` = 2026-12-01, `floor` = second"


@pytest.mark.parametrize(
    ("command", "refusals"),
    [
        (told(), ("No fact is given. Write each as `NAME=VALUE`.",)),
        (
            told(signed_of="true", budget="lots"),
            (
                "`signed_of` is no fact of an order. Did you mean `signed_off`?",
                "Fact `budget`: expected an amount like 1299.00, got 'lots'.",
            ),
        ),
        (told(budget="501"), ("Fact `budget`: expected at most 500, got 501.",)),
        (
            told("L9", floor="third", budget="1"),
            (
                "The order has no line `L9`. Its lines: `L1`.",
                "`budget` is no fact of a line. They are: `date_agreed` and `floor`.",
                "Fact `floor`: expected one of `first` or `second`, got 'third'.",
            ),
        ),
    ],
)
def test_facts_that_do_not_fit_are_refused_for_every_reason_and_change_nothing(
    command: SetFacts, refusals: tuple[str, ...]
) -> None:
    world = waiting(pause())
    before = world.run.dump().facts
    assert world.run.refusals(command) == refusals
    assert world.say(command) == ()
    assert world.run.dump().facts == before
    assert audited(world)[-1][1] is False


def test_an_order_without_declared_facts_says_where_they_are_declared() -> None:
    world = World(plan([callout("pay")], [step("pay")]))
    (refusal,) = world.run.refusals(told(signed_off="true"))
    assert "`order_facts`" in refusal


def test_facts_of_an_order_that_has_ended_are_refused() -> None:
    world = World(with_facts(plan([milestone("done")], [step("done")])))
    (refusal,) = world.run.refusals(told(signed_off="true"))
    assert refusal.startswith("The order is closed")


def test_the_details_show_what_a_pause_waits_for_and_the_command_that_helps() -> None:
    world = waiting(pause())
    assert "**Pauses** (1)" in world.run.details
    assert "`dro orders set A-1 NAME=VALUE`" in world.run.details


def test_a_fact_set_twice_has_the_last_value() -> None:
    world = World(with_facts(plan([pause("facts.budget is not null and facts.budget == 2")], [step("wait")])))
    world.say(told(budget="1"))
    assert world.run.dump().facts.order[0].value == Decimal(1)
    world.run.apply(Commanded(command=told(budget="2")), NOW)
    world.run.apply(Due(key="pause/main.wait/0"), NOW)
    assert world.state("wait") is StepState.COMPLETED

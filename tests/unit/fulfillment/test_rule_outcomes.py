"""What a fallout rule does to a step when its retries are used up, and what the call knows of earlier tries."""

from __future__ import annotations

from datetime import timedelta

from fulfillment.commands import Retry
from fulfillment.outcomes import Succeeded
from fulfillment.states import OrderState, StepState
from tests.unit.fulfillment.plans import NOW, World, callout, park, plan, retry_later, skipped_by_rule, step


def one_call() -> World:
    return World(plan([callout("pay"), callout("ship")], [step("pay"), step("ship", "pay")]))


def test_a_step_that_a_rule_skips_is_a_fallout_resolved_by_it_and_not_waived_and_the_order_goes_on() -> None:
    world = one_call()
    world.end("pay", skipped_by_rule())
    assert world.calls == ["pay", "ship"]
    world.end("ship")
    batch = world.run.changes(NOW)
    assert batch is not None
    words = "skipped after `BUSY`: Busy (rule `courtesy`: no retries; it skips the step)"
    assert (batch.state, batch.lines[0].waived) == (OrderState.COMPLETED, ())
    [fallout] = batch.fallouts
    resolved = ("courtesy", "skipped", "system", "rule `courtesy`")
    assert (fallout.rule, fallout.resolution, fallout.actor, fallout.reason) == resolved
    assert next(each.reason for each in batch.steps if each.id == "main.pay") == words
    assert [(each.actor, each.action) for each in batch.audit] == [("system", "park"), ("system", "skip")]
    assert batch.audit[1].detail == words


def test_what_a_rule_tells_webhooks_stands_on_the_fallout() -> None:
    world = one_call()
    failed = park()
    told = failed.decision.model_copy(update={"notify": ("ops",)})
    world.end("pay", failed.model_copy(update={"decision": told}))
    batch = world.run.changes(NOW)
    assert batch is not None
    assert [(each.rule, each.notify) for each in batch.fallouts] == [("stock", ("ops",))]


def test_a_success_that_only_the_lookup_knows_says_so() -> None:
    world = one_call()
    world.end("pay", Succeeded(note="completed: the lookup told"))
    assert (world.state("pay"), world.reason("pay")) == (StepState.COMPLETED, "completed: the lookup told")


def test_every_call_of_a_round_knows_when_the_first_one_began() -> None:
    world = one_call()
    assert world.last_call("pay").first_tried_at == NOW
    world.now = NOW + timedelta(hours=1)
    world.end("pay", retry_later(unknown=True))
    world.due("retry/main.pay/1/1")
    world.end("pay", park(unknown=True))
    world.say(Retry(steps=("main.pay",)))
    assert world.calls == ["pay", "pay", "pay"]
    assert world.last_call("pay").first_tried_at == NOW

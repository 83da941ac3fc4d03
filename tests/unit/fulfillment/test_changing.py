"""Asking for a change: what is refused at once, what waits while it is worked out, and what comes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fulfillment.commands import Cancel, Complete, Hold, Release, Retry, WithdrawChange
from fulfillment.effects import Call, WakeAt
from fulfillment.events import ChangePlanned
from fulfillment.progress import ChangeState
from fulfillment.runplan import RunPlan
from fulfillment.states import OrderState, StepState
from tests.unit.fulfillment.changes import EVERYTHING, Changing, amend, worked_out
from tests.unit.fulfillment.plans import NOW, callout, line, milestone, park, plan, retry_later, step

WITHDRAW = WithdrawChange(actor="bob", reason="takes too long")


def chain() -> RunPlan:
    """Return a plan of two lines: each is reserved, then shipped; one invoice comes after all."""
    steps = [
        step("reserve@L1"),
        step("reserve@L2", origin=("L2",)),
        step("ship@L1", "reserve@L1"),
        step("ship@L2", "reserve@L2", origin=("L2",)),
        step("invoice", "ship@L1", "ship@L2", origin=("L1", "L2")),
    ]
    return plan([callout("reserve"), callout("ship"), callout("invoice")], steps, [line("L1"), line("L2")])


def test_while_a_change_is_worked_out_nothing_new_starts_and_what_runs_goes_on() -> None:
    world = Changing(chain())
    world.ask(EVERYTHING)
    world.end("reserve@L1")
    assert (world.calls, world.state("reserve@L1")) == (["reserve@L1", "reserve@L2"], StepState.COMPLETED)
    why = "waits until change 1, the cancellation of the order by ann, is worked out"
    assert (world.state("ship@L1"), world.reason("ship@L1")) == (StepState.PENDING, why)


def test_the_request_tells_where_every_step_stands_and_is_repeated_until_it_is_answered() -> None:
    world = Changing(chain())
    world.end("reserve@L1")
    effect = world.ask(EVERYTHING)
    told = {each.id.removeprefix("main."): (each.state.value, each.effect.value, each.begun) for each in effect.facts}
    assert told == {
        "invoice": ("pending", "none", False),
        "reserve@L1": ("completed", "certain", True),
        "reserve@L2": ("in_progress", "possible", True),
        "ship@L1": ("in_progress", "possible", True),
        "ship@L2": ("pending", "none", False),
    }
    assert (effect.plan, effect.wanted, effect.at) == ("digest", EVERYTHING, NOW)
    assert effect in world.run.outstanding()
    world.work_out()
    assert effect not in world.run.outstanding()


def test_calls_that_wait_for_a_place_wait_for_the_change_and_go_on_after_a_refusal() -> None:
    many = plan([callout("pay")], [step(f"pay@L{at}") for at in range(10)])
    world = Changing(many)
    assert len(world.calls) == 8
    world.ask(EVERYTHING)
    world.end("pay@L0")
    assert len(world.calls) == 8
    world.refuse()
    world.end("pay@L1")
    assert sorted(world.calls[8:]) == ["pay@L8", "pay@L9"]


def test_a_refused_change_leaves_no_trace_but_what_people_see_of_it() -> None:
    world, untouched = Changing(chain()), Changing(chain())
    world.ask(EVERYTHING)
    assert world.refuse("`Ship` (main.ship@L1) is past its point of no return.") == ()
    change = world.last_change()
    assert (change.state, change.version, change.decided_at) == (ChangeState.REFUSED, 0, NOW)
    assert change.why == "`Ship` (main.ship@L1) is past its point of no return."
    assert world.run.dump().steps == untouched.run.dump().steps
    assert world.run.order_state is OrderState.IN_PROGRESS
    batch = world.run.changes(NOW)
    assert batch is not None
    assert batch.changes == (change,)
    assert [(each.action, each.accepted, each.actor) for each in batch.audit] == [
        ("cancel", True, "ann"),
        ("change", False, "ann"),
    ]


def test_what_ended_while_a_refused_change_was_worked_out_is_followed_by_what_waited_for_it() -> None:
    world = Changing(chain())
    world.ask(EVERYTHING)
    world.end("reserve@L1")
    world.refuse()
    assert world.calls == ["reserve@L1", "reserve@L2", "ship@L1"]


def test_a_change_that_hangs_can_be_withdrawn_and_its_answer_comes_too_late() -> None:
    world = Changing(chain())
    effect = world.ask(EVERYTHING)
    answer = worked_out(chain(), effect)
    assert world.run.refusals(WITHDRAW) == ()
    world.say(WITHDRAW)
    change = world.last_change()
    assert (change.state, change.why) == (ChangeState.WITHDRAWN, "withdrawn by bob: takes too long")
    assert world.run.apply(answer, NOW) == ()
    assert world.run.plan == chain()
    assert world.run.refusals(WITHDRAW) == ("No change is being worked out; one that is applied can be amended again.",)


def test_an_answer_for_an_earlier_change_is_not_taken_for_the_one_at_work() -> None:
    world = Changing(chain())
    first = world.ask(EVERYTHING)
    world.say(WITHDRAW)
    world.ask(amend())
    assert world.run.apply(worked_out(chain(), first), NOW) == ()
    assert (world.last_change().state, world.run.plan) == (ChangeState.PLANNING, chain())


def test_a_second_change_is_refused_while_one_is_worked_out() -> None:
    world = Changing(chain())
    world.ask(EVERYTHING)
    why = (
        "Change 1, the cancellation of the order by ann, is being worked out; wait until it is decided, or take it "
        "back with `dro orders withdraw-change A-1`."
    )
    assert world.run.refusals(amend()) == (why,)
    world.say(amend())
    assert len(world.requests) == 1


def test_a_change_made_from_another_version_is_refused() -> None:
    world = Changing(chain())
    world.cancel("L2")
    [why] = world.run.refusals(amend(1))
    assert why == (
        "The amendment was made from version 1 of the order; version 2 is in force. Look at it with "
        "`dro orders show A-1`, and amend it with `--base 2`."
    )
    assert world.run.refusals(amend(2)) == ()


def test_lines_that_there_are_not_or_not_any_more_cannot_be_cancelled() -> None:
    world = Changing(chain())
    world.cancel("L2")
    refused = world.run.refusals(Cancel(actor="ann", lines=("L2", "L3")))
    assert refused == ("Line `L2` is cancelled already.", "The order has no line `L3`. Its lines: `L1` and `L2`.")
    world.cancel()
    assert world.run.refusals(EVERYTHING) == ("The order is cancelled already; what still runs undoes what was done.",)


@pytest.mark.parametrize(
    ("more", "problems"),
    [
        ({"role": "admin", "reason": "the customer insists"}, 0),
        ({"role": "admin", "reason": " "}, 1),
        ({"role": "operator", "reason": "the customer insists"}, 1),
        ({"role": "", "reason": ""}, 2),
    ],
)
def test_points_of_no_return_are_passed_with_role_and_reason_only(more: dict[str, str | bool], problems: int) -> None:
    world = Changing(chain())
    found = world.run.refusals(amend(1, {"override": True, **more}))
    assert len(found) == problems
    assert all(each.startswith("To pass points of no return needs") for each in found)


def test_what_a_change_passed_by_override_stands_with_it() -> None:
    world = Changing(chain())
    effect = world.ask(Cancel(actor="ann", role="admin", reason="insists", override=True))
    answer = worked_out(chain(), effect)
    assert answer.change is not None
    passed = answer.change.model_copy(update={"overridden": ("`Ship` (main.ship@L1), started at 8:00",)})
    world.run.apply(answer.model_copy(update={"change": passed}), NOW)
    assert world.last_change().why == "by override it passes `Ship` (main.ship@L1), started at 8:00"


def test_a_change_that_asks_for_what_there_is_changes_nothing() -> None:
    world = Changing(chain())
    effect = world.ask(amend())
    answer = worked_out(chain(), effect)
    assert answer.change is not None
    same = answer.change.model_copy(update={"plan": chain(), "verdicts": ()})
    assert world.run.apply(ChangePlanned(number_of=1, change=same), NOW) == ()
    assert (world.last_change().state, world.last_change().why) == (ChangeState.APPLIED, "it changes nothing")
    assert world.run.refusals(amend(1)) == ()


def test_a_parked_step_is_not_completed_by_hand_while_a_change_takes_it_as_undone() -> None:
    world = Changing(chain())
    world.end("reserve@L1", park())
    world.ask(EVERYTHING)
    [why] = world.run.refusals(Complete(steps=("main.reserve@L1",)))
    assert why.endswith("is being worked out; complete it once that is decided.")
    assert world.run.refusals(Retry(steps=("main.reserve@L1",))) == ()


def test_what_is_retried_while_a_change_is_worked_out_begins_after_it() -> None:
    world = Changing(chain())
    world.end("reserve@L1", park())
    world.ask(EVERYTHING)
    world.say(Retry(steps=("main.reserve@L1",)))
    assert (world.state("reserve@L1"), world.calls) == (StepState.READY, ["reserve@L1", "reserve@L2"])
    assert world.run.order_state is OrderState.IN_PROGRESS
    world.refuse()
    assert world.calls == ["reserve@L1", "reserve@L2", "reserve@L1"]


def test_a_try_that_comes_due_while_a_change_is_worked_out_waits_for_it() -> None:
    world = Changing(chain())
    world.end("reserve@L1", retry_later())
    world.ask(EVERYTHING)
    world.due("retry/main.reserve@L1/1/1")
    assert world.calls == ["reserve@L1", "reserve@L2"]
    world.say(WITHDRAW)
    assert world.calls == ["reserve@L1", "reserve@L2", "reserve@L1"]


def test_a_hold_outlasts_a_change_and_what_it_concerns_begins_after_both() -> None:
    world = Changing(chain())
    world.ask(EVERYTHING)
    world.say(Hold(actor="bob", reason="credit"))
    world.end("reserve@L1")
    world.refuse()
    assert (world.state("ship@L1"), world.reason("ship@L1")) == (StepState.READY, "held by bob: credit (hold 1)")
    world.say(Release(actor="bob"))
    assert world.calls[-1] == "ship@L1"


def test_what_undoes_a_held_line_waits_for_the_release_too() -> None:
    world = Changing(chain())
    world.end("reserve@L2")
    world.say(Hold(actor="bob", reason="credit", lines=("L1",)))
    world.end("reserve@L1")
    world.cancel("L1")
    assert (world.state("reserve@L1"), "undo.undo@L1" in world.calls) == (StepState.CANCELLED, False)
    world.say(Release(actor="bob"))
    assert "undo.undo@L1" in world.calls


def test_an_order_is_not_over_while_a_change_is_worked_out_that_may_bring_new_steps() -> None:
    world = Changing(plan([callout("pay")], [step("pay")]))
    world.ask(EVERYTHING)
    world.end("pay")
    assert (world.run.closed, world.run.order_state) == (False, OrderState.IN_PROGRESS)
    world.refuse()
    assert (world.run.closed, world.run.order_state) == (True, OrderState.COMPLETED)


def test_a_cancel_that_comes_before_the_plan_lets_no_step_start() -> None:
    world = Changing(chain(), prepare=False)
    assert world.say(EVERYTHING) == ()
    assert world.run.refusals(EVERYTHING) == ("The order is being prepared; try again in a moment.",)
    world.prepare()
    assert (world.calls, len(world.requests)) == ([], 1)
    world.work_out()
    assert set(world.states().values()) == {"discarded"}
    assert (world.run.order_state, world.run.closed) == (OrderState.CANCELLED, True)


def test_what_waited_for_its_time_waits_anew_for_what_the_change_has_it_wait_for() -> None:
    slow = plan([milestone("paid"), callout("ship")], [step("paid"), step("ship", "paid", lag=timedelta(hours=1))])
    world = Changing(slow)
    [wake] = world.wakes()
    world.ask(amend())
    later = slow.model_copy(update={"plan": "digest-2", "version": 2, "steps": _with_lag(slow, timedelta(hours=2))})
    answer = worked_out(slow, world.requests[-1])
    assert answer.change is not None
    told = world.run.apply(
        ChangePlanned(number_of=1, change=answer.change.model_copy(update={"plan": later})), world.now
    )
    assert told == (WakeAt(key="start/main.ship/1", at=NOW + timedelta(hours=2)),)
    assert world.due(wake.key) == ()
    world.now = NOW + timedelta(hours=2)
    assert [each.step for each in world.due("start/main.ship/1") if isinstance(each, Call)] == ["main.ship"]


def _with_lag(of: RunPlan, lag: timedelta) -> tuple[object, ...]:
    return tuple(
        each.model_copy(update={"after": tuple(one.model_copy(update={"lag": lag}) for one in each.after)})
        for each in of.steps
    )

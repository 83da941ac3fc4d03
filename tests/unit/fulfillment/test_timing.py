"""Steps that wait for their time are started early, or moved (`domain.md` E5)."""

from __future__ import annotations

from datetime import timedelta

from fulfillment.commands import Reschedule, StartNow
from fulfillment.effects import WakeAt
from fulfillment.events import Prepared
from fulfillment.run import Run
from fulfillment.state import ReportMemory, RunState
from fulfillment.states import StepState
from tests.unit.fulfillment.plans import NOW, World, callout, park, plan, retry_later, step

LATER = NOW + timedelta(days=2)
LATEST = NOW + timedelta(days=9)


def world(*, lag: timedelta = timedelta(0)) -> World:
    """A delivery two days ahead, after a payment."""
    ship = step("ship", "pay", lag=lag).model_copy(update={"not_before": LATER})
    return World(plan([callout("pay"), callout("ship")], [step("pay"), ship]))


def move(found: World, at: timedelta, reason: str = "") -> None:
    found.say(Reschedule(steps=("main.ship",), at=NOW + at, actor="ada", reason=reason))


def test_a_step_that_waits_for_its_time_starts_when_a_person_says_so() -> None:
    found = world(lag=timedelta(days=3))
    found.end("pay")
    assert found.state("ship") is StepState.SCHEDULED
    found.say(StartNow(steps=("main.ship",), actor="ada", reason="goods are here"))
    assert found.calls == ["pay", "ship"]
    found.due("start/main.ship")
    assert found.calls == ["pay", "ship"]
    assert not found.run.awaits("start/main.ship")


def test_the_time_of_a_step_stands_beside_its_reason() -> None:
    found = world()
    found.end("pay")
    batch = found.run.changes(NOW)
    assert batch is not None
    assert [each.due for each in batch.steps] == [None, LATER]


def test_a_step_moved_to_later_wakes_at_its_new_time_only() -> None:
    found = world()
    found.end("pay")
    move(found, timedelta(days=9), "customer is away")
    assert found.reason("ship") == "starts at 2026-12-04T08:00:00Z, moved by ada: customer is away"
    assert found.wakes() == [WakeAt(key="start/main.ship", at=LATER), WakeAt(key="start/main.ship/1", at=LATEST)]
    found.now = LATER
    found.due("start/main.ship")
    assert found.state("ship") is StepState.SCHEDULED
    found.now = LATEST
    found.due("start/main.ship/1")
    assert found.calls == ["pay", "ship"]


def test_a_step_moved_twice_to_the_same_time_has_one_wake_up_that_counts() -> None:
    found = world()
    found.end("pay")
    move(found, timedelta(days=9))
    move(found, timedelta(days=9))
    assert [found.run.awaits(each.key) for each in found.wakes()] == [False, False, True]


def test_a_time_that_has_passed_means_at_once() -> None:
    found = world()
    found.end("pay")
    move(found, timedelta(0))
    assert found.calls == ["pay", "ship"]


def test_a_step_that_still_waits_for_others_remembers_its_new_time() -> None:
    found = world(lag=timedelta(days=30))
    move(found, timedelta(days=9), "customer is away")
    why = "waits for `Pay` (main.pay); not before 2026-12-04T08:00:00Z, moved by ada: customer is away"
    assert (found.state("ship"), found.reason("ship")) == (StepState.PENDING, why)
    found.end("pay")
    assert found.wakes() == [WakeAt(key="start/main.ship/1", at=LATEST)]


def test_a_step_moved_to_the_past_starts_with_the_end_of_what_it_waits_for() -> None:
    found = world(lag=timedelta(days=30))
    move(found, timedelta(0))
    found.end("pay")
    assert found.calls == ["pay", "ship"]


def test_a_new_time_survives_a_reload_and_a_restart_from_the_order_book() -> None:
    found = world()
    move(found, timedelta(days=9))
    whole = Run.load(found.run.dump().model_copy(update={"report": ReportMemory()}), found.plan).changes(NOW)
    reloaded = Run.load(RunState.model_validate_json(found.run.dump().model_dump_json()), found.plan)
    restarted = Run("A-1", "ACME", "normal", restart=True)
    restarted.apply(Prepared(plan=found.plan, earlier=whole), NOW)
    for run in (reloaded, restarted):
        again = World(found.plan, prepare=False)
        again.run = run
        again.end("pay")
        assert again.wakes() == [WakeAt(key="start/main.ship/1", at=LATEST)]


def test_what_has_started_or_waits_for_a_person_cannot_be_moved() -> None:
    found = World(plan([callout("pay"), callout("ship")], [step("pay"), step("ship")]))
    found.end("pay", retry_later())
    (retry,) = found.run.refusals(StartNow(steps=("main.pay",)))
    assert retry.endswith("it waits for its next try; use `dro steps retry`.")
    found.end("ship", park())
    (parked,) = found.run.refusals(Reschedule(steps=("main.ship",), at=LATER))
    assert parked.endswith("it is parked; use `dro steps retry`, `complete` or `skip`.")


def test_a_step_that_waits_for_others_cannot_be_started_but_moved() -> None:
    (refused,) = world().run.refusals(StartNow(steps=("main.ship",)))
    assert refused.endswith("what it waits for has not ended; `dro steps reschedule` changes its time.")

"""Steps with a date wait for it as `scheduled`, then go on (`domain.md` E5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fulfillment.effects import WakeAt
from fulfillment.planning import run_plan
from fulfillment.states import StepState
from tests.unit.decomposition.builders import an_order, planned
from tests.unit.decomposition.groups import goods, milestone
from tests.unit.fulfillment.plans import NOW, World, callout, plan, step

LATER = NOW + timedelta(days=2)


def world(not_before: datetime, lag: timedelta = timedelta(0)) -> World:
    ship = step("ship", "pay", lag=lag).model_copy(update={"not_before": not_before})
    return World(plan([callout("pay"), callout("ship")], [step("pay"), ship]))


def test_a_step_waits_for_its_date_and_says_until_when() -> None:
    found = world(LATER)
    assert found.state("ship") is StepState.PENDING
    found.end("pay")
    assert (found.state("ship"), found.reason("ship")) == (StepState.SCHEDULED, "starts at 2026-11-27T08:00:00Z")
    assert found.wakes() == [WakeAt(key="start/main.ship", at=LATER)]
    found.now = LATER
    found.due("start/main.ship")
    assert found.calls == ["pay", "ship"]


def test_a_first_step_with_a_date_waits_from_the_beginning() -> None:
    ship = step("ship").model_copy(update={"not_before": LATER})
    found = World(plan([callout("ship")], [ship]))
    assert (found.state("ship"), found.calls) == (StepState.SCHEDULED, [])
    found.due("start/main.ship")
    assert found.calls == ["ship"]


def test_of_lag_and_date_the_later_counts() -> None:
    found = world(LATER, lag=timedelta(days=3))
    found.end("pay")
    assert found.wakes() == [WakeAt(key="start/main.ship", at=NOW + timedelta(days=3))]


def test_a_date_that_is_past_holds_nothing_up() -> None:
    found = world(NOW - timedelta(days=1))
    found.end("pay")
    assert found.calls == ["pay", "ship"]


def test_the_run_plan_carries_the_date_of_the_schedule() -> None:
    steps = {"it": milestone(schedule={"base": "requested_date"}), "other": milestone()}
    found = planned(an_order({"L1": {"product": "GOOD", "requested_date": "2026-12-04"}}), goods({"g": steps}))
    assert [each.not_before for each in run_plan(found).steps] == [datetime(2026, 12, 4, tzinfo=UTC), None]

"""On time, at risk, late: steps by how long they take, orders by what they promised (`domain.md` H2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from catalog.jeopardy import Limits
from decomposition.model import OrderPlan
from fulfillment.jeopardy import Jeopardy, jeopardy, order_jeopardy
from fulfillment.progress import StepProgress
from fulfillment.states import StepState
from tests.unit.decomposition.builders import NOW, an_order, planned
from tests.unit.decomposition.groups import goods, milestone

MINUTE = timedelta(minutes=1)
LIMITS = Limits(100 * MINUTE, 10 * MINUTE)
ON_TIME, AT_RISK, LATE = Jeopardy


def under_way(step: str = "g.ship", **more: object) -> StepProgress:
    given = {"id": step, "group": "g", "title": "Ship", "type": "callout", "state": "in_progress", "reason": ""}
    return StepProgress.model_validate({**given, "started_at": NOW, **more})


@pytest.mark.parametrize(
    ("minutes", "level"), [(0, ON_TIME), (89, ON_TIME), (90, AT_RISK), (100, AT_RISK), (100.1, LATE), (999, LATE)]
)
def test_a_step_of_100_minutes_with_a_threshold_of_10_is_at_risk_at_90_and_late_after_100(
    minutes: float, level: Jeopardy
) -> None:
    found = jeopardy(under_way(), LIMITS, NOW + minutes * MINUTE)
    assert found is not None
    assert (found.level, found.at_risk_at, found.late_at) == (level, NOW + 90 * MINUTE, NOW + 100 * MINUTE)


def test_without_a_threshold_a_step_is_late_without_a_warning() -> None:
    found = [jeopardy(under_way(), Limits(100 * MINUTE), NOW + each * MINUTE) for each in (95, 101)]
    assert [each.level if each else None for each in found] == [ON_TIME, LATE]


@pytest.mark.parametrize(
    ("step", "limits"),
    [
        (under_way(started_at=None, state="ready"), LIMITS),
        (under_way(state="completed", ended_at=NOW), LIMITS),
        (under_way(), Limits()),
    ],
)
def test_what_has_not_begun_has_ended_or_has_no_time_to_keep_is_in_no_danger(
    step: StepProgress, limits: Limits
) -> None:
    assert jeopardy(step, limits, NOW + 999 * MINUTE) is None


def a_plan(requested: str | None) -> OrderPlan:
    """Plan one step of a day, for an order that is requested by then."""
    fields = {"requested_completion": requested} if requested else {}
    steps = {"ship": milestone(expected_duration="1d")}
    return planned(an_order({"L1": {"product": "GOOD"}}, **fields), goods({"g": steps}))


@pytest.mark.parametrize(
    ("requested", "hours", "promise"),
    [
        ("2026-11-26", 0, ON_TIME),
        ("2026-11-26", 16, ON_TIME),
        ("2026-11-26", 17, AT_RISK),
        ("2026-11-26", 40, AT_RISK),
        ("2026-11-26", 41, LATE),
        (None, 999, ON_TIME),
    ],
)
def test_a_promise_is_at_risk_while_it_is_predicted_to_be_broken_and_late_once_it_is(
    requested: str | None, hours: int, promise: Jeopardy
) -> None:
    waiting = under_way(state=StepState.PENDING, started_at=None)
    found = order_jeopardy(a_plan(requested), (waiting,), {}, NOW + timedelta(hours=hours))
    assert (found.promise, found.level) == (promise, promise)


def test_an_order_is_as_badly_off_as_its_worst_step() -> None:
    late = order_jeopardy(a_plan("2027-01-01"), (under_way(),), {"g.ship": LIMITS}, NOW + 101 * MINUTE)
    assert (late.level, late.promise) == (LATE, ON_TIME)


def test_the_rule_in_force_changes_the_prediction_too() -> None:
    found = order_jeopardy(a_plan(None), (under_way(),), {"g.ship": LIMITS}, NOW)
    assert found.prediction.completion == NOW + 100 * MINUTE


def test_nothing_changes_before_the_next_look() -> None:
    plan = a_plan("2026-11-26")
    limits = {"g.ship": Limits(timedelta(days=1), timedelta(hours=2))}
    now, seen = NOW, []
    for _ in range(9):
        found = order_jeopardy(plan, (under_way(),), limits, now)
        if found.next_look is None:
            break
        between = order_jeopardy(plan, (under_way(),), limits, max(now, found.next_look - MINUTE))
        assert (between.level, between.promise) == (found.level, found.promise)
        seen.append(found.next_look)
        now = found.next_look + MINUTE
    end = datetime(2026, 11, 27, tzinfo=UTC)
    assert seen == [NOW + timedelta(hours=16), NOW + timedelta(hours=22), NOW + timedelta(days=1), end]

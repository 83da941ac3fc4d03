"""What a running order is predicted to do: what has happened, then what the plan expects (`domain.md` H2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from decomposition.model import OrderPlan
from fulfillment.prediction import Prediction, predict
from fulfillment.progress import StepKept, StepProgress
from fulfillment.states import StepState
from tests.unit.decomposition.builders import NOW, an_order, planned
from tests.unit.decomposition.groups import goods, milestone

HOUR = timedelta(hours=1)
NAMES = ("a", "b", "c", "d", "e", "f")


def chain() -> OrderPlan:
    """Plan `pay` (1 h), then two hours later `ship` (5 h), and beside both `print` (2 h)."""
    steps = {
        "pay": milestone(expected_duration="1h"),
        "print": milestone(expected_duration="2h"),
        "ship": milestone("plan", {"step": "pay", "lag": "2h"}, expected_duration="5h"),
    }
    return planned(an_order({"L1": {"product": "GOOD"}}), goods({"g": steps}))


def seen(plan: OrderPlan, name: str, state: StepState, **more: object) -> StepProgress:
    """Return how a step stands."""
    step = next(each for each in plan.steps if each.name == name)
    after = tuple(each.step for each in step.after)
    given = {
        "id": step.id,
        "group": "g",
        "title": name,
        "type": "milestone",
        "state": state,
        "reason": "",
        "after": after,
    }
    return StepProgress.model_validate({**given, **more})


def times(found: Prediction) -> dict[str, tuple[datetime, datetime]]:
    return {each.id.removeprefix("g."): (each.start, each.end) for each in found.steps}


def test_what_took_longer_moves_what_waits_for_it_and_nothing_else() -> None:
    plan = chain()
    late = seen(plan, "pay", StepState.COMPLETED, started_at=NOW, ended_at=NOW + 4 * HOUR)
    found = predict(plan, (late,), NOW + 4 * HOUR)
    assert times(found) == {
        "pay": (NOW, NOW + 4 * HOUR),
        "print": (NOW + 4 * HOUR, NOW + 6 * HOUR),
        "ship": (NOW + 6 * HOUR, NOW + 11 * HOUR),
    }
    assert (found.completion, found.critical_path) == (NOW + 11 * HOUR, ("g.pay", "g.ship"))


def test_a_step_under_way_ends_when_expected_or_now_once_that_has_passed() -> None:
    plan = chain()
    running = (seen(plan, "pay", StepState.IN_PROGRESS, started_at=NOW),)
    assert times(predict(plan, running, NOW + HOUR / 2))["pay"] == (NOW, NOW + HOUR)
    assert times(predict(plan, running, NOW + 3 * HOUR))["pay"] == (NOW, NOW + 3 * HOUR)


def test_an_operators_time_counts_in_place_of_schedule_and_lag() -> None:
    plan = chain()
    done = seen(plan, "pay", StepState.COMPLETED, started_at=NOW, ended_at=NOW + HOUR)
    waiting = seen(plan, "ship", StepState.SCHEDULED, due=NOW + 9 * HOUR)
    assert times(predict(plan, (done, waiting), NOW + HOUR))["ship"] == (NOW + 9 * HOUR, NOW + 14 * HOUR)
    pending = seen(plan, "ship", StepState.PENDING, kept=StepKept(moved_to=NOW))
    assert times(predict(plan, (pending,), NOW))["ship"] == (NOW + HOUR, NOW + 6 * HOUR)


def test_a_skipped_step_takes_no_time() -> None:
    plan = chain()
    skipped = seen(plan, "pay", StepState.SKIPPED, ended_at=NOW + HOUR)
    assert times(predict(plan, (skipped,), NOW + HOUR))["pay"] == (NOW + HOUR, NOW + HOUR)


def test_a_step_that_the_plan_did_not_have_is_predicted_too() -> None:
    plan = chain()
    added = seen(plan, "ship", StepState.PENDING).model_copy(update={"id": "h.again", "after": ("g.ship",)})
    assert times(predict(plan, (added,), NOW))["h.again"] == (NOW + 8 * HOUR, NOW + 8 * HOUR)


@st.composite
def order_plans(draw: st.DrawFn) -> OrderPlan:
    """Any plan of a few steps with durations, lags and dates."""
    steps: dict[str, object] = {}
    for at, name in enumerate(NAMES[: draw(st.integers(1, len(NAMES)))]):
        before = draw(st.lists(st.sampled_from(NAMES[:at]), unique=True, max_size=3)) if at else []
        after = [{"step": each, "lag": draw(st.sampled_from(("0s", "90m")))} for each in before]
        dated = draw(st.sampled_from((None, {"base": "requested_date"}, {"offset": "3h"})))
        length = draw(st.sampled_from(("0s", "1h", "5h")))
        steps[name] = milestone("plan", *after, expected_duration=length, **({"schedule": dated} if dated else {}))
    line = {"product": "GOOD", "requested_date": draw(st.sampled_from(("2026-11-20", "2026-11-26")))}
    return planned(an_order({"L1": line}), goods({"g": steps}))


@settings(max_examples=60, deadline=None)
@given(order_plans())
def test_with_nothing_begun_at_acceptance_it_is_the_plans_own_timetable(plan: OrderPlan) -> None:
    found = predict(plan, (), NOW)
    assert [(each.id, each.start, each.end) for each in found.steps] == [
        (each.id, each.planned_start, each.planned_end) for each in plan.steps
    ]
    assert (found.completion, found.critical_path) == (plan.predicted_completion, plan.critical_path)


@settings(max_examples=60, deadline=None)
@given(order_plans(), st.data())
def test_as_time_goes_on_it_never_gets_earlier_and_moves_by_no_more_than_that_time(
    plan: OrderPlan, data: st.DataObject
) -> None:
    progress = tuple(data.draw(standing(each.name, plan)) for each in plan.steps)
    hours = sorted(data.draw(st.tuples(st.integers(2, 40), st.integers(2, 40))))
    first, second = (predict(plan, progress, NOW + HOUR * each) for each in hours)
    between = HOUR * (hours[1] - hours[0])
    assert first.completion <= second.completion <= first.completion + between
    for one, other in zip(first.steps, second.steps, strict=True):
        assert one.start <= other.start
        assert one.end <= other.end


@st.composite
def standing(draw: st.DrawFn, name: str, plan: OrderPlan) -> StepProgress:
    """Any state that a step may have been in for two hours."""
    how: dict[StepState, dict[str, object]] = {
        StepState.PENDING: {},
        StepState.SCHEDULED: {"due": NOW + HOUR * draw(st.integers(0, 9))},
        StepState.IN_PROGRESS: {"started_at": NOW},
        StepState.FATALLY_FAILED: {"started_at": NOW + HOUR},
        StepState.COMPLETED: {"started_at": NOW, "ended_at": NOW + 2 * HOUR},
        StepState.SKIPPED: {"ended_at": NOW + HOUR},
    }
    state = draw(st.sampled_from(list(how)))
    return seen(plan, name, state, **how[state])

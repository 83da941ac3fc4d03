"""Working time while an order runs: starts, predictions, jeopardy and changes count by the calendars of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.calendars import Calendar
from decomposition.clock import Length
from decomposition.model import OrderPlan
from decomposition.plan import plan as planned
from fulfillment.compare import compare
from fulfillment.jeopardy import Jeopardy, limits_in_force, order_jeopardy
from fulfillment.planning import run_plan
from fulfillment.prediction import predict
from fulfillment.progress import StepProgress
from fulfillment.proposal import Change
from fulfillment.runplan import RunAfter, RunPlan, RunStep
from fulfillment.states import StepState
from tests.unit.decomposition.builders import an_order
from tests.unit.decomposition.groups import goods, milestone
from tests.unit.fulfillment.plans import NOW, World, callout, plan, step

HOUR = timedelta(hours=1)
OFFICE = Calendar.model_validate({"name": "office", "hours": {"wed": "07:00-09:00", "fri": "09:00-17:00"}})
FRIDAY = datetime(2026, 11, 27, 9, tzinfo=UTC)
"""The first opening after the two hours that are open around `NOW`, a Wednesday at eight."""
STEPS = {
    "pay": milestone(expected_duration="30m"),
    "dig": milestone(
        "plan", {"step": "pay", "lag": "1h", "calendar": "office"}, expected_duration="2h", calendar="office"
    ),
}


def an_order_plan(steps: Mapping[str, object] = STEPS, **order: object) -> OrderPlan:
    found = planned(
        an_order({"L1": {"product": "GOOD"}}, **order), goods({"g": dict(steps)}), now=NOW, calendars=(OFFICE,)
    )
    assert isinstance(found, OrderPlan), found
    return found


def world(ship: RunStep) -> World:
    run = plan([callout("pay"), callout("ship")], [step("pay"), ship])
    return World(run.model_copy(update={"calendars": (OFFICE,)}))


def after(lag: timedelta, working: timedelta) -> RunAfter:
    return RunAfter(step="main.pay", lag=lag, working=(Length(length=working, calendar="office"),))


def test_a_step_starts_once_its_lag_is_over_in_working_time_and_in_all_time() -> None:
    found = world(step("ship").model_copy(update={"after": (after(HOUR, 2 * HOUR),)}))
    found.end("pay")
    assert [each.at for each in found.wakes()] == [FRIDAY + HOUR]
    found.now = FRIDAY + HOUR
    found.due("start/main.ship")
    assert found.calls == ["pay", "ship"]


def test_a_delay_counts_once_all_lags_are_over() -> None:
    delayed = {"after": (after(HOUR / 2, HOUR / 2),), "delay": Length(length=2 * HOUR, calendar="office")}
    found = world(step("ship").model_copy(update=delayed))
    found.end("pay")
    assert [each.at for each in found.wakes()] == [FRIDAY + 1.5 * HOUR]


def test_what_the_plan_counts_is_what_the_run_counts() -> None:
    steps = {**STEPS, "close": milestone("plan", "dig", schedule={"offset": "3h", "calendar": "office"})}
    found = run_plan(an_order_plan(steps))
    assert found.calendars == (OFFICE,)
    by_id = {each.id: each for each in found.steps}
    assert by_id["g.dig"].after[0].working == (Length(length=HOUR, calendar="office"),)
    assert by_id["g.close"].delay == Length(length=3 * HOUR, calendar="office")
    assert RunPlan.model_validate_json(found.model_dump_json()) == found


def test_a_run_plan_that_counts_no_working_time_says_nothing_of_it() -> None:
    found = run_plan(an_order_plan({"pay": milestone(), "dig": milestone("plan", {"step": "pay", "lag": "1h"})}))
    assert not [each for each in ("calendars", "working", "delay") if f'"{each}"' in found.model_dump_json()]


def progress(name: str, state: StepState, **more: object) -> StepProgress:
    given = {"id": f"g.{name}", "group": "g", "title": name, "type": "milestone", "state": state, "reason": ""}
    return StepProgress.model_validate({**given, "after": ("g.pay",) if name == "dig" else (), **more})


def test_what_has_begun_is_predicted_to_take_working_time() -> None:
    done = progress("pay", StepState.COMPLETED, started_at=NOW, ended_at=NOW)
    digging = progress("dig", StepState.IN_PROGRESS, started_at=NOW + HOUR / 2)
    found = predict(an_order_plan(), (done, digging), NOW + HOUR)
    assert found.completion == FRIDAY + 1.5 * HOUR


def test_what_is_ready_at_night_is_predicted_to_begin_with_the_next_opening() -> None:
    done = progress("pay", StepState.COMPLETED, started_at=NOW, ended_at=NOW)
    found = predict(an_order_plan(), (done, progress("dig", StepState.READY)), NOW + 9 * HOUR)
    assert [each.start for each in found.steps if each.id == "g.dig"] == [FRIDAY]


def test_a_step_is_at_risk_and_late_by_working_time() -> None:
    steps = {"dig": milestone(expected_duration="2h", jeopardy_threshold="90m", calendar="office")}
    found = an_order_plan(steps)
    digging = (progress("dig", StepState.IN_PROGRESS, started_at=NOW, after=()),)
    allowed = limits_in_force(found, None, ())
    (stands,) = order_jeopardy(found, digging, allowed, NOW + 3 * HOUR).steps
    assert (stands.level, stands.at_risk_at, stands.late_at) == (Jeopardy.AT_RISK, NOW + HOUR / 2, FRIDAY + HOUR)


def test_an_order_that_counts_working_time_is_looked_at_again_within_the_hour() -> None:
    found = an_order_plan(requested_completion="2026-11-30")
    stands = order_jeopardy(found, (), limits_in_force(found, None, ()), NOW)
    assert (stands.level, stands.next_look) == (Jeopardy.ON_TIME, NOW + HOUR)


def test_a_later_version_of_an_order_counts_by_the_calendars_that_its_plan_keeps() -> None:
    before = an_order_plan()
    wanted = an_order({"L1": {"product": "GOOD", "quantity": 2}})
    found = compare(before, (), wanted, goods({"g": dict(STEPS)}), now=FRIDAY)
    assert isinstance(found, Change), found
    assert found.plan.calendars == (OFFICE,)
    assert [each.planned_end for each in found.plan.steps] == [each.planned_end for each in before.steps]


LENGTH = st.sampled_from(("0s", "90m", "5h"))
CALENDAR = st.sampled_from(({}, {"calendar": "office"}))


@st.composite
def order_plans(draw: st.DrawFn) -> OrderPlan:
    """Any chain of a few steps that count as they like."""
    steps: dict[str, object] = {}
    for at in range(draw(st.integers(1, 4))):
        before = [{"step": f"s{at - 1}", "lag": draw(LENGTH), **draw(CALENDAR)}] if at else []
        schedule = {"schedule": {"offset": draw(LENGTH), **draw(CALENDAR)}}
        steps[f"s{at}"] = milestone("plan", *before, expected_duration=draw(LENGTH), **draw(CALENDAR), **schedule)
    return an_order_plan(steps)


@settings(max_examples=60, deadline=None)
@given(order_plans())
def test_with_nothing_begun_at_acceptance_it_is_the_plans_own_timetable(plan: OrderPlan) -> None:
    found = predict(plan, (), NOW)
    assert [(each.start, each.end) for each in found.steps] == [(e.planned_start, e.planned_end) for e in plan.steps]
    assert (found.completion, found.critical_path) == (plan.predicted_completion, plan.critical_path)


@settings(max_examples=60, deadline=None)
@given(order_plans(), st.tuples(st.integers(0, 90), st.integers(0, 90)))
def test_as_time_goes_on_a_prediction_never_gets_earlier(plan: OrderPlan, hours: tuple[int, int]) -> None:
    first, second = (predict(plan, (), NOW + HOUR * each) for each in sorted(hours))
    assert all(
        one.start <= two.start and one.end <= two.end for one, two in zip(first.steps, second.steps, strict=True)
    )

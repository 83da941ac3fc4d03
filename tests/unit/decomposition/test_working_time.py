"""Plans in working time: durations, offsets and lags by calendars of the installation (`domain.md` P5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.base import Refused
from catalog.calendars import Calendar
from catalog.catalog import Catalog
from decomposition.clock import Clock, Lag, Length, both, lag_of
from decomposition.explain import explain_step
from decomposition.extend import extend
from decomposition.extensions import Cause
from decomposition.model import OrderPlan
from decomposition.plan import plan
from tests.unit.decomposition.builders import an_order, planned, step
from tests.unit.decomposition.groups import goods, milestone

HOUR = timedelta(hours=1)
DAY = "09:00-17:00"
OFFICE = Calendar.model_validate({"name": "office", "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY)})
NIGHTS = Calendar.model_validate({"name": "nights", "hours": {"mon": "00:00-06:00", "sat": "20:00-24:00"}})
BOTH = (NIGHTS, OFFICE)
FRIDAY = datetime(2026, 11, 27, 16, tzinfo=UTC)


def at(day: int, hour: int) -> datetime:
    """Return an hour of a day of November 2026, of which the 27th is a Friday, the 31st the first of December."""
    return datetime(2026, 11, 1, hour, tzinfo=UTC) + timedelta(days=day - 1)


def in_office(steps: Mapping[str, object], now: datetime = FRIDAY, **order: object) -> OrderPlan:
    found = plan(an_order({"L1": {"product": "GOOD"}}, **order), goods({"g": dict(steps)}), now=now, calendars=BOTH)
    assert isinstance(found, OrderPlan), found
    return found


def test_a_step_with_a_calendar_takes_working_time() -> None:
    found = step(in_office({"dig": milestone(expected_duration="10h", calendar="office")}), "g.dig")
    assert (found.planned_start, found.planned_end) == (at(27, 16), at(31, 10))


def test_a_step_that_is_ready_outside_hours_is_planned_from_the_next_opening() -> None:
    steps = {
        "pay": milestone(expected_duration="3h"),
        "dig": milestone("plan", "pay", expected_duration="2h", calendar="office"),
    }
    found = in_office(steps)
    assert step(found, "g.dig").planned_start == at(30, 9)
    assert found.predicted_completion == at(30, 11)
    moved = "It could start at 2026-11-27 19:00:00 UTC, which is outside the hours of `office`."
    assert moved in explain_step(found, "g.dig")


def test_the_hours_decide_about_a_start_as_a_date_does_and_what_is_before_has_slack() -> None:
    steps = {
        "pay": milestone(expected_duration="3h"),
        "dig": milestone("plan", "pay", expected_duration="2h", calendar="office"),
    }
    found = in_office(steps)
    assert found.critical_path == ("g.dig",)
    assert step(found, "g.pay").latest_start == at(30, 6)


def test_the_run_is_held_back_by_no_hours_that_only_a_duration_has() -> None:
    found = in_office({"dig": milestone(expected_duration="2h", calendar="office")}, now=at(28, 12))
    assert step(found, "g.dig").not_before is None


@pytest.mark.parametrize(("offset", "expected"), [("-16h", at(26, 9)), ("8h", at(30, 17)), ("0s", at(30, 9))])
def test_an_offset_from_a_date_counts_working_time_forth_and_back(offset: str, expected: datetime) -> None:
    schedule = {"base": "requested_date", "offset": offset, "calendar": "office"}
    found = in_office({"dig": milestone(schedule=schedule)}, requested_completion="2026-11-28")
    assert step(found, "g.dig").not_before == expected


def test_an_offset_of_a_first_step_counts_from_the_acceptance() -> None:
    found = in_office({"dig": milestone(schedule={"offset": "2h", "calendar": "office"})})
    assert step(found, "g.dig").not_before == at(30, 10)


def test_a_lag_in_working_time_begins_with_the_end_of_what_is_before() -> None:
    steps = {
        "pay": milestone(expected_duration="30m"),
        "dig": milestone("plan", {"step": "pay", "lag": "1h", "calendar": "office"}),
    }
    found = in_office(steps)
    assert step(found, "g.dig").planned_start == at(30, 9) + HOUR / 2
    assert found.critical_path == ("g.pay", "g.dig")
    assert "waits for pay (`g.pay`), and 1 hour of working time by `office` more" in explain_step(found, "g.dig")


def test_an_offset_from_ready_adds_to_lags_whichever_of_both_is_working_time() -> None:
    lag: dict[str, object] = {"step": "pay", "lag": "24h"}
    schedule: dict[str, object] = {"offset": "2h"}
    steps = {"pay": milestone(), "dig": milestone("plan", lag, schedule={**schedule, "calendar": "office"})}
    assert step(in_office(steps), "g.dig").planned_start == at(30, 11)
    steps["dig"] = milestone("plan", {**lag, "lag": "1h", "calendar": "office"}, schedule=schedule)
    assert step(in_office(steps), "g.dig").planned_start == at(27, 19)
    assert "starts 2 hours after all of that has ended" in explain_step(in_office(steps), "g.dig")


def test_a_step_that_waits_twice_for_the_same_waits_until_both_lags_are_over() -> None:
    wall = {"step": "pay", "lag": "10h"}
    steps = {"pay": milestone(), "dig": milestone("plan", wall, {"step": "pay", "lag": "1h", "calendar": "office"})}
    assert step(in_office(steps), "g.dig").planned_start == at(28, 2)
    assert step(in_office(steps, now=FRIDAY + HOUR), "g.dig").planned_start == at(30, 10)


def test_a_calendar_that_is_not_there_refuses_the_order_and_says_which_step_names_it() -> None:
    order, catalog = an_order({"L1": {"product": "GOOD"}}), goods({"g": {"dig": milestone(calendar="offise")}})
    refused = plan(order, catalog, now=FRIDAY, calendars=BOTH)
    assert isinstance(refused, Refused)
    (issue,) = refused.issues
    assert issue.message == "Step `g.dig` counts by the calendar `offise`, which the environment does not have."
    assert (issue.check, issue.hint) == ("unknown_calendar", "Did you mean `office`?")


def test_a_plan_keeps_the_calendars_that_its_catalog_names_and_no_others() -> None:
    assert in_office({"dig": milestone(calendar="office")}).calendars == (OFFICE,)
    without = in_office({"dig": milestone(expected_duration="2h")})
    assert without == planned_without(without)
    assert "calendar" not in without.model_dump_json()


def planned_without(found: OrderPlan) -> OrderPlan:
    again = plan(found.order, goods({"g": {"dig": milestone(expected_duration="2h")}}), now=FRIDAY)
    assert isinstance(again, OrderPlan)
    return again


def test_a_plan_read_back_counts_the_same() -> None:
    found = in_office({"dig": milestone(calendar="office", schedule={"offset": "2h", "calendar": "nights"})})
    again = OrderPlan.model_validate_json(found.model_dump_json())
    assert (again, again.digest) == (found, found.digest)


def test_an_alternative_counts_by_the_calendars_that_the_plan_keeps() -> None:
    def grown(calendar: str) -> OrderPlan | Refused:
        dig = milestone(expected_duration="10h", calendar=calendar)
        catalog = Catalog.model_validate(
            {
                **goods({"g": {"send": milestone()}}).model_dump(mode="json", exclude_defaults=True),
                "step_groups": {
                    "g": {"steps": {"send": milestone()}},
                    "other": {"alternative": True, "steps": {"dig": dig}},
                },
            }
        )
        found = plan(an_order({"L1": {"product": "GOOD"}}), catalog, now=FRIDAY, calendars=BOTH)
        assert isinstance(found, OrderPlan), found
        cause = Cause(step="g.send", group="other", number=1, rule="r", actor="", reason="")
        return extend(found, catalog, cause, FRIDAY)

    found = grown("office")
    assert isinstance(found, OrderPlan), found
    assert step(found, "other.dig").planned_end == at(31, 10)
    refused = grown("elsewhere")
    assert isinstance(refused, Refused)
    assert [each.check for each in refused.issues] == ["unknown_calendar"]


def test_dates_at_the_end_of_all_time_stay_there() -> None:
    century = "36525d"
    steps = {"s00": milestone(expected_duration=century)} | {
        f"s{n:02}": milestone(
            "plan",
            {"step": f"s{n - 1:02}", "lag": century},
            expected_duration="1h",
            calendar="office",
            schedule={"offset": century},
        )
        for n in range(1, 50)
    }
    assert in_office(steps).predicted_completion == datetime.max.replace(tzinfo=UTC)


CALENDAR = st.sampled_from((None, "office", "nights"))
LENGTH = st.sampled_from(("0s", "90m", "5h", "30h"))
NAMES = ("a", "b", "c", "d", "e")
MOMENTS = st.integers(0, 9 * 24 * 60).map(lambda minutes: at(25, 0) + timedelta(minutes=minutes))


def with_calendar(entry: dict[str, object], calendar: str | None) -> dict[str, object]:
    return entry if calendar is None else {**entry, "calendar": calendar}


@st.composite
def step_groups(draw: st.DrawFn) -> dict[str, object]:
    """Any few steps whose durations, lags and offsets count as they like."""
    steps: dict[str, object] = {}
    for position, name in enumerate(NAMES[: draw(st.integers(1, len(NAMES)))]):
        before = draw(st.lists(st.sampled_from(NAMES[:position]), unique=True, max_size=2)) if position else []
        after = [with_calendar({"step": each, "lag": draw(LENGTH)}, draw(CALENDAR)) for each in before]
        offset = with_calendar({"offset": draw(LENGTH)}, draw(CALENDAR))
        dated = draw(st.sampled_from(({}, {"schedule": offset}, {"schedule": {**offset, "base": "requested_date"}})))
        fields = with_calendar({"expected_duration": draw(LENGTH), **dated}, draw(CALENDAR))
        steps[name] = milestone("plan", *after, **fields)
    return steps


@settings(max_examples=80, deadline=None)
@given(step_groups(), MOMENTS)
def test_forth_and_back_agree_and_the_critical_path_has_no_slack(steps: dict[str, object], now: datetime) -> None:
    found = in_office(steps, now, requested_completion="2026-11-29")
    for each in found.steps:
        assert each.planned_start is not None
        assert each.latest_start is not None
        assert now <= each.planned_start <= each.latest_start
    assert found.critical_path
    for code in found.critical_path:
        assert step(found, code).slack == timedelta(0), code


@settings(max_examples=60, deadline=None)
@given(step_groups(), MOMENTS, MOMENTS)
def test_an_order_that_comes_later_is_planned_no_earlier(
    steps: dict[str, object], one: datetime, other: datetime
) -> None:
    first, second = (in_office(steps, now, requested_completion="2026-11-29") for now in sorted((one, other)))
    for before, after in zip(first.steps, second.steps, strict=True):
        assert before.planned_start is not None
        assert after.planned_start is not None
        assert before.planned_end is not None
        assert after.planned_end is not None
        assert before.planned_start <= after.planned_start
        assert before.planned_end <= after.planned_end


@given(MOMENTS, st.lists(st.tuples(LENGTH, CALENDAR), max_size=4))
def test_the_lag_of_several_is_over_when_the_last_of_them_is(
    end: datetime, lengths: list[tuple[str, str | None]]
) -> None:
    hours = {"0s": 0.0, "90m": 1.5, "5h": 5.0, "30h": 30.0}
    lags = [lag_of(timedelta(hours=hours[text]), calendar) for text, calendar in lengths]
    clock, together = Clock(BOTH), Lag()
    for each in lags:
        together = both(each, together)
    assert clock.after(end, together) == max([end, *(clock.after(end, each) for each in lags)])


def test_a_calendar_that_a_clock_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError):
        Clock().later(FRIDAY, Length(length=HOUR, calendar="office"))


def test_without_calendars_nothing_is_working_time() -> None:
    found = planned(an_order({"L1": {"product": "GOOD"}}), goods({"g": {"dig": milestone(expected_duration="10h")}}))
    assert step(found, "g.dig").planned_end == found.accepted_at + 10 * HOUR

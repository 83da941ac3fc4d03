"""Working time on the clock: hours, holidays, and clocks that are put forward and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog.calendars import HORIZON, Calendar, Weekday, later
from catalog.environment import Environment
from catalog.places import Places
from catalog.shapes import validate

ZURICH = ZoneInfo("Europe/Zurich")
DAY = "08:00-12:00,13:00-17:00"
WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY)
HOUR = timedelta(hours=1)


def calendar(hours: dict[str, str] | None = None, zone: str = "Europe/Zurich", *holidays: date) -> Calendar:
    return Calendar.model_validate({"name": "office", "zone": zone, "hours": hours or WEEK, "holidays": holidays})


OFFICE = calendar()


def zurich(day: str, clock: str = "00:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZURICH)


def test_working_time_leaves_out_the_lunch_break_the_night_and_the_weekend() -> None:
    friday = zurich("2026-11-27", "16:00")

    assert OFFICE.add_working_time(friday, HOUR) == zurich("2026-11-27", "17:00")
    assert OFFICE.add_working_time(friday, 2 * HOUR) == zurich("2026-11-30", "09:00")
    assert OFFICE.add_working_time(friday, 6 * HOUR) == zurich("2026-11-30", "14:00")


def test_nobody_works_on_a_holiday() -> None:
    closed = calendar(None, "Europe/Zurich", date(2026, 12, 25))

    assert closed.next_open(zurich("2026-12-24", "17:00")) == zurich("2026-12-28", "08:00")
    assert not closed.is_open(zurich("2026-12-25", "09:00"))


def test_no_time_leads_to_now_within_hours_and_to_the_next_opening_outside() -> None:
    assert OFFICE.add_working_time(zurich("2026-11-25", "09:30"), timedelta(0)) == zurich("2026-11-25", "09:30")
    assert OFFICE.add_working_time(zurich("2026-11-25", "12:30"), timedelta(0)) == zurich("2026-11-25", "13:00")


def test_a_closing_time_is_no_opening_time() -> None:
    assert not OFFICE.is_open(zurich("2026-11-25", "12:00"))
    assert OFFICE.is_open(zurich("2026-11-25", "13:00"))


def test_hours_are_those_of_the_zone_in_summer_and_in_winter() -> None:
    assert OFFICE.next_open(datetime(2026, 7, 1, tzinfo=UTC)) == datetime(2026, 7, 1, 6, tzinfo=UTC)
    assert OFFICE.next_open(datetime(2026, 12, 1, tzinfo=UTC)) == datetime(2026, 12, 1, 7, tzinfo=UTC)


def test_a_night_on_which_clocks_are_put_forward_is_an_hour_shorter() -> None:
    night = calendar({"sun": "00:00-06:00"})

    assert night.working_time_between(zurich("2026-03-29"), zurich("2026-03-30")) == 5 * HOUR
    assert night.working_time_between(zurich("2026-10-25"), zurich("2026-10-26")) == 7 * HOUR
    assert night.working_time_between(zurich("2026-11-01"), zurich("2026-11-02")) == 6 * HOUR


def test_hours_that_clocks_leap_over_begin_and_end_at_the_leap() -> None:
    night = calendar({"sun": "02:15-02:45,02:50-03:30"})

    assert night.next_open(zurich("2026-03-29")) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert night.working_time_between(zurich("2026-03-29"), zurich("2026-03-30")) == HOUR / 2


def test_working_time_between_is_negative_backwards() -> None:
    monday, tuesday = zurich("2026-11-23", "09:00"), zurich("2026-11-24", "09:00")

    assert OFFICE.working_time_between(monday, tuesday) == 8 * HOUR
    assert OFFICE.working_time_between(tuesday, monday) == -8 * HOUR


def test_without_a_calendar_all_time_counts() -> None:
    friday = zurich("2026-11-27", "16:00")

    assert later(friday, 2 * HOUR, None) == friday + 2 * HOUR
    assert later(friday, 2 * HOUR, OFFICE) == zurich("2026-11-30", "09:00")


def test_working_time_farther_than_a_century_counts_as_a_century() -> None:
    rarely = calendar({"mon": "08:00-08:01"})
    began = perf_counter()

    at = zurich("2026-11-27")
    assert rarely.add_working_time(at, timedelta(days=366)) == at + HORIZON
    assert perf_counter() - began < 5


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"hours": {}}, "a calendar needs hours on some day of the week"),
        ({"hours": {"monday": DAY}}, "'monday' is no day of the week; days are mon, tue, wed, thu, fri, sat, sun"),
        ({"hours": {"mon": "8-12"}}, "the hours of `mon` are not like '08:00-12:00,13:00-17:00': '8-12'"),
        ({"hours": {"mon": 8}}, "the hours of `mon` are text like '08:00-12:00,13:00-17:00', not 8"),
        ({"hours": {"mon": "08:00-12:00,11:00-13:00"}}, "the hours of `mon` overlap: '08:00-12:00,11:00-13:00'"),
        ({"hours": {"mon": "20:00-24:30"}}, "a day ends at 24:00: '20:00-24:30'"),
        ({"hours": {"mon": "22:00-06:00"}}, "hours over midnight are two spans"),
        ({"hours": WEEK, "zone": "Europe/Zuerich"}, "there is no time zone 'Europe/Zuerich'"),
        ({"hours": WEEK, "zone": "../etc"}, "there is no time zone '../etc'"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused_in_words(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Calendar.model_validate({"name": "office", **wrong})
    assert why in str(refused.value)


def test_a_wrong_calendar_in_a_file_is_told_at_its_place() -> None:
    _, issues = validate(Environment, {"calendars": {"office": {"hours": {"mon": "8-12"}}}}, Places())

    assert [each.path for each in issues] == [("calendars", "office", "hours")]


CLOCK = st.integers(0, 24 * 60)


@st.composite
def spans(draw: st.DrawFn) -> str:
    times = sorted(draw(st.lists(CLOCK, min_size=2, max_size=4, unique=True)))
    pairs = zip(times[::2], times[1::2], strict=False)
    return ",".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in pairs)


CALENDARS = st.builds(
    calendar,
    st.dictionaries(st.sampled_from(tuple(Weekday)), spans(), min_size=1),
    st.sampled_from(("UTC", "Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo")),
)
MOMENTS = st.integers(0, 2 * 365 * 24 * 3600).map(lambda seconds: zurich("2026-01-01") + timedelta(seconds=seconds))
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=3))


@given(CALENDARS, MOMENTS, LENGTHS, LENGTHS)
def test_adding_one_length_and_then_another_is_adding_both(
    office: Calendar, at: datetime, first: timedelta, second: timedelta
) -> None:
    both = office.add_working_time(at, first + second)
    assume(both < at + HORIZON)  # a sum that ends at the horizon has not passed in full
    assert office.add_working_time(office.add_working_time(at, first), second) == both


@given(CALENDARS, MOMENTS, LENGTHS)
def test_what_was_added_lies_between(office: Calendar, at: datetime, length: timedelta) -> None:
    assert office.working_time_between(at, office.add_working_time(at, length)) == length


@given(CALENDARS, MOMENTS, LENGTHS)
def test_what_was_subtracted_lies_between_and_no_later_moment_would_do(
    office: Calendar, at: datetime, length: timedelta
) -> None:
    since = office.subtract_working_time(at, length)
    assume(since > at - HORIZON)
    assert office.working_time_between(since, at) == length
    moment = timedelta(microseconds=1)
    assert not length or office.working_time_between(since + moment, at) < length


@given(CALENDARS, MOMENTS, LENGTHS)
def test_counting_back_what_was_added_leads_to_no_earlier_moment(
    office: Calendar, at: datetime, length: timedelta
) -> None:
    start = office.next_open(at)
    ended = office.add_working_time(start, length)
    assume(ended < start + HORIZON)
    assert office.subtract_working_time(ended, length) >= start
    assert office.add_working_time(office.subtract_working_time(ended, length), length) <= ended


def test_working_time_is_counted_back_over_the_lunch_break_the_night_and_the_weekend() -> None:
    monday = zurich("2026-11-30", "09:00")

    assert OFFICE.subtract_working_time(monday, HOUR) == zurich("2026-11-30", "08:00")
    assert OFFICE.subtract_working_time(monday, 2 * HOUR) == zurich("2026-11-27", "16:00")
    assert OFFICE.subtract_working_time(monday, 6 * HOUR) == zurich("2026-11-27", "11:00")


def test_no_time_counted_back_leads_to_now_within_hours_and_to_the_last_closing_outside() -> None:
    assert OFFICE.subtract_working_time(zurich("2026-11-25", "09:30"), timedelta(0)) == zurich("2026-11-25", "09:30")
    assert OFFICE.subtract_working_time(zurich("2026-11-25", "12:30"), timedelta(0)) == zurich("2026-11-25", "12:00")


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_nobody_works_at_either_end_of_all_time(at: datetime) -> None:
    for moment in (OFFICE.add_working_time(at, HOUR), OFFICE.subtract_working_time(at, HOUR), OFFICE.next_open(at)):
        assert moment.tzinfo is UTC


@given(CALENDARS, MOMENTS, LENGTHS)
def test_working_time_never_ends_outside_hours(office: Calendar, at: datetime, length: timedelta) -> None:
    ended = office.add_working_time(at, length)
    moment = timedelta(microseconds=1)
    assert office.is_open(ended) or office.working_time_between(ended - moment, ended) == moment


@given(CALENDARS, MOMENTS, MOMENTS)
def test_more_time_is_never_less_working_time(office: Calendar, one: datetime, other: datetime) -> None:
    first, last = min(one, other), max(one, other)
    assert timedelta(0) <= office.working_time_between(first, last) <= last - first

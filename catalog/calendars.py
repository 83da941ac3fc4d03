"""Working calendars: when people work, and what a length of working time means on the clock (`domain.md` C9, H1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from catalog.base import Frozen, Name

HORIZON = timedelta(days=36_525)
"""A century: working time that lies farther away counts as that far away, so that no question takes for ever."""

_FIRST, _LAST = (datetime(year, 1, 1, tzinfo=UTC) for year in (2, 9_999))
"""Nobody works before the one or after the other, so that no day lies beyond what dates can say."""

_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DAY_MINUTES = 24 * 60
_NOTHING = timedelta(0)


class Weekday(StrEnum):
    """A day of the week, in the order of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Span(Frozen):
    """Working hours without a break, in minutes of the day by the clock on the wall; 1440 is midnight at its end."""

    opens: int = Field(ge=0, lt=_DAY_MINUTES)
    """First minute."""
    closes: int = Field(gt=0, le=_DAY_MINUTES)
    """The minute at which it ends."""


class DayHours(Frozen):
    """The working hours of one day of the week, in order."""

    day: Weekday
    """The day."""
    spans: tuple[Span, ...]
    """Its hours."""


class Open(NamedTuple):
    """Working time without a break, in UTC: from its opening up to, not including, its closing."""

    opens: datetime
    closes: datetime


def _hours(raw: object) -> object:
    if not isinstance(raw, Mapping):
        return raw
    for day in raw:
        if day not in list(Weekday):
            raise ValueError(f"{day!r} is no day of the week; days are {', '.join(Weekday)}")
    return tuple({"day": day, "spans": _spans(str(day), text)} for day, text in raw.items())


def _spans(day: str, raw: object) -> tuple[Span, ...]:
    """Return the spans of `08:00-12:00,13:00-17:00`, in order."""
    if not isinstance(raw, str):
        raise ValueError(f"the hours of `{day}` are text like '08:00-12:00,13:00-17:00', not {raw!r}")
    found = tuple(sorted((_span(day, each.strip()) for each in raw.split(",")), key=lambda each: each.opens))
    for first, second in pairwise(found):
        if second.opens < first.closes:
            raise ValueError(f"the hours of `{day}` overlap: {raw!r}")
    return found


def _span(day: str, text: str) -> Span:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"the hours of `{day}` are not like '08:00-12:00,13:00-17:00': {text!r}")
    opens, closes = (int(match[at]) * 60 + int(match[at + 1]) for at in (1, 3))
    if closes > _DAY_MINUTES or opens >= _DAY_MINUTES:
        raise ValueError(f"a day ends at 24:00: {text!r}")
    if opens >= closes:
        raise ValueError(
            f"{text!r} of `{day}` ends before it begins; hours over midnight are two spans, '22:00-24:00' and, on the"
            " next day, '00:00-06:00'"
        )
    return Span(opens=opens, closes=closes)


def _in_week_order(hours: tuple[DayHours, ...]) -> tuple[DayHours, ...]:
    return tuple(sorted(hours, key=lambda each: tuple(Weekday).index(each.day)))


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        # An unknown zone, a folder of the database of zones, or a name that is no path within it.
        raise ValueError(f"there is no time zone {name!r}; names are like Europe/Zurich, or UTC") from None
    return name


class Calendar(Frozen):
    """When people work: hours by day of the week in a time zone, and the days on which they do not.

    Moments have an offset; those that come back are in UTC. Where clocks are put forward or back, working time is what
    really passes between the openings and closings that clocks show; of an hour that comes twice, the first is meant.
    """

    name: Name
    """What queues and steps call it."""
    title: str = ""
    """What people read; the name if left out."""
    zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    """Time zone of its hours."""
    hours: Annotated[
        tuple[DayHours, ...],
        BeforeValidator(_hours, json_schema_input_type=Mapping[Weekday, str]),
        AfterValidator(_in_week_order),
    ]
    """By day, text like `08:00-12:00,13:00-17:00`."""
    holidays: tuple[date, ...] = ()
    """Days on which nobody works."""

    @model_validator(mode="after")
    def _has_hours(self) -> Calendar:
        if not self.hours:
            raise ValueError("a calendar needs hours on some day of the week")
        return self

    def add_working_time(self, at: datetime, duration: timedelta) -> datetime:
        """Return when so much working time has passed since `at`: the first such moment, within hours or at their end.

        No working time at all leads to `at` itself where that is within hours, else to the next opening. Adding `a`,
        then `b`, is adding `a + b` while that ends within `HORIZON`: each sum stops a century after where it began.
        """
        left = max(duration, _NOTHING)
        for opens, closes in self._open_from(at):
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        return _far(at, HORIZON)

    def subtract_working_time(self, at: datetime, duration: timedelta) -> datetime:
        """Return from when on so much working time passes up to `at`: the last such moment, within hours or at an end.

        No working time at all leads to `at` itself where that is within hours, else to the last closing.
        """
        left = max(duration, _NOTHING)
        for opens, closes in self._open_until(at):
            if left <= closes - opens:
                return closes - left
            left -= closes - opens
        return _far(at, -HORIZON)

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much working time lies between two moments; negative where `end` is the earlier one."""
        if end < start:
            return -self.working_time_between(end, start)
        found = _NOTHING
        for opens, closes in self._open_from(start):
            if opens >= end:
                break
            found += min(closes, _utc(end)) - opens
        return found

    def next_open(self, at: datetime) -> datetime:
        """Return the first moment, `at` or later, at which somebody works."""
        return next((opens for opens, closes in self._open_from(at) if opens < closes), _far(at, HORIZON))

    def is_open(self, at: datetime) -> bool:
        """Tell whether somebody works at that moment."""
        return self.next_open(at) == _utc(at)

    def _open_from(self, at: datetime) -> Iterator[Open]:
        """Yield the working time from `at` on; what closes at `at` comes first, without length."""
        since = _utc(at)
        if since >= _LAST:
            return
        for opens, closes in self._opened(max(since, _FIRST), min(_far(since, HORIZON), _LAST), 1):
            if closes >= since:
                yield Open(max(opens, since), closes)

    def _open_until(self, at: datetime) -> Iterator[Open]:
        """Yield the working time up to `at`, backwards; what opens at `at` comes first, without length."""
        until = _utc(at)
        if until <= _FIRST:
            return
        for opens, closes in self._opened(min(until, _LAST), max(_far(until, -HORIZON), _FIRST), -1):
            if opens <= until:
                yield Open(opens, min(closes, until))

    def _opened(self, start: datetime, end: datetime, way: Literal[1, -1]) -> Iterator[Open]:
        """Yield the working time of the days from one moment to another, in that direction."""
        zone, hours, holidays = ZoneInfo(self.zone), {each.day: each.spans for each in self.hours}, set(self.holidays)
        days = tuple(Weekday)
        first, last = start.astimezone(zone).date().toordinal(), end.astimezone(zone).date().toordinal()
        for number in range(first, last + way, way):
            day = date.fromordinal(number)
            if day not in holidays:
                yield from (*_opened(zone, day, hours.get(days[day.weekday()], ())),)[::way]


Calendars = tuple[Calendar, ...]
"""Calendars of an installation, by name."""


def later(at: datetime, duration: timedelta, calendar: Calendar | None) -> datetime:
    """Return when a length of time has passed since `at`: working time of the calendar, all time without one."""
    return at + duration if calendar is None else calendar.add_working_time(at, duration)


def _far(at: datetime, way: timedelta) -> datetime:
    """Return the moment so far away, or what is farthest of what dates can say."""
    try:
        return _utc(at) + way
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if way > _NOTHING else datetime.min.replace(tzinfo=UTC)


def _opened(zone: ZoneInfo, day: date, spans: Iterable[Span]) -> Iterator[Open]:
    for span in spans:
        opens, closes = _moment(zone, day, span.opens), _moment(zone, day, span.closes)
        if opens < closes:
            yield Open(opens, closes)


def _moment(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    """Return the moment at which clocks show so many minutes of a day; if none do, when they were put forward."""
    shown = datetime.combine(day, time()) + timedelta(minutes=minutes)
    found = shown.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == shown:
        return found
    return _put_forward(zone, shown)


@lru_cache(maxsize=256)
def _put_forward(zone: ZoneInfo, skipped: datetime) -> datetime:
    """Return when clocks were put forward over `skipped`, to the second."""
    before, after = (skipped.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        is_before = middle.astimezone(zone).utcoffset() == offset
        before, after = (middle, after) if is_before else (before, middle)
    return after


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)

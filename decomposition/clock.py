"""What lengths of time mean on the clock: all time, or working time by the calendars of a plan (`domain.md` P5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from catalog.base import Name, Recorded
from catalog.calendars import Calendars

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
_NOTHING = timedelta(0)


class Length(Recorded):
    """A length of time: working time of the calendar that it names, all time without one."""

    length: timedelta
    calendar: Name | None = None


class Lagged(Protocol):
    """How long after the end of a step another may start: once `lag` is over, and all the `working` time."""

    @property
    def lag(self) -> timedelta:
        """In all time."""

    @property
    def working(self) -> tuple[Length, ...]:
        """In working time, by calendar, at most one length of each."""


class Lag(NamedTuple):
    """A lag by itself; see `Lagged`."""

    lag: timedelta = _NOTHING
    working: tuple[Length, ...] = ()


def lag_of(length: timedelta, calendar: Name | None) -> Lag:
    """Return a length as a lag."""
    return Lag(length) if calendar is None else Lag(working=(Length(length=length, calendar=calendar),))


def both(one: Lagged, other: Lagged | None) -> Lag:
    """Return the lag that is over when both are."""
    if other is None:
        return Lag(one.lag, one.working)
    longest: dict[str, Length] = {}
    for each in (*one.working, *other.working):
        known = longest.setdefault(each.calendar or "", each)
        longest[each.calendar or ""] = max(known, each, key=lambda length: length.length)
    return Lag(max(one.lag, other.lag), tuple(longest[name] for name in sorted(longest)))


class Clock:
    """The clock of a plan.

    Counting forth and back agree: what is not later than `earlier` says ends in time. Both raise KeyError for a
    calendar that the plan does not have.
    """

    def __init__(self, calendars: Calendars = ()) -> None:
        self._calendars = {each.name: each for each in calendars}

    def later(self, at: datetime, length: Length) -> datetime:
        """Return when a length has passed since `at`; before it, where the length is negative."""
        if length.calendar is None:
            return plus(at, length.length)
        calendar = self._calendars[length.calendar]
        if length.length < _NOTHING:
            return calendar.subtract_working_time(at, -length.length)
        return calendar.add_working_time(at, length.length)

    def earlier(self, at: datetime, length: Length) -> datetime:
        """Return the last moment from which a length has passed until `at`."""
        if length.calendar is None:
            return minus(at, length.length)
        return self._calendars[length.calendar].subtract_working_time(at, length.length)

    def opening(self, at: datetime, length: Length) -> datetime:
        """Return when work of that length begins that may begin at `at`: in the calendar's hours, if it has one."""
        if length.calendar is None:
            return at
        calendar = self._calendars[length.calendar]
        return calendar.next_open(at) if length.length else calendar.add_working_time(at, _NOTHING)

    def after(self, end: datetime, lag: Lagged) -> datetime:
        """Return when a lag since `end` is over."""
        return max((plus(end, lag.lag), *(self.later(end, each) for each in lag.working)))

    def before(self, start: datetime, lag: Lagged) -> datetime:
        """Return the last end since which a lag is over at `start`."""
        return min((minus(start, lag.lag), *(self.earlier(start, each) for each in lag.working)))


def plus(at: datetime, length: timedelta) -> datetime:
    """Return the moment `length` after `at`; beyond what dates can say, the first or last of them."""
    try:
        return at + length
    except OverflowError:
        return _LATEST if length > _NOTHING else _EARLIEST


def minus(at: datetime, length: timedelta) -> datetime:
    """Return the moment `length` before `at`, within what dates can say."""
    try:
        return at - length
    except OverflowError:
        return _EARLIEST if length > _NOTHING else _LATEST

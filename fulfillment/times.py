"""Times of a run: how messages show them, and sums that stay within the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from catalog.values import to_text

_LATEST = datetime.max.replace(tzinfo=UTC)


def clock(at: datetime) -> str:
    """Return a time as messages show it, to the second."""
    return to_text(at.replace(microsecond=0)) or ""


def later(at: datetime, delay: timedelta) -> datetime:
    """Return the time `delay` after `at`; what no calendar has becomes its last moment."""
    try:
        return at + delay
    except OverflowError:
        return _LATEST

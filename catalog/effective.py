"""Effective dates: from when, and until when, something declared may be used (`domain.md` C2, C5)."""

from __future__ import annotations

from datetime import date

from catalog.base import Frozen


class Effective(Frozen):
    """What may have dates: it is in force from the first, inclusive, until the second, exclusive; open without one."""

    effective_from: date | None = None
    """The first day on which it is in force; from ever if left out."""
    effective_until: date | None = None
    """The first day on which it no longer is; for ever if left out."""

    def is_effective(self, on: date) -> bool:
        """Return whether it is in force on this day."""
        begun = self.effective_from is None or self.effective_from <= on
        return begun and (self.effective_until is None or on < self.effective_until)

    @property
    def period(self) -> str:
        """Its dates in words: "from 2026-01-01 until 2026-06-01", that day no longer included."""
        bounds = (("from", self.effective_from), ("until", self.effective_until))
        return " ".join(f"{word} {day.isoformat()}" for word, day in bounds if day is not None) or "always"


def overlap(periods: tuple[Effective, ...]) -> bool:
    """Return whether there is a day on which all of them are in force."""
    begins = [each.effective_from for each in periods if each.effective_from is not None]
    ends = [each.effective_until for each in periods if each.effective_until is not None]
    empty = any(each.effective_from == each.effective_until is not None for each in periods)
    return not empty and (not begins or not ends or max(begins) < min(ends))

"""Words for messages: what a value is, what a misspelt name may have meant, choices in a sentence."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache

_SHOWN = 40
_LISTED = 30
_LONGEST = 100
_COMPARED = 25
"""So many names before and after a misspelt one are compared with it, by their beginnings and by their ends."""


def kind_of(value: object) -> str:
    """Return what `value` is, for a sentence that ends with it: "a list", "the number 1.10", "the text 'abc'"."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"`{str(value).lower()}`"
        case int() | Decimal():
            return f"the number {value}"
        case datetime():
            return f"the date and time {value.isoformat()}"
        case date():
            return f"the date {value.isoformat()}"
        case Mapping():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            text = str(value)
            return f"the text {text!r}" if len(text) <= _SHOWN else f"the text {text[:_SHOWN]!r}…"


def did_you_mean(word: str, choices: Iterable[str], what: str) -> str:
    """Return the hint for a `word` that is none of the `choices`: the nearest, else all, introduced by `what`."""
    known = tuple(choices)
    near = nearest_of(word, known)
    if near is not None:
        return f"Did you mean `{near}`?"
    return f"{what}: {listed(known)}." if known else ""


def nearest_of(word: str, known: tuple[str, ...]) -> str | None:
    """Return the name most like `word`; among many only those are compared that begin or end about as it does."""
    if len(known) > 4 * _COMPARED:
        forward, backward = _sorted(known)
        turned = word[::-1]
        known = (*_around(word, forward), *(each[::-1] for each in _around(turned, backward)))
    near = get_close_matches(word[:_LONGEST], known, n=1, cutoff=0.6)
    return near[0] if near else None


@lru_cache(maxsize=16)
def _sorted(known: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names sorted, and sorted from their ends."""
    return tuple(sorted(known)), tuple(sorted(each[::-1] for each in known))


def _around(word: str, ascending: tuple[str, ...]) -> tuple[str, ...]:
    at = bisect_left(ascending, word)
    return ascending[max(0, at - _COMPARED) : at + _COMPARED]


def listed(choices: Iterable[str], last: str = "and") -> str:
    """Return the choices in backticks as part of a sentence: "`a`, `b` and `c`"; of very many the first ones."""
    names = tuple(choices)
    quoted = [f"`{each}`" for each in names[:_LISTED]]
    if len(names) > _LISTED:
        return f"{', '.join(quoted)} {last} {len(names) - _LISTED:,} more"
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"

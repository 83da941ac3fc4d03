"""Words for messages: what a value is, what a misspelt name may have meant, choices in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches

_SHOWN = 40


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
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{near[0]}`?"
    return f"{what}: {listed(known)}." if known else ""


def listed(choices: Iterable[str], last: str = "and") -> str:
    """Return the choices in backticks as part of a sentence: "`a`, `b` and `c`"."""
    quoted = [f"`{each}`" for each in choices]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"

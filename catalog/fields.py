"""Field types shared by the catalog's models: keyed collections, durations, literal values, expression texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, StringConstraints

from catalog.values import to_text

ExpressionText = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
"""Source of an expression (`domain.md` X1); what names it may use depends on its place."""

_DURATION = re.compile(r"^(\d{1,9})(ms|s|m|h|d)$")
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def _duration(raw: object) -> object:
    if isinstance(raw, str) and (match := _DURATION.match(raw)):
        return int(match[1]) * _UNITS[match[2]]
    if isinstance(raw, timedelta) or (isinstance(raw, str) and raw.startswith("P")):
        return raw
    raise ValueError(f"expected a duration like 30s, 5m, 2h or 1d, got {raw!r}")


Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""A length of time, written `250ms`, `30s`, `5m`, `2h` or `1d`."""


def _offset(raw: object) -> object:
    if isinstance(raw, str) and raw.startswith("-"):
        length = _duration(raw[1:])
        return -length if isinstance(length, timedelta) else raw
    return _duration(raw)


Offset = Annotated[timedelta, BeforeValidator(_offset)]
"""A length of time from a moment on, or before it with a minus: `2h`, `-2d`."""


def _literal(raw: object) -> object:
    return to_text(raw) if isinstance(raw, bool | int | Decimal | date) else raw


Literal = Annotated[str, BeforeValidator(_literal)]
"""A value as written, kept as its canonical text until the type of its attribute is known."""

M = TypeVar("M", bound=BaseModel)


def from_mapping(key: str) -> BeforeValidator:
    """Take `{KEY: {...}}` as written in files for a tuple of entries that carry their key in the field `key`.

    Positions are kept, so that entry `i` of the tuple is the `i`-th key of the mapping: problems find their place.
    """

    def convert(raw: object) -> object:
        if raw is None:
            return ()
        if not isinstance(raw, Mapping):
            return raw
        return tuple({key: name, **body} if isinstance(body, Mapping) else body for name, body in raw.items())

    return BeforeValidator(convert)


def sorted_by(key: str) -> AfterValidator:
    """Order entries by the field `key`, so that the order of files and lines changes no byte (`domain.md` D1)."""
    return AfterValidator(lambda entries: tuple(sorted(entries, key=lambda entry: str(getattr(entry, key)))))

"""Field types shared by the catalog's models: keyed collections, durations, literal values, expression texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from catalog.values import to_text

KEYED_BY = "x-keyed-by"
"""In a JSON Schema as pydantic makes it: which field of the entries is their key, and so not written inside them."""

LONGEST_EXPRESSION = 2_000
"""Characters of an expression (`domain.md` X4)."""

ExpressionText = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_EXPRESSION)]
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


LONGEST = timedelta(days=36_525)
"""The longest time that anything may take, so that dates stay within the calendar."""


def _within_a_life(length: timedelta) -> timedelta:
    if abs(length) > LONGEST:
        raise ValueError(f"at most {LONGEST.days:,} days (a hundred years) are allowed")
    return length


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    AfterValidator(_within_a_life),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,9}(ms|s|m|h|d)$"}),
]
"""A length of time, written `250ms`, `30s`, `5m`, `2h` or `1d`."""


def _offset(raw: object) -> object:
    if isinstance(raw, str) and raw.startswith("-"):
        length = _duration(raw[1:])
        return -length if isinstance(length, timedelta) else raw
    return _duration(raw)


Offset = Annotated[
    timedelta,
    BeforeValidator(_offset),
    AfterValidator(_within_a_life),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,9}(ms|s|m|h|d)$"}),
]
"""A length of time from a moment on, or before it with a minus: `2h`, `-2d`."""


def _literal(raw: object) -> object:
    return to_text(raw) if isinstance(raw, bool | int | Decimal | date) else raw


Literal = Annotated[
    str,
    BeforeValidator(_literal),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]
"""A value as written, kept as its canonical text until the type of its attribute is known."""


@dataclass(frozen=True, slots=True)
class _FromMapping:
    """Takes `{KEY: {...}}` for a tuple of entries that carry their key; says so in JSON Schema."""

    key: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._entries, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        entries = handler(schema)
        return {"type": ["object", "null"], KEYED_BY: self.key, "additionalProperties": entries["items"]}

    def _entries(self, raw: object) -> object:
        if raw is None:
            return ()
        if not isinstance(raw, Mapping):
            return raw
        if twice := [f"`{name}`" for name, body in raw.items() if isinstance(body, Mapping) and self.key in body]:
            raise ValueError(f"leave `{self.key}` out inside {', '.join(twice)}: the key above is it")
        return tuple({self.key: name, **body} if isinstance(body, Mapping) else body for name, body in raw.items())


def from_mapping(key: str) -> _FromMapping:
    """Take `{KEY: {...}}` as written in files for a tuple of entries that carry their key in the field `key`.

    Positions are kept, so that entry `i` of the tuple is the `i`-th key of the mapping: problems find their place.
    """
    return _FromMapping(key)


def written_as(convert: Callable[[Any], Any], **schema: Any) -> BeforeValidator:
    """Take what people write through `convert`; `schema` says in JSON Schema what that may be."""
    return BeforeValidator(convert, json_schema_input_type=Annotated[object, WithJsonSchema(schema)])


def sorted_by(key: str) -> AfterValidator:
    """Order entries by the field `key`, so that the order of files and lines changes no byte (`domain.md` D1)."""
    return AfterValidator(lambda entries: tuple(sorted(entries, key=lambda entry: str(getattr(entry, key)))))

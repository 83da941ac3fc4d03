"""Values as they are declared, computed and carried: types, their text form, their parsing.

In memory a value is a plain Python object (`Value`). Across JSON it travels as text with its type beside it
(`NamedValue`), never as a bare union (`domain.md` E3), so that money stays exact and a date stays a date.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeAlias

from catalog.base import Name, Recorded

Scalar: TypeAlias = str | int | Decimal | bool | date | datetime | None
"""One value in memory; `None` is `null`. Money is a `Decimal` in the order's currency."""

Value: TypeAlias = "Scalar | tuple[Value, ...] | Mapping[str, Value]"
"""What an expression computes with: a scalar, a list, or a record."""


class ValueType(StrEnum):
    """The type of an attribute, output, fact or form field (`domain.md` C2)."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    MONEY = "money"
    CHOICE = "choice"


class NotOfType(ValueError):
    """A value does not fit its declared type; the message says what was expected."""


LONGEST_TEXT = 10_000
"""Characters of one text: values travel through histories, where a payload has an end."""


class NamedValue(Recorded):
    """One attribute, output, fact or form field with its type; `text` is the canonical form, `None` is `null`."""

    name: Name
    type: ValueType
    text: str | None

    @property
    def value(self) -> Scalar:
        return from_text(self.text, self.type)


NamedValues: TypeAlias = tuple[NamedValue, ...]
"""Named values, sorted by name, each name once."""


def named(name: str, value_type: ValueType, value: Scalar) -> NamedValue:
    """Return `value`, already of `value_type`, as it travels."""
    return NamedValue(name=name, type=value_type, text=to_text(value))


def as_record(values: Iterable[NamedValue]) -> dict[str, Value]:
    """Return the values by name, decoded: what expressions read."""
    return {each.name: each.value for each in values}


def to_text(value: Scalar) -> str | None:
    """Return the canonical text of a scalar: `true`, `12.50`, `2026-11-25`, `2026-11-25T08:00:00Z`."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


def from_text(text: str | None, value_type: ValueType) -> Scalar:
    """Return the value that `to_text` wrote.

    Raises:
        NotOfType: `text` is not of `value_type`.
    """
    if text is None:
        return None
    match value_type:
        case ValueType.TEXT | ValueType.CHOICE:
            return text
        case ValueType.BOOLEAN if text in ("true", "false"):
            return text == "true"
        case ValueType.BOOLEAN:
            raise NotOfType(f"expected true or false, got {text!r}")
        case _:
            return coerce(text, value_type)


def coerce(raw: object, value_type: ValueType) -> Scalar:
    """Return what a person or a system wrote as a value of `value_type`; `None` stays `None`.

    Text is taken for every type; numbers from JSON must be exact (`int`, `Decimal`), floats go by their shortest text.

    Raises:
        NotOfType: `raw` is not of `value_type`.
    """
    if raw is None:
        return None
    match value_type:
        case ValueType.TEXT | ValueType.CHOICE if isinstance(raw, str):
            return _short_enough(raw)
        case ValueType.CHOICE if isinstance(raw, int) and not isinstance(raw, bool):
            return str(raw)
        case ValueType.BOOLEAN if isinstance(raw, bool):
            return raw
        case ValueType.BOOLEAN if raw in ("true", "false"):
            return raw == "true"
        case ValueType.INTEGER | ValueType.NUMBER | ValueType.MONEY if not isinstance(raw, bool):
            return _number(raw, value_type)
        case ValueType.DATE if isinstance(raw, date) and not isinstance(raw, datetime):
            return raw
        case ValueType.DATETIME if isinstance(raw, datetime):
            return _aware(raw)
        case ValueType.DATE | ValueType.DATETIME if isinstance(raw, str):
            return _moment(raw, value_type)
        case _:
            raise NotOfType(f"expected {_ARTICLE[value_type]}, got {raw!r}")


def _short_enough(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise NotOfType(f"expected at most {LONGEST_TEXT:,} characters, got {len(text):,}")
    return text


_ARTICLE = {
    ValueType.TEXT: "text",
    ValueType.INTEGER: "an integer",
    ValueType.NUMBER: "a number",
    ValueType.BOOLEAN: "true or false",
    ValueType.DATE: "a date like 2026-11-25",
    ValueType.DATETIME: "a date and time with its offset, like 2026-11-25T08:00:00Z",
    ValueType.MONEY: "an amount like 1299.00",
    ValueType.CHOICE: "one of the choices",
}


def _number(raw: object, value_type: ValueType) -> int | Decimal:
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        raise NotOfType(f"expected {_ARTICLE[value_type]}, got {raw!r}") from None
    if not number.is_finite():
        raise NotOfType(f"expected {_ARTICLE[value_type]}, got {raw!r}")
    if abs(number.adjusted()) > 30:
        raise NotOfType(f"expected {_ARTICLE[value_type]} of at most 30 digits, got {raw!r}")
    if value_type is not ValueType.INTEGER:
        return number
    if number != number.to_integral_value():
        raise NotOfType(f"expected an integer, got {raw!r}")
    return int(number)


def _moment(raw: str, value_type: ValueType) -> date | datetime:
    try:
        return date.fromisoformat(raw) if value_type is ValueType.DATE else _aware(datetime.fromisoformat(raw))
    except ValueError:
        raise NotOfType(f"expected {_ARTICLE[value_type]}, got {raw!r}") from None


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise NotOfType(f"expected a date and time with its offset, got {moment.isoformat()!r}")
    return moment.astimezone(UTC)


def to_tagged(value: Value) -> str:
    """Return any value, lists and records too, as JSON text in which nothing loses its type."""
    return json.dumps(_tag(value), separators=(",", ":"), ensure_ascii=False)


def from_tagged(text: str) -> Value:
    """Return the value that `to_tagged` wrote."""
    return _untag(json.loads(text))


def _tag(value: Value) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return {"number": to_text(value)}
        case datetime():
            return {"datetime": to_text(value)}
        case date():
            return {"date": to_text(value)}
        case Mapping():
            return {"record": {name: _tag(part) for name, part in value.items()}}
        case _:
            return [_tag(part) for part in value]


def _untag(raw: object) -> Value:
    match raw:
        case {"number": str(text)}:
            return Decimal(text)
        case {"datetime": str(text)}:
            return datetime.fromisoformat(text)
        case {"date": str(text)}:
            return date.fromisoformat(text)
        case {"record": dict(parts)}:
            return {name: _untag(part) for name, part in parts.items()}
        case list():
            return tuple(_untag(part) for part in raw)
        case None | bool() | int() | str():
            return raw
        case _:
            raise NotOfType(f"not a tagged value: {raw!r}")

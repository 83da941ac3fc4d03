"""What each function of the language does; `functions.py` lists them with their usage."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias, TypeVar

from catalog.expressions.errors import EvaluationError
from catalog.expressions.exact import calculate, rounded
from catalog.expressions.limits import DIGITS, TEXT_LENGTH
from catalog.expressions.runtime import (
    Frame,
    Operand,
    as_boolean,
    as_integer,
    as_list,
    as_number,
    as_text,
    before,
    built,
    key_of,
    kind,
    out_of_calendar,
    wrong,
)
from catalog.values import to_text

Run: TypeAlias = Callable[[Frame, Sequence[Operand], Sequence[int]], Operand]
"""What computes a function: from the frame, the arguments, and the column of each argument."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,28}(?:\.[0-9]{1,28})?", re.ASCII)
_MOST_DAYS = 4_000_000
_Moment = TypeVar("_Moment", date, datetime)


def _items(frame: Frame, value: Operand, column: int) -> Sequence[Operand]:
    items = as_list(value, column)
    frame.spend(len(items), column)
    return items


def run_len(frame: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    value = values[0]
    return len(value) if isinstance(value, str) else len(_items(frame, value, at[0]))


def run_least(frame: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    return _extreme(frame, values, at, -1)


def run_greatest(frame: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    return _extreme(frame, values, at, 1)


def _extreme(frame: Frame, values: Sequence[Operand], at: Sequence[int], direction: int) -> Operand:
    alone = len(values) == 1
    items = _items(frame, values[0], at[0]) if alone else values
    if not items:
        return None
    columns = [at[0]] * len(items) if alone else at
    best = items[0]
    before(best, best, columns[0])  # a single item, too, must be of a kind that has an order
    for item, column in zip(items[1:], columns[1:], strict=True):
        if before(item, best, column) if direction < 0 else before(best, item, column):
            best = item
    return best


def run_sum(frame: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    total: int | Decimal = 0
    for item in _items(frame, values[0], at[0]):
        total = calculate("+", total, as_number(item, at[0]), at[0])
    return total


def run_any(frame: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    return True in [as_boolean(item, at[0]) for item in _items(frame, values[0], at[0])]


def run_all(frame: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    return False not in [as_boolean(item, at[0]) for item in _items(frame, values[0], at[0])]


def run_join(frame: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    parts = [as_text(item, at[0]) for item in _items(frame, values[0], at[0])]
    separator = as_text(values[1], at[1])
    if sum(map(len, parts)) + len(separator) * max(len(parts) - 1, 0) > TEXT_LENGTH:
        raise EvaluationError(f"The text has more than {TEXT_LENGTH:,} characters.", at[0])
    return built(separator.join(parts), frame, at[0])


def run_round(_: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    number = as_number(values[0], at[0])
    if len(values) == 1:
        return int(rounded(number, 0, at[0]))
    digits = as_integer(values[1], at[1])
    if not 0 <= digits <= DIGITS:
        raise EvaluationError(f"`round` takes 0 to {DIGITS} digits.", at[1])
    return rounded(number, digits, at[0])


def run_lower(frame: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    return built(as_text(values[0], at[0]).lower(), frame, at[0])


def run_upper(frame: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    return built(as_text(values[0], at[0]).upper(), frame, at[0])


def run_startswith(_: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    return as_text(values[0], at[0]).startswith(as_text(values[1], at[1]))


def run_endswith(_: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    return as_text(values[0], at[0]).endswith(as_text(values[1], at[1]))


def run_contains(frame: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    text, part = as_text(values[0], at[0]), as_text(values[1], at[1])
    frame.spend(len(text), at[0])
    return part in text


def run_coalesce(_: Frame, values: Sequence[Operand], __: Sequence[int]) -> Operand:
    return next((value for value in values if value is not None), None)


def run_date(_: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    value = values[0]
    match kind(value), value:
        case "a datetime", datetime():
            return _utc(value, at[0]).date()
        case "a date", date():
            return value
        case "text", str() if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
            return _parsed(date.fromisoformat, value, "a date like 2026-11-25", at[0])
        case "text", _:
            raise EvaluationError("This text is not a date like 2026-11-25.", at[0])
        case _:
            raise wrong(value, "a text, date or datetime", at[0])


def run_datetime(_: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    value, what = values[0], "a datetime with its offset like 2026-11-25T08:00:00Z"
    match kind(value), value:
        case "a datetime", datetime():
            return value
        case "a date", date():
            return datetime.combine(value, time(), UTC)
        case "text", str() if "T" in value:
            moment = _parsed(datetime.fromisoformat, value, what, at[0])
            if moment.tzinfo is None:
                raise EvaluationError(f"This text is not {what}.", at[0])
            return _utc(moment, at[0])
        case "text", _:
            raise EvaluationError(f"This text is not {what}.", at[0])
        case _:
            raise wrong(value, "a text, date or datetime", at[0])


def _parsed(read: Callable[[str], _Moment], text: str, what: str, column: int) -> _Moment:
    try:
        return read(text)
    except (ValueError, OverflowError):
        raise EvaluationError(f"This text is not {what}.", column) from None


def _utc(moment: datetime, column: int) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise out_of_calendar(column) from None


def run_days(_: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    count = as_integer(values[0], at[0])
    if abs(count) > _MOST_DAYS:
        raise EvaluationError(f"`days` takes at most {_MOST_DAYS:,} days.", at[0])
    return timedelta(days=count)


def run_text(frame: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    value = values[0]
    match kind(value), value:
        case "a number", int() | Decimal():
            return built(str(to_text(as_number(value, at[0]))), frame, at[0])
        case "a datetime", datetime():
            return built(str(to_text(_utc(value, at[0]))), frame, at[0])
        case (("text" | "a boolean" | "a date"), str() | bool() | date()):
            return built(str(to_text(value)), frame, at[0])
        case _:
            raise wrong(value, "a scalar", at[0])


def run_number(_: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    value = values[0]
    if not isinstance(value, str):
        return as_number(value, at[0])
    if not _NUMBER.fullmatch(value):
        raise EvaluationError("This text is not a number like 12.50.", at[0])
    return as_number(Decimal(value), at[0])


def run_integer(frame: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    return as_integer(run_number(frame, values, at), at[0])


def run_first(_: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    items = as_list(values[0], at[0])
    return items[0] if items else None


def run_last(_: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    items = as_list(values[0], at[0])
    return items[-1] if items else None


def run_distinct(frame: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    kept: dict[tuple[str, Operand], Operand] = {}
    for item in _items(frame, values[0], at[0]):
        kept.setdefault(key_of(item, at[0]), item)
    return tuple(kept.values())


def run_table(frame: Frame, values: Sequence[Operand], at: Sequence[int]) -> Operand:
    name, key = as_text(values[0], at[0]), values[1]
    table = frame.tables.get(name)
    if table is None:
        raise EvaluationError(f"There is no value table `{name}`.", at[0])
    if not isinstance(key, str | int | Decimal | date) or isinstance(key, bool):
        raise wrong(key, "a text, number, date or datetime", at[1])
    if isinstance(key, int | Decimal):
        key = as_number(key, at[1])
    if key not in table:
        known = ", ".join(repr(to_text(each)) for each in list(table)[:20])
        raise EvaluationError(f"The value table `{name}` has no {to_text(key)!r}; it has {known}.", at[1])
    return table[key]

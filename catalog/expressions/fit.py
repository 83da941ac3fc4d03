"""Which types join, compare and fit: the relations between two types."""

from __future__ import annotations

from catalog.expressions.types import (
    ANYTHING,
    NUMERIC,
    TEXTUAL,
    AnythingType,
    ListType,
    NullType,
    RecordType,
    ScalarType,
    Type,
    UnknownType,
    is_literal_number,
    is_open,
    nullable,
    required,
)
from catalog.values import ValueType


def joined(left: Type, right: Type) -> Type | None:
    """Return the type of what is either `left` or `right`; None when they have nothing in common."""
    base = _joined(required(left), required(right))
    return nullable(base) if base is not None and (left.nullable or right.nullable) else base


def _joined(left: Type, right: Type) -> Type | None:
    match left, right:
        case (UnknownType() | NullType(), other) | (other, UnknownType() | NullType()):
            return other
        case (AnythingType(), _) | (_, AnythingType()):
            return required(ANYTHING)
        case ScalarType(), ScalarType():
            return _joined_scalars(left, right)
        case ListType(item=one), ListType(item=other):
            item = joined(one, other)
            return None if item is None else ListType(item)
        case RecordType(), RecordType():
            return _joined_records(left, right)
        case _:
            return left if left == right else None


def _joined_scalars(left: ScalarType, right: ScalarType) -> ScalarType | None:
    literals = left.literals + right.literals if left.literals and right.literals else ()
    pair = (left.value, right.value)
    if left.value is right.value:
        both = left.choices and right.choices
        choices = left.choices + tuple(each for each in right.choices if each not in left.choices) if both else ()
        return ScalarType(left.value, choices=choices, literals=literals)
    if all(value in NUMERIC for value in pair):
        return ScalarType(ValueType.NUMBER, literals=literals)
    if all(value in TEXTUAL for value in pair):
        chosen, written = (left, right) if left.value is ValueType.CHOICE else (right, left)
        named = chosen.choices and written.literals and not outside(written, chosen)
        return chosen if named else ScalarType(ValueType.TEXT)
    if _with_money(left, right):
        return ScalarType(ValueType.MONEY)
    return None


def _joined_records(left: RecordType, right: RecordType) -> RecordType | None:
    if sorted(key for key, _ in left.fields) != sorted(key for key, _ in right.fields):
        return None
    fields: list[tuple[str, Type]] = []
    for key, one in left.fields:
        other = right.field(key)
        both = None if other is None else joined(one, other)
        if both is None:
            return None
        fields.append((key, both))
    return RecordType(tuple(fields))


def _with_money(left: Type, right: Type) -> bool:
    return (_is_money(left) and is_literal_number(right)) or (_is_money(right) and is_literal_number(left))


def _is_money(of: Type) -> bool:
    return isinstance(of, ScalarType) and of.value is ValueType.MONEY


def comparable(left: Type, right: Type) -> bool:
    """Tell whether `==` between the two can be true: scalars of one family, null left aside."""
    if is_open(left) or is_open(right):
        return not any(isinstance(each, ListType | RecordType) for each in (left, right))
    if not isinstance(left, ScalarType) or not isinstance(right, ScalarType):
        return False
    return _joined_scalars(left, right) is not None


def ordered(of: Type) -> bool:
    """Tell whether values of the type have an order: numbers, money, text, dates and datetimes."""
    return is_open(of) or (isinstance(of, ScalarType) and of.value not in (ValueType.BOOLEAN, ValueType.CHOICE))


def fits(actual: Type, expected: Type) -> bool:
    """Tell whether a value of `actual` may stand where `expected` is wanted, null at the top left aside."""
    match actual, expected:
        case (UnknownType() | AnythingType() | NullType(), _) | (_, UnknownType() | AnythingType()):
            return True
        case ScalarType(), ScalarType():
            return _fits_scalar(actual, expected)
        case ListType(item=item), ListType(item=wanted):
            return fits(item, wanted) and (wanted.nullable or not item.nullable)
        case RecordType(), RecordType():
            return all(_fits_field(actual.field(key), wanted) for key, wanted in expected.fields)
        case _:
            return type(actual) is type(expected)


def _fits_field(actual: Type | None, wanted: Type) -> bool:
    if actual is None:
        return wanted.nullable
    return fits(actual, wanted) and (wanted.nullable or not actual.nullable)


def _fits_scalar(actual: ScalarType, expected: ScalarType) -> bool:
    match expected.value:
        case ValueType.CHOICE:
            return not outside(actual, expected) and (actual.value is ValueType.CHOICE or _known(actual, expected))
        case ValueType.TEXT:
            return actual.value in TEXTUAL
        case ValueType.NUMBER:
            return actual.value in NUMERIC
        case ValueType.MONEY:
            return _is_money(actual) or is_literal_number(actual)
        case _:
            return actual.value is expected.value


def _known(actual: ScalarType, expected: ScalarType) -> bool:
    return actual.value is ValueType.TEXT and bool(actual.literals or not expected.choices)


def outside(actual: Type, of: Type) -> tuple[str, ...]:
    """Return the values that `actual` is known to take and that are no choices of `of`."""
    if not isinstance(actual, ScalarType) or not isinstance(of, ScalarType) or not of.choices:
        return ()
    known = actual.choices if actual.value is ValueType.CHOICE else actual.literals
    return tuple(each for each in known if each not in of.choices) if actual.value in TEXTUAL else ()

"""A few values that stand for all that a path may have, as far as comparing it with fixed ones tells them apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from itertools import pairwise
from math import ceil, floor
from typing import Final, TypeVar

from catalog.expressions.nodes import Field, Item, Name, Node
from catalog.expressions.runtime import Operand, kind
from catalog.expressions.types import (
    ANYTHING,
    AnythingType,
    ListType,
    NullType,
    RecordType,
    ScalarType,
    Scope,
    Type,
    UnknownType,
    nullable,
)
from catalog.values import ValueType

OPAQUE: Final = timedelta(0)
"""Stands for a value of which nothing is known but that it is there: comparing it fails, as it does with durations."""

_EXACT = Context(prec=120)
_T = TypeVar("_T")


def representatives(of: Type, fixed: Iterable[Operand]) -> tuple[Operand, ...]:
    """Return values for a path of type `of` that is compared with the values `fixed`, null among them if it may be.

    Any other value behaves in every such comparison as one of these does.
    """
    if isinstance(of, NullType):
        return (None,)
    found: tuple[Operand, ...] = (OPAQUE,)
    if isinstance(of, ScalarType):
        found = tuple(_scalars(of, tuple(fixed)))
    return (*found, None) if of.nullable or isinstance(of, UnknownType) else found


def path_type(node: Node, scope: Scope) -> Type:
    """Return the type of a path; of one that is wrong, that nothing is known."""
    match node:
        case Name(name=name):
            return scope.name(name) or UnknownType()
        case Field(base=base, key=key):
            of = path_type(base, scope)
            found = of.field(key) if isinstance(of, RecordType) else None
            if found is not None:
                return nullable(found) if of.nullable else found
            return ANYTHING if isinstance(of, AnythingType) else UnknownType()
        case Item(base=base):
            of = path_type(base, scope)
            return nullable(of.item) if isinstance(of, ListType) else UnknownType()
        case _:
            return UnknownType()


def _scalars(of: ScalarType, fixed: Sequence[Operand]) -> Iterator[Operand]:
    match of.value:
        case ValueType.BOOLEAN:
            yield from (True, False)
        case ValueType.CHOICE if of.choices:
            named = [each for each in of.choices if each in fixed]
            # All that are not named are alike, unless their order is asked for, which choices do not have.
            yield from (*named, *[each for each in of.choices if each not in named][:1])
        case ValueType.TEXT | ValueType.CHOICE:
            yield ""
            for text in (each for each in fixed if isinstance(each, str)):
                yield from (text, f"{text}\0")
        case ValueType.INTEGER:
            for number in _numbers(fixed):
                yield from range(floor(number) - 1, ceil(number) + 2)
            yield 0
        case ValueType.NUMBER | ValueType.MONEY:
            yield from _around(_numbers(fixed), Decimal(0), Decimal(1), _middle)
        case ValueType.DATE:
            days = sorted({each for each in fixed if kind(each) == "a date" and isinstance(each, date)})
            yield from _around(days, date(2000, 1, 1), timedelta(days=1), lambda one, _: one + timedelta(days=1))
        case ValueType.DATETIME:
            moments = sorted({each for each in fixed if kind(each) == "a datetime" and isinstance(each, datetime)})
            start = datetime.fromisoformat("2000-01-01T00:00:00Z")
            yield from _around(moments, start, timedelta(seconds=1), lambda one, other: one + (other - one) / 2)


def _numbers(fixed: Iterable[Operand]) -> list[Decimal]:
    return sorted({Decimal(each) for each in fixed if kind(each) == "a number" and isinstance(each, int | Decimal)})


def _middle(one: Decimal, other: Decimal) -> Decimal:
    return _EXACT.divide(_EXACT.add(one, other), Decimal(2))


def _around(fixed: Sequence[_T], start: _T, step: object, between: Callable[[_T, _T], _T]) -> Iterator[_T]:
    """Yield the values, what lies between each two, below the first and above the last; `start` if there are none."""
    if not fixed:
        yield start
        return
    yield from fixed
    yield from (between(one, other) for one, other in pairwise(fixed))
    with suppress(OverflowError):  # the first and the last day there are have nothing beyond them
        yield fixed[0] - step  # type: ignore[operator]  # callers give a step that their values move by
    with suppress(OverflowError):
        yield fixed[-1] + step  # type: ignore[operator]  # as above

"""The types of the language, how they are written in messages, and which fits where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from catalog.values import Scalar, ValueType


@dataclass(frozen=True, slots=True)
class ScalarType:
    """A scalar; `choices` are the known values of a choice (none: not known).

    `literals` has what was written where the value comes from literals alone: literal numbers adapt to money, literal
    texts are checked against choices. It takes no part in equality.
    """

    value: ValueType
    nullable: bool = False
    choices: tuple[str, ...] = ()
    literals: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class ListType:
    """A list of items of one type."""

    item: Type
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class RecordType:
    """A record with its fields in a fixed order."""

    fields: tuple[tuple[str, Type], ...]
    nullable: bool = False

    def field(self, name: str) -> Type | None:
        """Return the type of the field `name`, if there is one."""
        return next((found for key, found in self.fields if key == name), None)


@dataclass(frozen=True, slots=True)
class AnythingType:
    """JSON of a system: any field and item may be read, each may be null; what it is shows at run time."""

    nullable: bool = True


@dataclass(frozen=True, slots=True)
class NullType:
    """The literal `null`."""

    nullable: bool = True


@dataclass(frozen=True, slots=True)
class DurationType:
    """What `days(n)` gives: only to be added to, or taken from, a date or datetime."""

    nullable: bool = False


@dataclass(frozen=True, slots=True)
class UnknownType:
    """What has a problem already, or the items of `[]`: fits everywhere."""

    nullable: bool = False


Type: TypeAlias = ScalarType | ListType | RecordType | AnythingType | NullType | DurationType | UnknownType

TEXT = ScalarType(ValueType.TEXT)
INTEGER = ScalarType(ValueType.INTEGER)
NUMBER = ScalarType(ValueType.NUMBER)
BOOLEAN = ScalarType(ValueType.BOOLEAN)
DATE = ScalarType(ValueType.DATE)
DATETIME = ScalarType(ValueType.DATETIME)
MONEY = ScalarType(ValueType.MONEY)
ANYTHING = AnythingType()
NULL = NullType()
DURATION = DurationType()
UNKNOWN = UnknownType()

NUMERIC = (ValueType.INTEGER, ValueType.NUMBER)
TEXTUAL = (ValueType.TEXT, ValueType.CHOICE)
_WORDS = {ValueType.INTEGER: "an integer", ValueType.NUMBER: "a number"}


def scalar(value: ValueType, *, nullable: bool = False, choices: Iterable[str] = ()) -> ScalarType:
    """Return the type of a declared attribute, output, fact or form field."""
    return ScalarType(value, nullable, tuple(choices))


def choice(*choices: str, nullable: bool = False) -> ScalarType:
    """Return the type of a choice with its known values."""
    return ScalarType(ValueType.CHOICE, nullable, choices)


def list_of(item: Type, *, nullable: bool = False) -> ListType:
    """Return the type of a list of `item`."""
    return ListType(item, nullable)


def record_of(fields: Iterable[tuple[str, Type]], *, nullable: bool = False) -> RecordType:
    """Return the type of a record with `fields` in their order."""
    return RecordType(tuple(fields), nullable)


def nullable(of: Type) -> Type:
    """Return `of` with `null` allowed."""
    return UNKNOWN if isinstance(of, UnknownType) else replace(of, nullable=True)


def required(of: Type) -> Type:
    """Return `of` without `null`; the type of `null` itself stays."""
    return of if isinstance(of, NullType) else replace(of, nullable=False)


@dataclass(frozen=True, slots=True)
class TableType:
    """A value table: the types of its keys and values, and its keys as far as they are known."""

    name: str
    key: Type
    value: Type
    keys: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What is in reach at a place: names with their types, and value tables."""

    names: tuple[tuple[str, Type], ...] = ()
    tables: tuple[TableType, ...] = ()

    def name(self, name: str) -> Type | None:
        """Return the type of `name`, if it is in reach."""
        return next((found for key, found in self.names if key == name), None)

    def table(self, name: str) -> TableType | None:
        """Return the value table `name`, if it is in reach."""
        return next((found for found in self.tables if found.name == name), None)

    def extended(self, names: Iterable[tuple[str, Type]]) -> Scope:
        """Return this scope with more names in reach; a name given again takes its new type."""
        merged = dict(self.names) | dict(names)
        return Scope(tuple(merged.items()), self.tables)


def describe(of: Type, *, with_null: bool = True) -> str:
    """Return how messages call a type: `text`, `a list of integers`, `money or null`."""
    tail = " or null" if with_null and of.nullable and not isinstance(of, NullType | AnythingType) else ""
    match of:
        case ScalarType(value=ValueType.CHOICE, choices=choices) if choices:
            return f"a choice of {', '.join(repr(each) for each in choices)}{tail}"
        case ScalarType(value=value):
            return _WORDS.get(value, value.value if value in _BARE else f"a {value.value}") + tail
        case ListType(item=UnknownType()):
            return f"a list{tail}"
        case ListType(item=item):
            return f"a list of {_plural(item)}{tail}"
        case RecordType():
            return f"a record{tail}"
        case AnythingType():
            return "a value of unknown type"
        case NullType():
            return "null"
        case DurationType():
            return "a number of `days`"
        case UnknownType():
            return "a value"


_BARE = (ValueType.TEXT, ValueType.MONEY)
_PLURALS = {"a value of unknown type": "values of unknown type", "a number of `days`": "numbers of `days`"}


def _plural(of: Type) -> str:
    match of:
        case ScalarType(value=value):
            singular = "value" if value is ValueType.BOOLEAN else value.value
            return (singular if value in _BARE else f"{singular}s") + (" or null" if of.nullable else "")
        case ListType():
            return "lists"
        case RecordType():
            return "records"
        case _:
            return _PLURALS.get(describe(of), "values")


def is_a(of: Type, *values: ValueType) -> bool:
    """Tell whether `of` is a scalar of one of `values`, or may be one at run time."""
    return is_open(of) or (isinstance(of, ScalarType) and of.value in values)


def is_open(of: Type) -> bool:
    """Tell whether nothing is known about `of` before run time."""
    return isinstance(of, AnythingType | UnknownType)


def is_literal_number(of: Type) -> bool:
    """Tell whether `of` is made of literal numbers alone, which adapt to money."""
    return isinstance(of, ScalarType) and of.value in NUMERIC and bool(of.literals)

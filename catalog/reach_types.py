"""Types of the names in reach that do not depend on the place, and of what a catalog declares."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.expressions import (
    ANYTHING,
    DATE,
    INTEGER,
    MONEY,
    NUMBER,
    TEXT,
    RecordType,
    ScalarType,
    Scope,
    TableType,
    Type,
    choice,
    nullable,
    record_of,
    scalar,
)
from catalog.products import Attribute
from catalog.rules import LineAction, ValueTable
from catalog.values import NotOfType, Scalar, ValueType, coerce

ADDRESS = record_of((name, TEXT) for name in ("id", "name", "street", "postal_code", "city", "country"))
STEP = record_of(
    (("id", TEXT), ("title", TEXT), ("undoes", nullable(TEXT)), ("amends", nullable(TEXT))),
)
CALLBACK = record_of((("url", TEXT), ("correlation", TEXT)))
RESPONSE = Scope((("response", record_of((("status", INTEGER), ("body", ANYTHING)))),))
CALLED_BACK = Scope((("response", record_of((("body", ANYTHING),))),))
"""The names in reach where an answer, and where a callback, is read."""


def read_type(attribute: Attribute) -> ScalarType:
    """Return the type that reading the attribute gives: never null when it is required or has a default."""
    present = attribute.required or attribute.default is not None
    return scalar(attribute.type, nullable=not present, choices=attribute.choices)


def wanted_type(attribute: Attribute) -> ScalarType:
    """Return the type that a value for the attribute must have: null only when it is not required."""
    return scalar(attribute.type, nullable=not attribute.required, choices=attribute.choices)


def input_type(attribute: Attribute) -> ScalarType:
    """Return the type that an input of a function takes: null unless it is required and has no default."""
    return scalar(
        attribute.type, nullable=not attribute.required or attribute.default is not None, choices=attribute.choices
    )


def facts_type(facts: Iterable[Attribute]) -> RecordType:
    """Return the record of facts: each may be unknown, and is null then, unless it has a default."""
    return record_of(
        (each.name, scalar(each.type, nullable=each.default is None, choices=each.choices)) for each in facts
    )


def asset_type(attributes: Type) -> RecordType:
    """Return the record of an asset: what it was like before the order; it may lack any attribute."""
    known = attributes
    if isinstance(attributes, RecordType):
        known = record_of((name, nullable(of)) for name, of in attributes.fields)
    return record_of((("id", TEXT), ("quantity", NUMBER), ("term", nullable(INTEGER)), ("attributes", known)))


def table_type(table: ValueTable) -> TableType:
    """Return a value table as expressions see it; rows that are not of its types are left to their own check."""
    values = (str(row.value) for row in table.rows) if table.value is ValueType.CHOICE else ()
    keys = (_coerced(row.key, table.key) for row in table.rows)
    known = tuple(key for key in keys if key is not None)
    return TableType(table.name, scalar(table.key), scalar(table.value, choices=values), known)


def _coerced(text: str, value_type: ValueType) -> Scalar:
    try:
        return coerce(text, value_type)
    except NotOfType:
        return None


LINE: tuple[tuple[str, Type], ...] = (
    ("id", TEXT),
    ("kind", TEXT),
    ("product", TEXT),
    ("title", TEXT),
    ("quantity", NUMBER),
    ("action", choice(*(each.value for each in LineAction))),
    ("parent", nullable(TEXT)),
    ("root", nullable(TEXT)),
    ("ship_to", nullable(ADDRESS)),
    ("bill_to", nullable(TEXT)),
    ("requested_date", nullable(DATE)),
    ("price", nullable(MONEY)),
    ("amount", nullable(MONEY)),
    ("term", nullable(INTEGER)),
)
"""Fields of the record of a line, but its attributes and its origin."""

"""A scope and values that the tests of the language share: an order with lines, and a system's response."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from catalog.expressions import (
    ANYTHING,
    BOOLEAN,
    DATE,
    DATETIME,
    INTEGER,
    MONEY,
    NUMBER,
    TEXT,
    Scope,
    TableType,
    Type,
    check,
    choice,
    list_of,
    nullable,
    parse,
    record_of,
)
from catalog.values import Value

LINE = record_of(
    (
        ("product", TEXT),
        ("quantity", INTEGER),
        ("price", MONEY),
        ("action", choice("add", "amend", "cancel")),
        ("serial", nullable(TEXT)),
        ("weight", nullable(NUMBER)),
    )
)
ORDER = record_of(
    (
        ("number", TEXT),
        ("total", MONEY),
        ("rate", NUMBER),
        ("count", INTEGER),
        ("urgent", BOOLEAN),
        ("ordered", DATE),
        ("accepted", DATETIME),
        ("due", nullable(DATE)),
        ("note", nullable(TEXT)),
        ("gift", nullable(BOOLEAN)),
        ("lines", list_of(LINE)),
    )
)
ASSET = record_of((("serial", TEXT), ("speed", choice("fast", "ultra"))), nullable=True)
SCOPE = Scope(
    (("order", ORDER), ("asset", ASSET), ("response", ANYTHING)),
    (
        TableType("mbps", choice("fast", "ultra"), INTEGER, ("fast", "ultra")),
        TableType("carriers", TEXT, TEXT, ("DE", "FR")),
    ),
)

NAMES: dict[str, Value] = {
    "order": {
        "number": "A-1",
        "total": Decimal("1299.00"),
        "rate": Decimal("0.1"),
        "count": 3,
        "urgent": True,
        "ordered": date(2026, 11, 25),
        "accepted": datetime(2026, 11, 25, 8, 30, tzinfo=UTC),
        "due": None,
        "note": None,
        "gift": None,
        "lines": (
            {"product": "LAPTOP", "quantity": 2, "price": Decimal("600.00"), "action": "add", "serial": "S1"},
            {"product": "BAG", "quantity": 1, "price": Decimal("99.00"), "action": "amend", "serial": None},
        ),
    },
    "asset": None,
    "response": {"status": "ok", "items": ({"id": "T-7"},), "count": 2, "trackingNumber": "TN"},
}
TABLES: dict[str, dict[str | int | Decimal | bool | date | datetime | None, Value]] = {
    "mbps": {"fast": 50, "ultra": 100},
    "carriers": {"DE": "DHL", "FR": "La Poste"},
}


def value(source: str) -> Value:
    """Return what `source` gives for the shared values."""
    return parse(source).evaluate(NAMES, TABLES)


def problems(source: str, expected: Type | None = None) -> list[str]:
    """Return the problems of `source` in the shared scope, as text."""
    return [str(problem) for problem in check(parse(source), SCOPE, expected).issues]


def type_of(source: str) -> Type:
    """Return the type of `source`, which must be without problems in the shared scope."""
    checked = check(parse(source), SCOPE)
    assert checked.issues == ()
    return checked.type

"""Documents with one part or a few replaced by something hostile, for the tests that nothing hostile gets through."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import strategies as st

from catalog.plain_data import Data

Document = dict[str, Data]

HOSTILE: tuple[Data, ...] = (
    None,
    True,
    0,
    -1,
    10**29,
    Decimal("1E-30"),
    Decimal("9E+30"),
    "",
    " ",
    "x" * 3_000,
    "1e999999999",
    "9" * 5_000,
    "-1d",
    "999999999d",
    "P9999999999D",
    "P-1Y",
    "\u202e\u0301🏴\u2028",
    "a.b.c",
    "__class__",
    "${HOME}",
    "../../etc/passwd",
    "2026-02-30",
    "9999-12-31",
    "0001-01-01",
    date(1, 1, 1),
    date(9999, 12, 31),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    "(" * 40,
    "not " * 400 + "true",
    "1 + " * 400 + "1",
    "[[[[1 for a in [1, 2]] for b in [1, 2]] for c in [1, 2]] for d in [1, 2]]",
    "'a' * 1000000000",
    "2 ** 2 ** 2 ** 99",
    "lambda: 0",
    "().__class__.__bases__[0].__subclasses__()",
    "source.attributes.x.y.z",
    "order.lines[0].attributes['\\u0000']",
    "table('ram', 'x')",
    "(a+)+$",
    "a{1000}{1000}{1000}",
    [],
    {},
    [[[[[]]]]],
    ["x"] * 50,
    {"": {}},
    {"a": {"a": {"a": {}}}},
    {"code": "x", "name": "y", "type": "callout"},
    {"by": "1", "fallback": "line"},
    {"each": "lines", "as": {"each": "lines", "as": "item"}},
)


def mutated(document: Document) -> st.SearchStrategy[Document]:
    """Return the document with one to three of its parts replaced, taken out, or moved to another place."""
    return st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=3).map(
        lambda changes: _changed(document, changes)
    )


def _changed(document: Document, changes: list[tuple[int, int]]) -> Document:
    whole: Document = deepcopy(document)
    for where, what in changes:
        places = _places(whole)
        if places:
            holder, key = places[where % len(places)]
            _change(holder, key, what, places)
    return whole


def _change(holder: Data, key: str | int, what: int, places: list[tuple[Data, str | int]]) -> None:
    kind, choice = what % 8, what // 8
    new = deepcopy(HOSTILE[choice % len(HOSTILE)])  # later changes may reach into it
    if isinstance(holder, list) and isinstance(key, int):
        holder[key] = new
    elif isinstance(holder, dict) and isinstance(key, str):
        if kind == 0:
            del holder[key]
        elif kind == 1:
            holder[str(new)[:40]] = holder.pop(key)
        elif kind == 2:
            other, name = places[choice % len(places)]
            holder[key] = deepcopy(other[name])  # type: ignore[index]  # a place of its holder
        else:
            holder[key] = new


def _places(data: Data) -> list[tuple[Data, str | int]]:
    """Return every place in the document: what holds it, and its key there."""
    found: list[tuple[Data, str | int]] = []
    waiting: list[Data] = [data]
    while waiting:
        holder = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
        for key in keys:
            found.append((holder, key))
            waiting.append(holder[key])  # type: ignore[index]  # as above
    return found

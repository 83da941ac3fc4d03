"""Random well-typed sources for hypothesis, over the names that `SCOPE` has in reach and `orders` gives values."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from catalog.expressions import (
    BOOLEAN,
    DATE,
    INTEGER,
    NUMBER,
    TEXT,
    Scope,
    TableType,
    list_of,
    nullable,
    record_of,
)
from catalog.values import Scalar, Value

LINE = record_of((("quantity", INTEGER), ("price", NUMBER), ("note", nullable(TEXT))))
ORDER = record_of(
    (
        ("number", TEXT),
        ("count", INTEGER),
        ("rate", NUMBER),
        ("discount", nullable(NUMBER)),
        ("urgent", BOOLEAN),
        ("due", DATE),
        ("lines", list_of(LINE)),
    )
)
TABLES: dict[str, dict[Scalar, Value]] = {"speed": {"fast": 50, "ultra": 100}}
SCOPE = Scope((("order", ORDER),), (TableType("speed", TEXT, INTEGER, ("fast", "ultra")),))

_words = st.sampled_from(["", "a", "fast", "Ultra", "straße", "it's"])
_decimals = st.decimals(-1000, 1000, places=3) | st.sampled_from([Decimal("0.1"), Decimal("1E-20"), Decimal("9E+26")])
_integers = st.integers(-5, 5) | st.sampled_from([10**9, 10**27])
_days = st.dates(date(2000, 1, 1), date(2050, 12, 31))


def orders() -> st.SearchStrategy[dict[str, Value]]:
    """Return values for the names of `SCOPE`."""
    line: st.SearchStrategy[Value] = st.fixed_dictionaries(
        {"quantity": _integers, "price": _decimals, "note": st.none() | _words}
    )
    order: dict[str, st.SearchStrategy[Value]] = {
        "number": _words,
        "count": _integers,
        "rate": _decimals,
        "discount": st.none() | _decimals,
        "urgent": st.booleans(),
        "due": _days,
        "lines": st.lists(line, max_size=4).map(lambda lines: tuple(lines)),
    }
    return st.fixed_dictionaries({"order": st.fixed_dictionaries(order)})


_CONDITIONAL = "(%s if {boolean} else %s)"
_LEAVES = {
    "integer": ("0", "1", "7", "order.count", "-3", "coalesce(order.lines[0].quantity, 2)", "len(order.lines)"),
    "number": ("0.1", "2.50", "order.rate", "coalesce(order.discount, 0)", "-0.0", "order.count"),
    "text": ("'fast'", "''", '"it\'s"', "order.number", "'ultra'", "coalesce(order.lines[-1].note, 'Z')"),
    "date": ("order.due", "date('2026-11-25')"),
    "boolean": ("true", "False", "order.urgent", "(order.discount is null)", "(order.discount != null)"),
    "list": ("[]", "[1, 2]", "[each.quantity for each in order.lines]"),
    "sign": ("+", "-", "*", "//", "%"),
    "comparison": ("==", "!=", "<", "<=", ">", ">="),
    "null": ("order.discount", "order.lines[0].price", "null"),
}
_FORMS = {
    "integer": (
        "({integer} {sign} {integer})",
        "round({number})",
        "len({text})",
        "sum({integer} for each in order.lines if {boolean})",
        "sum(each.quantity for each in order.lines if each.price > {number})",
        "({date} - {date})",
        "max({integer}, {integer})",
        "table('speed', {text})",
        "coalesce(first({list}), {integer})",
        _CONDITIONAL.replace("%s", "{integer}"),
    ),
    "number": (
        "({number} {sign} {number})",
        "({number} / {number})",
        "-{number}",
        "round({number}, 2)",
        "coalesce(order.discount, {number})",
        "(order.discount if order.discount is not null else {number})",
        "min({number}, {integer}, {number})",
        "sum([each.price * {number} for each in order.lines])",
        "({number} + {null})",
        _CONDITIONAL.replace("%s", "{number}"),
    ),
    "text": (
        "({text} + {text})",
        "lower({text})",
        "upper({text})",
        "text({number})",
        "text({date})",
        "text({boolean})",
        "join((each.note for each in order.lines if each.note is not null), {text})",
        "join(distinct(coalesce(each.note, {text}) for each in order.lines), ',')",
        "{{'key': {text}}}.key",
        _CONDITIONAL.replace("%s", "{text}"),
    ),
    "date": (
        "({date} + days(1))",
        "({date} - days(400))",
        "max({date}, {date})",
        _CONDITIONAL.replace("%s", "{date}"),
    ),
    "boolean": (
        "({number} {comparison} {integer})",
        "({number} {comparison} {integer} {comparison} {number})",
        "({text} {comparison} {text})",
        "({date} {comparison} {date})",
        "({boolean} and {boolean})",
        "({boolean} or {boolean} or {boolean})",
        "({boolean} == {boolean})",
        "(not {boolean})",
        "({integer} in {list})",
        "({integer} not in {list})",
        "any(each.quantity > {integer} for each in order.lines)",
        "all(each.quantity > {integer} for each in order.lines)",
        "contains({text}, {text})",
        "startswith({text}, {text})",
        "endswith({text}, {text})",
        "(order.discount is null or order.discount > {number})",
        "({null} {comparison} {number})",
        _CONDITIONAL.replace("%s", "{boolean}"),
    ),
    "list": (
        "[{integer}, {integer}]",
        "[other + 1 for other in {list}]",
        "distinct({list})",
    ),
}
_HOLE = re.compile(r"\{(\w+)\}")


@st.composite
def sources(draw: st.DrawFn, kind: str, depth: int) -> str:
    """Return sources of expressions of a kind (`integer`, `text`, `list`, ...), nested at most so many levels."""

    def write(kind: str, left: int) -> str:
        forms = _LEAVES[kind] if left == 0 else _LEAVES[kind] + _FORMS.get(kind, ())
        form = (
            forms[draw(st.integers(0, len(forms) - 1))].replace("each", f"each{left}").replace("other", f"other{left}")
        )
        filled = _HOLE.sub(lambda hole: write(hole[1], left - 1), form)
        return filled.replace("{{", "{").replace("}}", "}")

    return write(kind, depth)

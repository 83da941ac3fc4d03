"""Each function: what it gives, what it refuses, what the check says of its type."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from catalog.expressions import (
    BOOLEAN,
    DATE,
    DATETIME,
    FUNCTIONS,
    INTEGER,
    MONEY,
    NUMBER,
    TEXT,
    EvaluationError,
    Type,
    list_of,
    nullable,
)
from catalog.values import Value
from tests.unit.catalog.expressions.samples import problems, type_of, value

WORKING: list[tuple[str, Value, Type]] = [
    ("all([true, order.urgent])", True, BOOLEAN),
    ("all([])", True, BOOLEAN),
    ("all(each.quantity > 1 for each in order.lines)", False, BOOLEAN),
    ("any(each.quantity > 1 for each in order.lines)", True, BOOLEAN),
    ("any([])", False, BOOLEAN),
    ("coalesce(order.note, 'none')", "none", TEXT),
    ("coalesce(order.note, null)", None, nullable(TEXT)),
    ("coalesce(order.count, 1 / 1)", 3, NUMBER),
    ("contains(order.number, '-')", True, BOOLEAN),
    ("date('2026-11-25')", date(2026, 11, 25), DATE),
    ("date(order.accepted)", date(2026, 11, 25), DATE),
    ("date(order.ordered)", date(2026, 11, 25), DATE),
    ("datetime('2026-11-25T10:00:00+02:00')", datetime(2026, 11, 25, 8, tzinfo=UTC), DATETIME),
    ("datetime('2026-11-25T08:00:00Z')", datetime(2026, 11, 25, 8, tzinfo=UTC), DATETIME),
    ("datetime(order.ordered)", datetime(2026, 11, 25, tzinfo=UTC), DATETIME),
    ("order.ordered + days(7)", date(2026, 12, 2), DATE),
    ("days(-1) + order.ordered", date(2026, 11, 24), DATE),
    ("order.accepted - days(1)", datetime(2026, 11, 24, 8, 30, tzinfo=UTC), DATETIME),
    ("order.ordered - date('2026-11-01')", 24, INTEGER),
    ("distinct([1, 2, 1])", (1, 2), list_of(INTEGER)),
    ("distinct([null, 'a', null])", (None, "a"), list_of(nullable(TEXT))),
    ("endswith(order.number, '1')", True, BOOLEAN),
    ("first(order.lines).product", "LAPTOP", nullable(TEXT)),
    ("first([each.product for each in order.lines if each.quantity > 9])", None, nullable(TEXT)),
    ("integer('12')", 12, INTEGER),
    ("integer(12.00)", 12, INTEGER),
    ("join([each.product for each in order.lines], ', ')", "LAPTOP, BAG", TEXT),
    ("join((each.product for each in order.lines), '+')", "LAPTOP+BAG", TEXT),
    ("last(each.product for each in order.lines)", "BAG", nullable(TEXT)),
    ("len(order.lines)", 2, INTEGER),
    ("len('straße')", 6, INTEGER),
    ("len(each for each in order.lines if each.action == 'add')", 1, INTEGER),
    ("lower('ABC')", "abc", TEXT),
    ("max(each.price for each in order.lines)", Decimal("600.00"), nullable(MONEY)),
    ("max(order.count, 2.5)", 3, NUMBER),
    ("max(order.total, 0)", Decimal("1299.00"), MONEY),
    ("min(order.ordered, date('2026-01-01'))", date(2026, 1, 1), DATE),
    ("min(each.quantity for each in order.lines if each.quantity > 9)", None, nullable(INTEGER)),
    ("number('12.50')", Decimal("12.50"), NUMBER),
    ("number(order.total)", Decimal("1299.00"), NUMBER),
    ("round(order.total / 7, 2)", Decimal("185.57"), MONEY),
    ("round(order.rate, 0)", Decimal(0), NUMBER),
    ("round(12.5)", 13, INTEGER),
    ("startswith(order.number, 'A')", True, BOOLEAN),
    ("sum(each.price * each.quantity for each in order.lines)", Decimal("1299.00"), MONEY),
    ("sum([])", 0, NUMBER),
    ("sum(each.quantity for each in order.lines)", 3, INTEGER),
    ("table('mbps', 'fast')", 50, INTEGER),
    ("table('carriers', upper('de'))", "DHL", TEXT),
    ("text(order.total)", "1299.00", TEXT),
    ("text(order.urgent)", "true", TEXT),
    ("text(order.accepted)", "2026-11-25T08:30:00Z", TEXT),
    ("upper(order.number + 'b')", "A-1B", TEXT),
]


@pytest.mark.parametrize(("source", "expected", "of"), WORKING, ids=[each[0] for each in WORKING])
def test_a_function_gives_its_value_of_its_type(source: str, expected: Value, of: Type) -> None:
    found = value(source)
    assert (found, str(found)) == (expected, str(expected))
    if source != "sum([])":
        assert type_of(source) == of


def test_every_function_is_shown_to_work() -> None:
    shown = {name for name in FUNCTIONS for source, _, _ in WORKING if f"{name}(" in source}
    assert sorted(shown) == list(FUNCTIONS)


FAILING = [
    ("len(1)", "A list is needed here, this is a number.", "`1` is an integer; a list or text is needed here."),
    ("all([1])", "True or false is needed here, this is a number.", "a list of booleans is needed here."),
    ("sum(['a'])", "A number is needed here, this is text.", "a list of numbers or money is needed here."),
    ("max([true])", "A boolean has no order with a boolean.", "a boolean has no order."),
    ("min(1, 'a')", "Text has no order with a number.", "have no common type."),
    ("min(2)", "A list is needed here, this is a number.", "`2` is an integer; a list is needed here."),
    ("join([1], ',')", "Text is needed here, this is a number.", "a list of text is needed here."),
    ("round('a')", "A number is needed here, this is text.", "`'a'` is text; a number or money is needed here."),
    ("round(1.5, 0.5)", "An integer is needed here, this number has a fraction.", "an integer is needed here."),
    ("upper(1)", "Text is needed here, this is a number.", "`1` is an integer; text is needed here."),
    ("contains(['a'], 'a')", "Text is needed here, this is a list.", "text is needed here."),
    ("date('2026-02-30')", "This text is not a date like 2026-11-25.", "This text is not a date like 2026-11-25."),
    ("date('20261125')", "This text is not a date like 2026-11-25.", "This text is not a date like 2026-11-25."),
    ("date(1)", "A text, date or datetime is needed here, this is a number.", "text, a date or a datetime is needed"),
    ("datetime('2026-11-25T08:00:00')", "This text is not a datetime with its offset", "This text is not a datetime"),
    ("datetime('0001-01-01T00:00:00+05:00')", "The date is out of bounds", "The date is out of bounds"),
    ("order.ordered + days(4000000)", "The date is out of bounds", ""),
    ("order.ordered + days(99999999)", "`days` takes at most 4,000,000 days.", ""),
    ("integer('1.5')", "An integer is needed here, this number has a fraction.", ""),
    ("number('abc')", "This text is not a number like 12.50.", ""),
    ("text([1])", "A scalar is needed here, this is a list.", "a scalar is needed here."),
    ("first(1)", "A list is needed here, this is a number.", "`1` is an integer; a list is needed here."),
    ("distinct([[1]])", "A scalar is needed here, this is a list.", "a list of scalars is needed here."),
    ("order.ordered + days('a')", "A number is needed here, this is text.", "an integer is needed here."),
    ("table('mbps', 'slow')", "The value table `mbps` has no 'slow'; it has 'fast', 'ultra'.", "`mbps` has no 'slow'."),
    (
        "table('mpbs', 'fast')",
        "There is no value table `mpbs`.",
        "There is no value table `mpbs`. Did you mean `mbps`?",
    ),
    ("table('mbps', true)", "A text, number, date or datetime is needed here", "a key of `mbps`, is needed here."),
    ("round(1, 2, 3)", "was given 3 arguments.", "`round` was given 3 arguments. It is called as"),
    ("upper()", "was given 0 arguments.", "`upper` was given 0 arguments."),
    ("coalesce(1)", "was given 1 argument", "`coalesce` was given 1 argument."),
]


@pytest.mark.parametrize(("source", "failure", "problem"), FAILING, ids=[each[0] for each in FAILING])
def test_a_function_refuses_what_does_not_fit(source: str, failure: str, problem: str) -> None:
    with pytest.raises(EvaluationError) as failed:
        value(source)
    assert failure in failed.value.message
    found = problems(source)
    assert problem in found[0] if problem else found == []


def test_coalesce_does_not_evaluate_what_it_does_not_need() -> None:
    assert value("coalesce(1, 1 / (order.count - 3))") == 1


def test_a_table_is_named_by_a_literal() -> None:
    assert problems("table(order.number, 'a')") == [
        "column 7: The value table is named by a text literal. Write `table('name', key)`."
    ]

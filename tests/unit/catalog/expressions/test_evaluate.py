"""Evaluation: operators on values, access through what is missing, failures with their column, bounds."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from catalog.expressions import EvaluationError, parse
from catalog.values import Value
from tests.unit.catalog.expressions.samples import value

VALUES: list[tuple[str, Value]] = [
    ("1 < 2 <= 2 < 3", True),
    ("1 < 3 < 2", False),
    ("'a' < 'b'", True),
    ("order.ordered < date('2027-01-01')", True),
    ("order.number == null", False),
    ("order.note != null", False),
    ("order.note == 'a'", False),
    ("'a' in ['a', null]", True),
    ("null in ['a', null]", True),
    ("2 not in [1, 2.0]", False),
    ("not (true and false) or 1 / 0 > 1", True),
    ("false and 1 / 0 > 1", False),
    ("1 if order.urgent else 1 / 0", 1),
    ("order.missing", None),
    ("order.missing.deeper", None),
    ("order.missing[0]", None),
    ("order.lines[0].product", "LAPTOP"),
    ("order.lines[-1]['product']", "BAG"),
    ("order.lines[2]", None),
    ("order.lines[-3]", None),
    ("response['track' + 'ingNumber']", "TN"),
    ("[each.product for each in order.lines if each.quantity > 1 if each.serial != null]", ("LAPTOP",)),
    ("[[inner * each for inner in [1, 2]] for each in [3, 4]]", ((3, 6), (4, 8))),
    ("{'id': response['items'][0].id, 'all': [1]}", {"id": "T-7", "all": (1,)}),
]


@pytest.mark.parametrize(("source", "expected"), VALUES, ids=[each[0] for each in VALUES])
def test_an_expression_gives_its_value(source: str, expected: Value) -> None:
    assert value(source) == expected


FAILURES = [
    ("1 + ordr.total", 5, "There is no `ordr` here."),
    ("1 < order.note", 1, "A number has no order with null."),
    ("order.note <= 1", 1, "A number has no order with null."),
    ("order.number == 1", 1, "Text cannot be compared with a number."),
    ("order.number in [1]", 1, "Text cannot be compared with a number."),
    ("order.lines == [1]", 1, "A list cannot be compared as a whole."),
    ("true < false", 1, "A boolean has no order with a boolean."),
    ("order.ordered < order.accepted", 1, "A date has no order with a datetime."),
    ("true and order.gift", 10, "True or false is needed here, this is null."),
    ("not order.count", 5, "True or false is needed here, this is a number."),
    ("1 if 'a' else 2", 6, "True or false is needed here, this is text."),
    ("'a' + 1", 1, "`+` does not work on text and a number."),
    ("'a' * 3", 1, "`*` does not work on text and a number."),
    ("[1] + [2]", 1, "`+` does not work on a list and a list."),
    ("order.accepted - order.accepted", 1, "`-` does not work on a datetime and a datetime."),
    ("days(1) - order.ordered", 1, "`-` does not work on a number of `days` and a date."),
    ("-'a'", 2, "A number is needed here, this is text."),
    ("order.number.x", 1, "Text has no field `x`."),
    ("order.number[0]", 1, "A list is needed here, this is text."),
    ("order.lines['a'].b", 1, "A list has no field `a`."),
    ("order.lines[order.number]", 13, "A number is needed here, this is text."),
    ("'a' in 'abc'", 8, "A list is needed here, this is text."),
    ("[x for x in order]", 13, "A list is needed here, this is a record."),
    ("[x for x in [1] if x]", 20, "True or false is needed here, this is a number."),
    ("days(3)", 1, "`days(n)` is no value of its own; add it to a date or datetime."),
    ("[[days(3)]]", 1, "`days(n)` is no value of its own; add it to a date or datetime."),
]


@pytest.mark.parametrize(("source", "column", "message"), FAILURES, ids=[each[0] for each in FAILURES])
def test_a_failure_says_what_and_in_which_column(source: str, column: int, message: str) -> None:
    with pytest.raises(EvaluationError) as failed:
        value(source)
    assert (failed.value.column, failed.value.message) == (column, message)
    assert failed.value.caret().split("\n")[0] == source


def test_lists_of_json_data_are_lists() -> None:
    data: dict[str, object] = {"items": [1, 2]}
    assert parse("sum(x.items) + x.items[1]").evaluate({"x": data}) == 5  # type: ignore[dict-item]


def test_a_datetime_without_offset_is_refused() -> None:
    naive = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(EvaluationError, match="A datetime without offset has no order with a datetime"):
        parse("x < datetime('2026-01-01T00:00:00Z')").evaluate({"x": naive})


def test_values_given_are_left_as_they_are() -> None:
    names: dict[str, Value] = {"xs": (1, 2, 3)}
    assert parse("[each for each in xs if each > 1]").evaluate(names) == (2, 3)
    assert names == {"xs": (1, 2, 3)}


BOUNDS = [
    ("[[a for b in xs] for a in xs]", "more than 1,000,000 steps"),
    ("[a for a in xs if a in xs]", "more than 1,000,000 steps"),
    ("join([word for a in xs], word)", "more than 100,000 characters"),
    ("half + half", "more than 100,000 characters"),
    ("[half + 'a' for a in xs]", "more than 1,000,000 steps"),
    ("[lower(half) for a in xs]", "more than 1,000,000 steps"),
    ("[contains(half, 'b') for a in xs]", "more than 1,000,000 steps"),
    ("[xs for a in some]", "more than 100,000 values"),
    ("{'a': [{'b': xs} for a in some]}", "more than 100,000 values"),
]


@pytest.mark.parametrize(("source", "words"), BOUNDS, ids=[each[0] for each in BOUNDS])
def test_work_texts_and_results_are_bounded(source: str, words: str) -> None:
    many: dict[str, Value] = {
        "xs": tuple(range(2000)),
        "some": tuple(range(60)),
        "word": "w" * 60,
        "half": "a" * 60_000,
    }
    with pytest.raises(EvaluationError, match=words):
        parse(source).evaluate(many)


def test_thousands_of_lines_are_within_bounds() -> None:
    lines: Value = tuple({"quantity": number, "code": f"P{number}"} for number in range(10_000))
    source = "sum(each.quantity for each in lines if each.quantity % 2 == 0 and startswith(each.code, 'P'))"
    assert parse(source).evaluate({"lines": lines}) == 24_995_000


def test_a_remainder_is_exact_however_long_the_quotient() -> None:
    assert parse("big % 0.04").evaluate({"big": Decimal("9E+26")}) == 0
    assert parse("big % 0.07").evaluate({"big": Decimal("1E+26")}) == Decimal(10**28 % 7) / 100

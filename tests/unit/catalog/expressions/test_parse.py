"""Reading a source: literals, names, what it refers to, and that the result is a value."""

from __future__ import annotations

import pickle
from decimal import Decimal

import pytest

from catalog.expressions import ExpressionError, parse
from catalog.values import Value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("true", True),
        ("True", True),
        ("false", False),
        ("False", False),
        ("null", None),
        ("None", None),
        ("12", 12),
        ("12.50", Decimal("12.50")),
        ("'it''s'".replace("''", "\\'"), "it's"),
        (r'"a\n\x41\u00e9"', "a\nAé"),
        ("[1, 'a'][1]", "a"),
        ("{'key': 1, 'other key': [2]}", {"key": 1, "other key": (2,)}),
        ("[]", ()),
        ("{}", {}),
    ],
)
def test_literals_and_displays_are_values(source: str, expected: Value) -> None:
    found = parse(source).evaluate({})
    assert found == expected
    assert type(found) is type(expected)


def test_a_decimal_keeps_the_digits_of_the_source_even_after_wide_characters() -> None:
    assert str(parse("{'Größe €': 'ä', 'x': 0.10}.x").evaluate({})) == "0.10"
    assert str(parse("0.123456789012345678901234567").evaluate({})) == "0.123456789012345678901234567"


def test_line_breaks_and_blanks_are_blanks() -> None:
    assert parse("  1\n + 2\t\r\n").evaluate({}) == 3


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("order.total > 3 and order.total < order.limit", ("order.limit", "order.total")),
        ("steps.shipping.ship.tracking", ("steps.shipping.ship.tracking",)),
        ("response['items'][0].id", ("response.items",)),
        ("response.parts[order.index]", ("order.index", "response.parts")),
        ("response['two words'].x", ("response",)),
        ("[each.quantity for each in order.lines if each.code == line.code]", ("line.code", "order.lines")),
        ("table('speeds', source.speed)", ("source.speed",)),
        ("true and null is null", ()),
    ],
)
def test_references_are_the_longest_static_paths(source: str, expected: tuple[str, ...]) -> None:
    assert parse(source).references == expected


def test_the_tables_looked_up_are_known() -> None:
    assert parse("[table('b', 1), table('a', table('b', 2))]").tables == ("a", "b")


def test_an_expression_is_a_value() -> None:
    expression = parse("order.total")
    assert parse("order.total") is expression
    assert pickle.loads(pickle.dumps(expression)) == expression  # noqa: S301  # our own bytes
    assert hash(expression) == hash(parse("order.total"))
    assert expression.source == "order.total"
    assert repr(expression) == "parse('order.total')"
    with pytest.raises(AttributeError):
        expression.source = "other"  # type: ignore[misc]


def test_a_comprehension_variable_ends_with_its_comprehension() -> None:
    assert parse("[x for x in [1]] == null or x").references == ("x",)


@pytest.mark.parametrize("source", ["x is null", "x == null", "null == x", "x is None", "not x is not null"])
def test_null_is_tested_in_several_spellings(source: str) -> None:
    assert parse(source).evaluate({"x": None}) is True
    assert parse(source).evaluate({"x": 0}) is False


def test_a_refusal_has_its_column_hint_and_caret() -> None:
    with pytest.raises(ExpressionError) as refused:
        parse("order.total\n  = 3")
    assert refused.value.column == 15
    assert refused.value.hint == "Equality is written `==`."
    assert refused.value.caret() == "  = 3\n  ^"

"""Null is declared, never silent: a value that may be null needs a default or a guard (`domain.md` X2)."""

from __future__ import annotations

import pytest

from catalog.expressions import BOOLEAN, Scope, check, list_of, nullable, parse, record_of
from catalog.expressions.types import INTEGER, TEXT
from tests.unit.catalog.expressions.samples import problems

GUARDED = [
    "order.note is not null and order.note == 'a'",
    "order.note != null and order.note == 'a'",
    "order.note is not null and order.urgent and order.note == 'a'",
    "order.note is null or order.note == 'a'",
    "not (order.note is null) and order.note == 'a'",
    "not (order.note is not null) or order.note == 'a'",
    "len(order.note) > 3 if order.note is not null else false",
    "false if order.note is null else len(order.note) > 3",
    "order.urgent or order.note is null or order.note == 'a'",
    "(order.note is null or order.gift is null) or (order.gift and order.note == 'a')",
    "not (order.note is null or order.gift is null) and order.gift and order.note == 'a'",
    "(order.note is not null and order.urgent or order.note != null) and order.note == 'a'",
    "coalesce(order.note, '') == 'a'",
    "coalesce(order.note, order.number) == 'a'",
    "order.note == null",
    "null != order.note",
    "order.note is null",
    "asset is not null and asset.speed == 'fast'",
    "asset.speed is not null and asset.speed == 'fast' and asset.serial == 'a'",
    "order.lines[0].product is not null and order.lines[0].product == 'a' and order.lines[0].quantity > 1",
    "response.a.b is not null and response.a.b > 3",
    "sum(each.weight for each in order.lines if each.weight is not null) > 3",
    "sum(each.weight for each in order.lines if each.weight is not null if each.weight > 1) > 3",
    "sum(each for each in [each.weight for each in order.lines] if each is not null) > 3",
    "any(coalesce(each.serial, '') == 'a' for each in order.lines)",
    "coalesce(max(each.quantity for each in order.lines), 0) > 3",
]


@pytest.mark.parametrize("source", GUARDED)
def test_a_guard_or_default_is_enough(source: str) -> None:
    assert problems(source, BOOLEAN) == []


UNGUARDED = [
    ("order.note == 'a'", "order.note"),
    ("order.note != 'a'", "order.note"),
    ("'a' < order.note", "order.note"),
    ("order.note in ['a']", "order.note"),
    ("order.number in [order.note]", "order.note"),
    ("order.gift and order.urgent", "order.gift"),
    ("not order.gift", "order.gift"),
    ("order.due + days(1) > order.ordered", "order.due"),
    ("len(order.note) > 1", "order.note"),
    ("order.note + 'a' == 'b'", "order.note"),
    ("-first([1]) > 0", "first([1])"),
    ("order.note is not null or order.note == 'a'", "order.note"),
    ("order.note is null and order.note == 'a'", "order.note"),
    ("(order.urgent or order.note is not null) and order.note == 'a'", "order.note"),
    ("order.note == 'a' if order.note is null else true", "order.note"),
    ("not (order.note is not null and order.urgent) and order.note == 'a'", "order.note"),
    ("order.note is not null and order.due > order.ordered", "order.due"),
    ("(order.note is not null) == (order.note == 'a')", "order.note"),
    ("asset.speed == 'fast'", "asset.speed"),
    ("response.a is not null and response.a.b > 3", "response.a.b"),
    ("response.ok", "response.ok"),
    ("any(each.serial == 'a' for each in order.lines)", "each.serial"),
    ("order.lines[0].quantity > 1", "order.lines[0].quantity"),
    ("any(x.weight > 1 for x in order.lines if any(y.weight is not null for y in order.lines))", "x.weight"),
    ("max(each.quantity for each in order.lines) > 3", "max(each.quantity for each in order.lines)"),
    ("coalesce(order.note, null) == 'a'", "coalesce(order.note, null)"),
]


@pytest.mark.parametrize(("source", "culprit"), UNGUARDED, ids=[each[0] for each in UNGUARDED])
def test_a_value_that_may_be_null_is_reported_where_it_is_used(source: str, culprit: str) -> None:
    found = problems(source, BOOLEAN)
    assert len(found) == 1, found
    assert f": `{culprit}` may be null. Give a default, `coalesce({culprit}, " in found[0]


@pytest.mark.parametrize("source", ["null + 1 == 1", "null < 1", "null and true", "len(null) > 1", "'a' in null"])
def test_null_itself_is_no_operand(source: str) -> None:
    assert "`null` cannot be used here. Test for it with `is null`." in problems(source, BOOLEAN)[0]


def test_items_that_may_be_null_are_reported_with_a_way_to_leave_them_out() -> None:
    (found,) = problems("sum(each.weight for each in order.lines)")
    assert found == (
        "column 4: Items of `(each.weight for each in order.lines)` may be null. "
        "Leave null out: add `if each.weight is not null` at its end."
    )
    scope = Scope((("xs", list_of(nullable(INTEGER))),))
    (problem,) = check(parse("sum(xs)"), scope).issues
    assert problem.hint == "Leave null out: `[each for each in xs if each is not null]`."


def test_a_guard_outside_does_not_speak_for_a_variable_of_the_same_name() -> None:
    scope = Scope((("xs", list_of(nullable(TEXT))), ("r", record_of((("x", nullable(TEXT)),)))))
    source = "[x for x in xs if x is not null] is not null and any(x == 'a' for x in xs)"
    assert [problem.column for problem in check(parse(source), scope).issues] == [54]

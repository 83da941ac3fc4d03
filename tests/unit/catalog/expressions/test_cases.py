"""What is told of a condition without any value to read: that it is always true, always false, or depends."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.expressions import (
    BOOLEAN,
    DATE,
    INTEGER,
    NUMBER,
    TEXT,
    EvaluationError,
    Scope,
    can_hold,
    choice,
    compared_paths,
    constant,
    list_of,
    nullable,
    parse,
    record_of,
)
from catalog.values import Value
from tests.unit.catalog.expressions import samples
from tests.unit.catalog.expressions.sources import SCOPE, TABLES, orders, sources

ORDER = record_of(
    (
        ("flag", BOOLEAN),
        ("gift", nullable(BOOLEAN)),
        ("kind", choice("a", "b", "c")),
        ("size", choice("s", "m", nullable=True)),
        ("note", nullable(TEXT)),
        ("name", TEXT),
        ("count", INTEGER),
        ("rate", NUMBER),
        ("due", nullable(DATE)),
        ("tags", list_of(TEXT)),
    )
)
HERE = Scope((("order", ORDER),))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("true", True),
        ("1 + 1 == 3", False),
        ("order.kind == 'a' and order.kind == 'b'", False),
        ("order.kind == 'a' or order.kind == 'b' or order.kind == 'c'", True),
        ("order.kind in ['a', 'b', 'c']", True),
        ("order.kind == 'a' or order.kind == 'b'", None),
        ("order.size == 's' or order.size == 'm'", None),
        ("order.size is null or order.size == 's' or order.size == 'm'", True),
        ("order.name == 'x' and order.name == 'y'", False),
        ("order.name != 'x' or order.name != 'y'", True),
        ("order.name < '' ", False),
        ("order.name > 'x' and order.name < 'y'", None),
        ("order.count > 3 and order.count < 4", False),
        ("order.rate > 3 and order.rate < 4", None),
        ("order.rate > 4 and order.rate < 3", False),
        ("0 < order.count < 1", False),
        ("order.count == 1.5", False),
        ("order.due > date('2026-01-01') and order.due < date('2026-01-02')", None),
        (
            "order.due is not null and order.due > date('2026-01-01') and order.due < date('2026-01-02')",
            False,
        ),
        ("order.flag is null", False),
        ("order.gift is not null", None),
        ("order.note is null and order.note == 'x'", False),
        ("coalesce(order.note, 'x') == 'x' and coalesce(order.note, 'x') == 'y'", False),
        ("coalesce(order.note, '') is null", False),
        ("order.flag or not order.flag", True),
        ("not (order.flag and not order.flag)", True),
        ("true if order.flag else true", True),
        ("true if order.flag else false", None),
        ("any(each == 'x' for each in order.tags) and false", False),
        ("any(each == 'x' for each in order.tags) or order.flag", None),
        ("order.name == order.note and order.name != order.note", None),
        ("upper(order.name) == 'x'", None),
        ("order.lost == 'a' and order.lost == 'b'", None),
        ("1 / 0 == 1", None),
        ("len([[1 for b in [1, 2, 3]] for a in [1, 2]]) == 2", True),
    ],
)
def test_a_condition_is_constant_where_every_case_says_the_same(source: str, expected: bool | None) -> None:
    assert constant(parse(source), HERE) is expected


def test_what_a_system_answered_may_be_anything() -> None:
    assert constant(parse("response.status == 'a' and response.status == 1"), samples.SCOPE) is None
    assert constant(parse("asset is null and asset is not null"), samples.SCOPE) is False


def test_a_condition_with_very_many_cases_is_left_open() -> None:
    names = [f"x{at}" for at in range(12)]
    scope = Scope(tuple((name, TEXT) for name in names))
    wide = " and ".join(f"({name} == 'a' or {name} == 'b')" for name in names)
    assert constant(parse("(x0 == 'a' or x0 == 'b') and x0 == 'c'"), scope) is False
    assert constant(parse(f"({wide}) or not ({wide})"), scope) is None


def test_a_part_that_takes_many_steps_is_left_open() -> None:
    many = ", ".join("1" * 60)
    assert constant(parse(f"len([[1 for b in [{many}]] for a in [{many}]]) == 60"), HERE) is None


def test_two_conditions_can_be_true_together_or_exclude_each_other() -> None:
    over, under, other = (parse(f"order.count {each}") for each in ("> 1", "< 5", "> 7"))
    assert can_hold((over, under), HERE)
    assert not can_hold((under, other), HERE)
    assert can_hold((over, parse("order.kind == 'a'")), HERE)
    assert compared_paths(parse("order.count > 1 and len(order.name) > 2 or order.flag")) == (
        "order.count",
        "order.flag",
    )


ATOMS = (
    "order.flag",
    "(order.gift is null)",
    "coalesce(order.gift, false)",
    "(order.kind == 'a')",
    "(order.kind in ['b', 'c'])",
    "(order.size == 's')",
    "(order.size is not null)",
    "(order.note == 'x')",
    "(order.note is null)",
    "(coalesce(order.note, 'y') >= 'y')",
    "(order.name <= 'x')",
    "(order.name != 'x')",
    "(1 < order.count < 4)",
    "(order.count == 2)",
    "(order.rate >= 1.5)",
    "(order.rate < 1.50)",
    "(coalesce(order.due, date('2026-01-01')) > date('2026-01-01'))",
    "(order.due is null)",
    "(order.name == coalesce(order.note, 'x'))",
    "(len(order.tags) > 0)",
    "(1 / order.count > 0)",
    "true",
)
VALUES: dict[str, tuple[Value, ...]] = {
    "flag": (True, False),
    "gift": (True, False, None),
    "kind": ("a", "b", "c"),
    "size": ("s", "m", None),
    "note": (None, "", "x", "y", "z"),
    "name": ("", "w", "x", "x1"),
    "count": (-1, 0, 1, 2, 3, 4, 5),
    "rate": (Decimal("1.49"), Decimal("1.5"), 2),
    "due": (None, date(2026, 1, 1), date(2026, 1, 2)),
    "tags": ((), ("x",)),
}


def conditions(atoms: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(atoms),
        lambda inner: st.one_of(
            inner.map("(not {})".format),
            st.tuples(inner, st.sampled_from(("and", "or")), inner).map(lambda parts: f"({' '.join(parts)})"),
            st.tuples(inner, inner, inner).map(lambda parts: "({} if {} else {})".format(*parts)),
        ),
        max_leaves=8,
    )


def given_value(source: str, order: dict[str, Value]) -> bool | None:
    try:
        return parse(source).evaluate({"order": order}) is True
    except EvaluationError:
        return None


@given(conditions(ATOMS), st.fixed_dictionaries({name: st.sampled_from(each) for name, each in VALUES.items()}))
@example("(order.note == 'x' and order.note is null)", dict.fromkeys(VALUES))
def test_a_constant_condition_has_no_other_value_whatever_it_reads(source: str, order: dict[str, Value]) -> None:
    told = constant(parse(source), HERE)
    assert told is None or given_value(source, order) in (told, None)


FINITE = tuple(each for each in ATOMS if any(name in each for name in ("flag", "gift", "kind", "size")))


@given(conditions(FINITE))
def test_over_choices_and_booleans_every_constant_condition_is_found(source: str) -> None:
    names = ("flag", "gift", "kind", "size")
    found = {
        given_value(source, dict(zip(names, values, strict=True)))
        for values in product(*(VALUES[name] for name in names))
    }
    assert constant(parse(source), HERE) is (found.pop() if len(found) == 1 else None)


@given(sources("boolean", 3), orders())
def test_no_condition_of_the_language_is_told_to_be_what_it_is_not(source: str, names: dict[str, Value]) -> None:
    told = constant(parse(source), SCOPE)
    try:
        found = parse(source).evaluate(names, TABLES)
    except EvaluationError:
        return
    assert told in (None, found)

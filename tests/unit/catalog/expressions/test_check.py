"""The check at load: names, fields, functions and types; all problems in one pass (`domain.md` X1)."""

from __future__ import annotations

import pytest

from catalog.expressions import (
    ANYTHING,
    BOOLEAN,
    DATE,
    INTEGER,
    MONEY,
    NUMBER,
    TEXT,
    ListType,
    Scope,
    Type,
    check,
    choice,
    describe,
    joined,
    list_of,
    nullable,
    parse,
    record_of,
    scalar,
)
from catalog.values import ValueType
from tests.unit.catalog.expressions.samples import LINE, SCOPE, problems, type_of

TYPES: list[tuple[str, Type]] = [
    ("1 + 2", INTEGER),
    ("order.count + 0.5", NUMBER),
    ("order.count / 2", NUMBER),
    ("order.count // 2", INTEGER),
    ("-order.total", MONEY),
    ("order.total * order.rate", MONEY),
    ("order.count * order.total", MONEY),
    ("order.total + order.total", MONEY),
    ("order.total + 10", MONEY),
    ("order.total / order.count", MONEY),
    ("order.total / order.total", NUMBER),
    ("order.number + ' ' + order.lines[0].product if order.lines[0].product is not null else ''", TEXT),
    ("order.lines", list_of(LINE)),
    ("order.lines[0]", nullable(LINE)),
    ("order.lines[0].action", choice("add", "amend", "cancel", nullable=True)),
    ("[each.quantity for each in order.lines]", list_of(INTEGER)),
    ("order.due", nullable(DATE)),
    ("order.total if order.urgent else 0", MONEY),
    ("order.count if order.urgent else null", nullable(INTEGER)),
    ("{'a': 1, 'b': order.due}", record_of((("a", INTEGER), ("b", nullable(DATE))))),
    ("response.any['thing'][0]", ANYTHING),
    ("order.number == 'A' and 1 < order.count <= 3", BOOLEAN),
    ("[1, 2.5]", list_of(NUMBER)),
    ("asset.speed", choice("fast", "ultra", nullable=True)),
]


@pytest.mark.parametrize(("source", "expected"), TYPES, ids=[each[0] for each in TYPES])
def test_a_sound_expression_has_its_type(source: str, expected: Type) -> None:
    assert type_of(source) == expected


PROBLEMS = [
    ("ordr.total", "column 1: There is no `ordr` here. Did you mean `order`? In reach: `asset`, `order`, `response`."),
    ("1 + order.totl", "column 5: `order` has no field `totl`. Did you mean `total`? Its fields: "),
    ("len(order.lines) + sume([1])", "column 20: There is no function `sume`. Did you mean `sum`? Functions: `all`, "),
    (
        "order.number < 3",
        "column 16: `order.number` is text and cannot be compared with an integer. Convert the text: ",
    ),
    ("order.ordered == '2026-01-01'", "column 18: `order.ordered` is a date and cannot be compared with text."),
    ("order.ordered < order.accepted", "Take its day: `date(order.accepted)`."),
    ("order.total > order.rate", "Take the bare number: `number(order.total)`."),
    ("order.urgent < true", "column 1: `order.urgent` is a boolean, which has no order."),
    ("order.lines == []", "cannot be compared with a list. Compare single values."),
    ("order.number + 1", "column 1: `+` does not work on text and an integer. Make it text with `text(1)`."),
    ("order.total + order.rate", "Declare both as money, or take `number(order.total)`."),
    ("order.total * order.total", "Take one of them as a number: `number(order.total)`."),
    ("order.rate / order.total", "`/` does not work on a number and money."),
    ("order.total // 2", "`//` does not work on money and an integer."),
    ("order.ordered + 3", "Move dates with `days(3)`."),
    ("order.accepted - order.ordered", "Days are counted between dates: take `date(...)` of both."),
    ("coalesce(response.x, 1) + true", "`+` does not work on a value of unknown type and a boolean."),
    ("order.count / 0", "column 15: Division by zero."),
    ("order.count and true", "column 1: `order.count` is an integer; a boolean is needed here. Write a comparison."),
    ("not order.number", "column 5: `order.number` is text; a boolean is needed here."),
    ("1 if order.lines else 2", "column 6: `order.lines` is a list of records; a boolean is needed here."),
    ("1 if order.urgent else 'a'", "column 1: The two results are an integer and text; they need one type."),
    ("[1, 'a']", "column 5: `'a'` is text; the items before are an integer."),
    ("-order.number", "column 2: `order.number` is text; a number or money is needed here."),
    ("order.lines.quantity", "Read it from every item: `[each.quantity for each in order.lines]`."),
    ("order.number.length", "column 1: `order.number` is text; a record is needed here."),
    ("order.number[0]", "column 1: `order.number` is text; a list is needed here."),
    ("order.lines[order.number]", "column 13: `order.number` is text; an integer is needed here."),
    ("order[order.number]", "column 7: A field of a record is named by a text literal."),
    (
        "'a' in order.number",
        "column 8: `order.number` is text; a list is needed here. Write `contains(order.number, 'a')`.",
    ),
    ("order.count in ['a']", "column 17: `order.count` is an integer and cannot be compared with text."),
    ("[x for x in order.count]", "column 13: `order.count` is an integer; a list is needed here."),
    ("[x for x in order.lines if x.quantity]", "column 28: `x.quantity` is an integer; a boolean is needed here."),
    ("[order for order in [1]]", "column 1: `order` is already in reach here."),
    ("days(3)", "column 1: `days(3)` is a number of `days`; a value is needed here. Add it to a date or datetime."),
    (
        "asset.speed is not null and asset.speed == 'fst'",
        "column 44: `asset.speed` is never 'fst'. Did you mean `fast`?",
    ),
    ("'fst' in [each.action for each in order.lines]", "column 1: `[each.action for each in order.lines]` is never"),
    ("any(each.action in ['add', 'ad'] for each in order.lines)", "column 28: `each.action` is never 'ad'."),
    ("any(each.action < 'add' for each in order.lines)", "which has no order. Compare with `==`, `!=` or `in`."),
]


@pytest.mark.parametrize(("source", "expected"), PROBLEMS, ids=[each[0] for each in PROBLEMS])
def test_a_problem_says_what_where_and_what_next(source: str, expected: str) -> None:
    found = problems(source)
    assert len(found) == 1, found
    assert expected in found[0]


def test_all_problems_are_reported_in_one_pass_by_column() -> None:
    found = problems("ordr.x + order.totl > 3 and foo(order.note) or order.count")
    assert [problem.split(":")[0] for problem in found] == ["column 1", "column 10", "column 29", "column 48"]


EXPECTED: list[tuple[str, Type, str]] = [
    ("order.count", NUMBER, ""),
    ("order.count", TEXT, "`order.count` is an integer; text is needed here. Make it text with `text(...)`."),
    ("order.rate", INTEGER, "`order.rate` is a number; an integer is needed here. Make it whole with `round(...)`."),
    ("order.total", NUMBER, "money; a number is needed here. Take the bare number with `number(...)`."),
    ("order.rate", MONEY, "`order.rate` is a number; money is needed here."),
    ("12.50", MONEY, ""),
    ("-(12 * 3)", MONEY, ""),
    ("order.total > 3", BOOLEAN, ""),
    ("order.total", BOOLEAN, "`order.total` is money; a boolean is needed here. Write a comparison."),
    ("1", BOOLEAN, "`1` is an integer; a boolean is needed here. Write `true` or `false`."),
    ("order.gift", BOOLEAN, "`order.gift` may be null. Give a default, `coalesce(order.gift, false)`, or test"),
    (
        "response.ok",
        BOOLEAN,
        "Give a default, `coalesce(response.ok, false)`, or test `response.ok is not null` first.",
    ),
    ("coalesce(response.ok, false)", BOOLEAN, ""),
    ("null", BOOLEAN, "`null` cannot be used here."),
    ("null", nullable(TEXT), ""),
    ("order.note", nullable(TEXT), ""),
    ("'fast'", choice("fast", "ultra"), ""),
    ("'fast' if order.urgent else 'ultra'", choice("fast", "ultra"), ""),
    ("'fast' if order.urgent else 'slow'", choice("fast", "ultra"), "'slow' is not among the choices. Choices: `fast`"),
    ("order.number", choice("fast", "ultra"), "Map it with a value table, or name the choices with `if` and `else`."),
    ("order.number", scalar(ValueType.CHOICE), ""),
    ("coalesce(asset.speed, 'fast')", choice("fast", "ultra"), ""),
    ("asset.speed", choice("fast", nullable=True), "'ultra' is not among the choices."),
    ("asset.speed", nullable(TEXT), ""),
    ("[each.quantity for each in order.lines]", list_of(NUMBER), ""),
    ("[each.weight for each in order.lines]", list_of(NUMBER), "is a list of numbers or null; a list of numbers is"),
    ("[]", list_of(DATE), ""),
    ("{'a': 1}", record_of((("a", NUMBER),)), ""),
    ("{'a': 1}", record_of((("a", NUMBER), ("b", TEXT))), "`{'a': 1}` is a record; a record is needed here."),
    ("order.number", ANYTHING, ""),
]


@pytest.mark.parametrize(
    ("source", "expected", "problem"), EXPECTED, ids=[f"{each[0]}-{describe(each[1])}" for each in EXPECTED]
)
def test_a_result_must_fit_where_it_is_wanted(source: str, expected: Type, problem: str) -> None:
    found = problems(source, expected)
    assert problem in found[0] if problem else found == []


def test_an_expression_without_problems_is_ok() -> None:
    assert check(parse("order.count > 3"), SCOPE, BOOLEAN).ok
    assert not check(parse("order.count"), SCOPE, BOOLEAN).ok


def test_a_scope_can_be_extended() -> None:
    scope = SCOPE.extended((("line", LINE), ("response", TEXT)))
    assert check(parse("line.quantity > 1 and response == 'a'"), scope, BOOLEAN).issues == ()
    assert [name for name, _ in SCOPE.names] == ["order", "asset", "response"]


def test_nothing_in_reach_is_said_so() -> None:
    assert "In reach: nothing." in str(check(parse("x"), Scope()).issues[0])


def test_types_are_hashable_values() -> None:
    assert len({TEXT, nullable(TEXT), LINE, list_of(LINE), choice("a"), ANYTHING}) == 6
    assert joined(list_of(INTEGER), ListType(NUMBER)) == list_of(NUMBER)
    assert joined(TEXT, DATE) is None

"""What people read when an expression is wrong: message, way out, and a caret under the column."""

from __future__ import annotations

import pytest

from catalog.expressions import EvaluationError, ExpressionError, caret, check, parse
from tests.unit.catalog.expressions.samples import NAMES, SCOPE


def _shown(source: str) -> str:
    return "\n".join(f"{problem}\n{problem.caret(source)}" for problem in check(parse(source), SCOPE).issues)


def test_problems_of_a_check_read_well() -> None:
    source = "order.totl > 3 and order.note == 'gift'"
    assert _shown(source) == (
        "column 1: `order` has no field `totl`. Did you mean `total`? Its fields: `accepted`, `count`, `due`, `gift`, "
        "`lines`, `note`, `number`, `ordered`, `rate`, `total`, `urgent`.\n"
        "order.totl > 3 and order.note == 'gift'\n"
        "^\n"
        "column 20: `order.note` may be null. Give a default, `coalesce(order.note, '')`, or test `order.note is not "
        "null` first.\n"
        "order.totl > 3 and order.note == 'gift'\n"
        "                   ^"
    )


def test_a_choice_that_does_not_exist_reads_well() -> None:
    source = "any(each.action == 'ammend' for each in order.lines)"
    assert _shown(source) == (
        "column 20: `each.action` is never 'ammend'. Did you mean `amend`? Its choices: `add`, `amend`, `cancel`.\n"
        "any(each.action == 'ammend' for each in order.lines)\n"
        "                   ^"
    )


def test_a_refused_source_reads_well() -> None:
    with pytest.raises(ExpressionError) as refused:
        parse("order.total > 3 && order.urgent")
    assert f"{refused.value}\n{refused.value.caret()}" == (
        "column 17: `&&` is not part of the language. Write `and`.\norder.total > 3 && order.urgent\n                ^"
    )


def test_a_failed_evaluation_reads_well() -> None:
    with pytest.raises(EvaluationError) as failed:
        parse("order.urgent and\norder.note > 'a'").evaluate(NAMES)
    assert f"{failed.value}\n{failed.value.caret()}" == ("column 18: Text has no order with null.\norder.note > 'a'\n^")


def test_a_long_line_is_cut_around_the_caret() -> None:
    shown, mark = caret("a" * 500 + "X" + "b" * 500, 501).split("\n")
    assert len(shown) == 100
    assert shown[mark.index("^")] == "X"


def test_a_column_after_the_end_still_has_its_caret() -> None:
    assert caret("a +", 4) == "a +\n   ^"
    assert caret("", 1) == "\n^"


def test_many_names_are_not_all_listed() -> None:
    scope = SCOPE.extended((f"name{number}", SCOPE.names[0][1]) for number in range(40))
    (problem,) = check(parse("nothing"), scope).issues
    assert problem.hint.endswith("and 13 more.")

"""Numbers are exact decimals as written, whatever the thread's decimal context says (`domain.md` C1)."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Context, Decimal, FloatOperation, Inexact, InvalidOperation, localcontext

import pytest

from catalog.expressions import EvaluationError, parse
from catalog.values import Value

SUMS = [
    ("0.1 + 0.2", "0.3"),
    ("0.1 * 3 == 0.3", "True"),
    ("1.10 + 1", "2.10"),
    ("2 + 3", "5"),
    ("7 / 2", "3.5"),
    ("6 / 2", "3"),
    ("1 / 3", "0.3333333333333333333333333333"),
    ("2 / 3", "0.6666666666666666666666666667"),
    ("7 // 2", "3"),
    ("-7 // 2", "-4"),
    ("-7.0 // 2", "-4"),
    ("7.5 // -2", "-4"),
    ("-7 % 3", "2"),
    ("-7.5 % 3", "1.5"),
    ("7.5 % -3", "-1.5"),
    ("-0.0", "0.0"),
    ("0 * -1.5", "0.0"),
    ("round(2.5)", "3"),
    ("round(-2.5)", "-3"),
    ("round(2.675, 2)", "2.68"),
    ("round(-2.675, 2)", "-2.68"),
    ("round(5, 2)", "5.00"),
    ("round(-0.001, 2)", "0.00"),
    ("9999999999999999999999999999 - 1", "9999999999999999999999999998"),
    ("1.000000000000000000000000001 * 1.000000000000000000000000001", "1.000000000000000000000000002"),
    ("0.1 < 0.10000000000000000000000001", "True"),
    ("text(1000000.0 * 1000000)", "1000000000000.0"),
]


@pytest.mark.parametrize(("source", "expected"), SUMS)
def test_arithmetic_is_exact(source: str, expected: str) -> None:
    assert str(parse(source).evaluate({})) == expected


def _all() -> list[tuple[str, Value]]:
    return [(source, parse(source).evaluate({})) for source, _ in SUMS]


def test_the_decimal_context_of_the_thread_changes_nothing() -> None:
    expected = [(source, str(value)) for source, value in _all()]
    narrow = Context(prec=2, rounding=ROUND_FLOOR, Emax=3, Emin=-3, traps=[Inexact, FloatOperation, InvalidOperation])
    silent = Context(prec=5, traps=[], capitals=0)
    for context in (narrow, silent):
        with localcontext(context):
            parse.cache_clear()
            found = _all()
        assert [(source, str(value)) for source, value in found] == expected


@pytest.mark.parametrize("text", ["", "abc", "NaN", "Infinity", "1e5", "1_0", "٣", " 1", "0x1", "1."])
def test_text_that_is_no_number_fails_whatever_the_context_traps(text: str) -> None:
    with localcontext(Context(traps=[])), pytest.raises(EvaluationError, match="not a number"):
        parse("number(x)").evaluate({"x": text})


@pytest.mark.parametrize(
    "source",
    [
        "9999999999999999999999999999 + 1",
        "9999999999999999999999999999 * 10",
        "9999999999999999999999999999 * 10.0",
        "-9999999999999999999999999999 - 1.0",
        "1000000000000000000000000000 / 0.01",
        "1000000000000000000000000000 // 0.01",
        "big + 1",
        "text(big)",
        "round(big)",
        "tiny * tiny",
        "tiny / 10000000000",
        "huge * 1.5",
        "round(1234567890123456789012345678, 1)",
    ],
)
def test_numbers_out_of_bounds_fail(source: str) -> None:
    names: dict[str, Value] = {"big": Decimal("1E+999999999"), "tiny": Decimal("1E-90"), "huge": 10**5000}
    with pytest.raises(EvaluationError, match="out of bounds"):
        parse(source).evaluate(names)


@pytest.mark.parametrize("source", ["1 / 0", "1 // 0", "1 % 0", "1.5 / 0.0", "0 / 0", "1 // 0.0"])
def test_division_by_zero_fails(source: str) -> None:
    with pytest.raises(EvaluationError, match="Division by zero"):
        parse(source).evaluate({})


@pytest.mark.parametrize(
    "source", ["true + 1", "-true", "true < 2", "1 == true", "sum([true])", "round(false)", "1 and true"]
)
def test_a_boolean_is_no_number_and_a_number_no_boolean(source: str) -> None:
    with pytest.raises(EvaluationError):
        parse(source).evaluate({})


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), 0.5])
@pytest.mark.parametrize("source", ["x + 1", "x == 1", "x < 1", "x in [1]", "round(x)", "text(x)", "x"])
def test_what_is_no_exact_number_is_refused(source: str, value: object) -> None:
    with pytest.raises(EvaluationError):
        parse(source).evaluate({"x": value})  # type: ignore[dict-item]

"""Arithmetic: exact decimals, joined texts, moved dates.

Sums, differences and products of up to 28 digits have no rounding; longer ones and quotients are rounded half up to 28
digits, in a context of our own, so that nothing depends on the thread's decimal context.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    Subnormal,
)

from catalog.expressions.errors import EvaluationError
from catalog.expressions.limits import DIGITS, SMALLEST, TEXT_LENGTH
from catalog.expressions.runtime import Frame, Operand, as_number, bounded, built, kind, out_of_bounds, out_of_calendar

EXACT = Context(
    prec=DIGITS,
    rounding=ROUND_HALF_UP,
    Emin=-SMALLEST,
    Emax=DIGITS - 1,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[DivisionByZero, InvalidOperation, Overflow, Subnormal],
)


def arithmetic(sign: str, left: Operand, right: Operand, frame: Frame, column: int) -> Operand:
    """Return `left sign right`: numbers, texts joined by `+`, dates moved by `days`, days between dates."""
    if type(left) is int and type(right) is int and sign in _WHOLE:
        return bounded(_WHOLE[sign](left, right), column)
    one, other = kind(left), kind(right)
    if one == other == "a number":
        return calculate(sign, as_number(left, column), as_number(right, column), column)
    if sign == "+" and isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > TEXT_LENGTH:
            raise EvaluationError(f"The text has more than {TEXT_LENGTH:,} characters.", column)
        return built(left + right, frame, column)
    if sign in "+-":
        moved = _moved(sign, left, right, column)
        if moved is not None:
            return moved
    raise EvaluationError(f"`{sign}` does not work on {one} and {other}.", column)


def calculate(sign: str, left: int | Decimal, right: int | Decimal, column: int) -> int | Decimal:
    """Return `left sign right` for numbers; `//` and `%` round down, towards the smaller number."""
    if not right and sign in ("/", "//", "%"):
        raise EvaluationError("Division by zero.", column)
    if isinstance(left, int) and isinstance(right, int) and sign != "/":
        return bounded(_INTEGERS[sign](left, right), column)
    one, other = Decimal(left), Decimal(right)
    try:
        result = _DECIMALS[sign](one, other)
    except DecimalException:
        raise out_of_bounds(column) from None
    return result or result.copy_abs()  # never a negative zero


def negated(value: Operand, column: int) -> int | Decimal:
    """Return `-value`."""
    return calculate("-", 0, as_number(value, column), column)


def rounded(value: int | Decimal, digits: int, column: int) -> Decimal:
    """Return `value` with `digits` decimals, halves away from zero."""
    try:
        result = EXACT.quantize(Decimal(value), Decimal((0, (1,), -digits)))
    except DecimalException:
        raise out_of_bounds(column) from None
    return result or result.copy_abs()  # never a negative zero


def _floor(left: Decimal, right: Decimal) -> Decimal:
    one, other, _ = _as_whole(left, right)
    return EXACT.plus(Decimal(one // other))


def _modulo(left: Decimal, right: Decimal) -> Decimal:
    one, other, exponent = _as_whole(left, right)
    return EXACT.plus(Decimal(one % other).scaleb(exponent))


def _as_whole(left: Decimal, right: Decimal) -> tuple[int, int, int]:
    """Return both numbers as integers in units of one power of ten, and its exponent: no quotient is too long then."""
    exponent = min(_exponent(left), _exponent(right))
    return int(left.scaleb(-exponent, _WIDE)), int(right.scaleb(-exponent, _WIDE)), exponent


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "only finite numbers come here"
    return exponent


_WIDE = Context(prec=200)
_WHOLE = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}
_INTEGERS = _WHOLE | {"//": int.__floordiv__, "%": int.__mod__}
_DECIMALS = {
    "+": EXACT.add,
    "-": EXACT.subtract,
    "*": EXACT.multiply,
    "/": EXACT.divide,
    "//": _floor,
    "%": _modulo,
}


def _moved(sign: str, left: Operand, right: Operand, column: int) -> date | int | None:
    try:
        match left, right:
            case date(), timedelta():
                return left + right if sign == "+" else left - right
            case timedelta(), date() if sign == "+":
                return right + left
            case date(), date() if sign == "-" and kind(left) == kind(right) == "a date":
                return (left - right).days
            case _:
                return None
    except OverflowError:
        raise out_of_calendar(column) from None

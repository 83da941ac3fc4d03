"""What values are at run time: their kinds, their comparison, and the bounds of one evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from catalog.expressions.errors import EvaluationError
from catalog.expressions.limits import DIGITS, RESULT_SIZE, SMALLEST, STEPS, TEXT_LENGTH
from catalog.values import Scalar, Value

Tables: TypeAlias = Mapping[str, Mapping[Scalar, Value]]
"""Value tables by name: from key to value."""

Operand: TypeAlias = "Scalar | timedelta | tuple[Operand, ...] | Mapping[str, Operand]"
"""What the parts of an expression give: a value, or the duration of `days(n)`."""

_LARGEST = 10**DIGITS - 1


class Frame:
    """One evaluation: the names and tables it was given, the variables of its comprehensions, the steps it has left."""

    __slots__ = ("names", "steps", "tables", "variables")

    def __init__(self, names: Mapping[str, Value], tables: Tables) -> None:
        self.names = names
        self.tables = tables
        self.variables: dict[str, Operand] = {}
        self.steps = STEPS

    def spend(self, steps: int, column: int) -> None:
        """Take `steps` from what is left."""
        self.steps -= steps
        if self.steps < 0:
            raise EvaluationError(f"The evaluation takes more than {STEPS:,} steps.", column)


def kind(value: object) -> str:
    """Return the kind of a value, as messages call it; what the language has no kind for is `a value of type ...`."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "a number"
        case Decimal() if value.is_finite():
            return "a number"
        case str():
            return "text"
        case datetime():
            return "a datetime" if value.tzinfo is not None else "a datetime without offset"
        case date():
            return "a date"
        case tuple() | list():
            return "a list"
        case Mapping():
            return "a record"
        case timedelta():
            return "a number of `days`"
        case _:
            return f"a value of type `{type(value).__name__}`"


def as_number(value: Operand, column: int) -> int | Decimal:
    """Return `value` if it is a number within bounds."""
    if isinstance(value, Decimal) and value.is_finite():
        if value and not -SMALLEST <= value.adjusted() < DIGITS:
            raise out_of_bounds(column)
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return bounded(value, column)
    raise wrong(value, "a number", column)


def as_text(value: Operand, column: int) -> str:
    """Return `value` if it is a text."""
    if isinstance(value, str):
        return value
    raise wrong(value, "text", column)


def as_boolean(value: Operand, column: int) -> bool:
    """Return `value` if it is true or false."""
    if value is True or value is False:
        return value
    raise wrong(value, "true or false", column)


def as_integer(value: Operand, column: int) -> int:
    """Return `value` if it is an integer; `2.00` is one."""
    number = as_number(value, column)
    if isinstance(number, Decimal):
        if number != int(number):
            raise EvaluationError("An integer is needed here, this number has a fraction.", column)
        return int(number)
    return number


def as_list(value: Operand, column: int) -> Sequence[Operand]:
    """Return `value` if it is a list."""
    if isinstance(value, tuple | list):
        return value
    raise wrong(value, "a list", column)


def wrong(value: Operand, needed: str, column: int) -> EvaluationError:
    """Return the error that `needed` stands for what was given."""
    return EvaluationError(f"{needed[0].upper()}{needed[1:]} is needed here, this is {kind(value)}.", column)


def built(text: str, frame: Frame, column: int) -> str:
    """Return a text that the expression made, counted and within bounds."""
    if len(text) > TEXT_LENGTH:
        raise EvaluationError(f"The text has more than {TEXT_LENGTH:,} characters.", column)
    frame.spend(len(text), column)
    return text


def bounded(value: int, column: int) -> int:
    """Return an integer of at most as many digits as the language has."""
    if -_LARGEST <= value <= _LARGEST:
        return value
    raise out_of_bounds(column)


def out_of_calendar(column: int) -> EvaluationError:
    """Return the error that a date lies outside the calendar."""
    return EvaluationError("The date is out of bounds: years go from 1 to 9999.", column)


def out_of_bounds(column: int) -> EvaluationError:
    """Return the error that a number is too large or too small."""
    return EvaluationError(f"The number is out of bounds: too close to zero, or more than {DIGITS} digits.", column)


_ORDERED = ("a number", "text", "a date", "a datetime")
_EQUAL = (*_ORDERED, "a boolean")
_ORDERS = {"<": (True, False), "<=": (True, True), ">": (False, False), ">=": (False, True)}


def equal(left: Operand, right: Operand, column: int) -> bool:
    """Tell whether two scalars are equal; null equals null alone, other kinds do not compare."""
    if type(left) is str and type(right) is str:
        return left == right
    if left is None or right is None:
        return left is right
    one = kind(left)
    if one != kind(right):
        raise EvaluationError(f"{one[0].upper()}{one[1:]} cannot be compared with {kind(right)}.", column)
    if one not in _EQUAL:
        raise EvaluationError(f"{one[0].upper()}{one[1:]} cannot be compared as a whole.", column)
    return left == right


def before(left: Operand, right: Operand, column: int) -> bool:
    """Tell whether `left < right`: two numbers, texts, dates or datetimes."""
    one, other = kind(left), kind(right)
    if one != other or one not in _ORDERED:
        raise EvaluationError(f"{one[0].upper()}{one[1:]} has no order with {other}.", column)
    return bool(left < right)  # type: ignore[operator]  # both are of one kind that has an order


def compared(sign: str, left: Operand, right: Operand, column: int) -> bool:
    """Return `left sign right` for the six comparisons."""
    match sign:
        case "==":
            return equal(left, right, column)
        case "!=":
            return not equal(left, right, column)
        case "<":
            return before(left, right, column)
        case ">":
            return before(right, left, column)
        case "<=":
            return not before(right, left, column)
        case _:
            return not before(left, right, column)


def key_of(value: Operand, column: int) -> tuple[str, Operand]:
    """Return what stands for a scalar among distinct values: `1` and `1.0` are one, `1` and `true` are two."""
    name = kind(value)
    if name != "null" and name not in _EQUAL:
        raise wrong(value, "a scalar", column)
    return name, value


def result(value: Operand, column: int) -> Value:
    """Return `value` as the result of an expression: of a kind that values have, and of bounded size."""
    waiting: list[Operand] = [value]
    seen = 0
    while waiting:
        each = waiting.pop()
        seen += 1
        if isinstance(each, timedelta):
            raise EvaluationError("`days(n)` is no value of its own; add it to a date or datetime.", column)
        if isinstance(each, tuple | list):
            seen += len(each)
            _check_size(seen, column)
            waiting.extend(item for item in each if not isinstance(item, str | int | Decimal))
        elif isinstance(each, Mapping):
            seen += len(each)
            _check_size(seen, column)
            waiting.extend(item for item in each.values() if not isinstance(item, str | int | Decimal))
        elif kind(each).startswith("a value of type"):
            raise EvaluationError(f"The result has {kind(each)}, which the language does not know.", column)
    return value  # type: ignore[return-value]  # the loop has seen that no duration is in it


def _check_size(seen: int, column: int) -> None:
    if seen > RESULT_SIZE:
        raise EvaluationError(f"The result has more than {RESULT_SIZE:,} values.", column)

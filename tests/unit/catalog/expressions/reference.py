"""A slow, straightforward interpreter over Python's tree: what closures are compared with. It trusts its input."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    Subnormal,
    localcontext,
)
from fractions import Fraction

from catalog.expressions import Tables
from catalog.values import to_text

_TRAPS = [DivisionByZero, InvalidOperation, Overflow, Subnormal]
_CONTEXT = Context(prec=28, rounding=ROUND_HALF_UP, Emin=-99, Emax=27, traps=_TRAPS)
_LIMIT = 10**28


class Fails(Exception):
    """The expression has no value."""


def interpret(source: str, names: Mapping[str, object], tables: Tables) -> object:
    """Return the value of `source`, reading names from `names`.

    Raises:
        Fails: it has none.
    """
    return _Interpreter(source, tables).value(ast.parse(source, mode="eval").body, dict(names))


class _Interpreter:
    def __init__(self, source: str, tables: Tables) -> None:
        self.source = source
        self.tables = tables

    def value(self, node: ast.AST, names: dict[str, object]) -> object:
        handler: Callable[[ast.AST, dict[str, object]], object] = getattr(self, f"on_{type(node).__name__.lower()}")
        return handler(node, names)

    def on_constant(self, node: ast.Constant, _: dict[str, object]) -> object:
        return Decimal(str(ast.get_source_segment(self.source, node))) if isinstance(node.value, float) else node.value

    def on_name(self, node: ast.Name, names: dict[str, object]) -> object:
        return {"true": True, "false": False, "null": None}[node.id] if node.id not in names else names[node.id]

    def on_attribute(self, node: ast.Attribute, names: dict[str, object]) -> object:
        return read(self.value(node.value, names), node.attr)

    def on_subscript(self, node: ast.Subscript, names: dict[str, object]) -> object:
        return read(self.value(node.value, names), self.value(node.slice, names))

    def on_unaryop(self, node: ast.UnaryOp, names: dict[str, object]) -> object:
        value = self.value(node.operand, names)
        return not boolean(value) if isinstance(node.op, ast.Not) else arithmetic(ast.Sub, 0, number(value))

    def on_binop(self, node: ast.BinOp, names: dict[str, object]) -> object:
        return arithmetic(type(node.op), self.value(node.left, names), self.value(node.right, names))

    def on_boolop(self, node: ast.BoolOp, names: dict[str, object]) -> object:
        stop = isinstance(node.op, ast.Or)
        for operand in node.values:
            if boolean(self.value(operand, names)) is stop:
                return stop
        return not stop

    def on_ifexp(self, node: ast.IfExp, names: dict[str, object]) -> object:
        return self.value(node.body if boolean(self.value(node.test, names)) else node.orelse, names)

    def on_list(self, node: ast.List, names: dict[str, object]) -> object:
        return tuple(self.value(item, names) for item in node.elts)

    def on_dict(self, node: ast.Dict, names: dict[str, object]) -> object:
        keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
        return {key: self.value(value, names) for key, value in zip(keys, node.values, strict=True)}

    def on_compare(self, node: ast.Compare, names: dict[str, object]) -> object:
        left = self.value(node.left, names)
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator, names)
            if not compare(type(op), left, right):
                return False
            left = right
        return True

    def on_listcomp(self, node: ast.ListComp | ast.GeneratorExp, names: dict[str, object]) -> object:
        loop = node.generators[0]
        assert isinstance(loop.target, ast.Name)
        results = []
        for item in sequence(self.value(loop.iter, names)):
            inner = {**names, loop.target.id: item}
            if all(boolean(self.value(condition, inner)) for condition in loop.ifs):
                results.append(self.value(node.elt, inner))
        return tuple(results)

    on_generatorexp = on_listcomp

    def on_call(self, node: ast.Call, names: dict[str, object]) -> object:
        assert isinstance(node.func, ast.Name)
        if node.func.id == "coalesce":
            values = (self.value(argument, names) for argument in node.args)
            return next((value for value in values if value is not None), None)
        values_ = [self.value(argument, names) for argument in node.args]
        if node.func.id == "table":
            found = self.tables[text(values_[0])].get(text(values_[1]))
            if found is None:
                raise Fails
            return found
        return _FUNCTIONS[node.func.id](*values_)


def read(base: object, key: object) -> object:
    if base is None:
        return None
    if isinstance(base, Mapping):
        return base.get(key)
    items, index = sequence(base), int(number(key))
    return items[index] if -len(items) <= index < len(items) else None


def arithmetic(op: type[ast.operator], left: object, right: object) -> object:
    if op is ast.Add and isinstance(left, str) and isinstance(right, str):
        return left + right
    for day, span in ((left, right), (right, left)):
        if isinstance(day, date) and isinstance(span, timedelta):
            return moved(day, span if op is ast.Add else -span)
    if op is ast.Sub and isinstance(left, date) and isinstance(right, date):
        return (left - right).days
    return numeric(op, number(left), number(right))


def moved(day: date, span: timedelta) -> date:
    try:
        return day + span
    except OverflowError:
        raise Fails from None


def places(number: Decimal) -> int:
    """Return the exponent of the last digit as written: -2 for `1.50`."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent


def in_units(number: Fraction, exponent: int) -> Decimal:
    """Return a number that is a whole count of units of ten to `exponent`, written in them."""
    count = number / Fraction(10) ** exponent
    assert count.denominator == 1
    return Decimal((count < 0, tuple(int(digit) for digit in str(abs(count.numerator))), exponent))


def numeric(op: type[ast.operator], left: int | Decimal, right: int | Decimal) -> int | Decimal:
    whole = isinstance(left, int) and isinstance(right, int)
    if op in (ast.Div, ast.FloorDiv, ast.Mod) and right == 0:
        raise Fails
    one, other = Decimal(left), Decimal(right)
    try:
        with localcontext(_CONTEXT):
            if whole and op in (ast.Add, ast.Sub, ast.Mult):
                result: Decimal | int = {ast.Add: int.__add__, ast.Sub: int.__sub__, ast.Mult: int.__mul__}[op](
                    int(left), int(right)
                )
            elif op in (ast.FloorDiv, ast.Mod):
                floor = math.floor(Fraction(one) / Fraction(other))
                rest = Fraction(one) - floor * Fraction(other)
                result = +Decimal(floor) if op is ast.FloorDiv else +in_units(rest, min(places(one), places(other)))
            elif op is ast.Div:
                return plain(one / other)
            else:
                result = one + other if op is ast.Add else one - other if op is ast.Sub else one * other
    except DecimalException:
        raise Fails from None
    if whole:
        result = int(result)
    if not -_LIMIT < result < _LIMIT:
        raise Fails
    return result if whole else plain(Decimal(result))


def plain(value: Decimal) -> Decimal:
    return abs(value) if value == 0 else value


def compare(op: type[ast.cmpop], left: object, right: object) -> bool:
    if op in (ast.In, ast.NotIn):
        return any(compare(ast.Eq, left, item) for item in sequence(right)) is (op is ast.In)
    if op in (ast.Eq, ast.NotEq, ast.Is, ast.IsNot):
        return same(left, right) is (op in (ast.Eq, ast.Is))
    one, other = key(left), key(right)
    if one[0] != other[0] or one[0] in ("null", "boolean"):
        raise Fails
    smaller: bool = one[1] < other[1]  # type: ignore[operator]
    greater: bool = one[1] > other[1]  # type: ignore[operator]
    return {ast.Lt: smaller, ast.Gt: greater, ast.LtE: not greater, ast.GtE: not smaller}[op]


def same(left: object, right: object) -> bool:
    if left is None or right is None:
        return left is None and right is None
    one, other = key(left), key(right)
    if one[0] != other[0]:
        raise Fails
    return one[1] == other[1]


def key(value: object) -> tuple[str, object]:
    """Return the family of a scalar beside it."""
    families = ((bool, "boolean"), (int | Decimal, "number"), (str, "text"), (datetime, "datetime"), (date, "date"))
    for kind, family in families:
        if isinstance(value, kind):
            return family, value
    if value is None:
        return "null", None
    raise Fails


def number(value: object) -> int | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Fails
    return value


def boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise Fails
    return value


def text(value: object) -> str:
    if not isinstance(value, str):
        raise Fails
    return value


def sequence(value: object) -> tuple[object, ...]:
    if not isinstance(value, tuple):
        raise Fails
    return value


def extreme(op: type[ast.cmpop], values: tuple[object, ...]) -> object:
    items = sequence(values[0]) if len(values) == 1 else values
    best = items[0] if items else None
    if len(items) == 1:
        compare(ast.Lt, best, best)
    for item in items[1:]:
        best = item if compare(op, item, best) else best
    return best


def total(items: object) -> object:
    result: object = 0
    for item in sequence(items):
        result = arithmetic(ast.Add, result, number(item))
    return result


def rounded(value: object, digits: int = -1) -> object:
    try:
        exact = Decimal(number(value)).quantize(Decimal(1).scaleb(-max(digits, 0)), context=_CONTEXT)
    except DecimalException:
        raise Fails from None
    return int(exact) if digits < 0 else plain(exact)


def distinct(items: object) -> object:
    kept: list[object] = []
    for item in sequence(items):
        if not any(key(item) == key(other) for other in kept):
            kept.append(item)
    return tuple(kept)


_FUNCTIONS: dict[str, Callable[..., object]] = {
    "all": lambda items: False not in [boolean(item) for item in sequence(items)],
    "any": lambda items: True in [boolean(item) for item in sequence(items)],
    "contains": lambda whole, part: text(part) in text(whole),
    "date": lambda value: date.fromisoformat(value) if isinstance(value, str) else value,
    "days": lambda count: timedelta(days=number(count).__int__()),
    "distinct": distinct,
    "endswith": lambda whole, part: text(whole).endswith(text(part)),
    "first": lambda items: sequence(items)[0] if sequence(items) else None,
    "join": lambda items, separator: text(separator).join(text(item) for item in sequence(items)),
    "last": lambda items: sequence(items)[-1] if sequence(items) else None,
    "len": lambda value: len(value if isinstance(value, str) else sequence(value)),
    "lower": lambda value: text(value).lower(),
    "max": lambda *values: extreme(ast.Gt, values),
    "min": lambda *values: extreme(ast.Lt, values),
    "round": rounded,
    "startswith": lambda whole, part: text(whole).startswith(text(part)),
    "sum": total,
    "text": lambda value: to_text(value) if value is not None else text(value),
    "upper": lambda value: text(value).upper(),
}

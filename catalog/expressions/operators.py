"""The types of operators: arithmetic and comparison of two operands whose types are known."""

from __future__ import annotations

from catalog.expressions.errors import suggestion
from catalog.expressions.findings import Findings, is_zero
from catalog.expressions.fit import comparable, ordered, outside
from catalog.expressions.nodes import Arithmetic, Node
from catalog.expressions.types import (
    ANYTHING,
    DATE,
    DATETIME,
    DURATION,
    INTEGER,
    MONEY,
    NUMBER,
    NUMERIC,
    TEXT,
    TEXTUAL,
    UNKNOWN,
    AnythingType,
    ScalarType,
    Type,
    UnknownType,
    describe,
    is_literal_number,
    required,
)
from catalog.values import ValueType


def arithmetic_type(findings: Findings, node: Arithmetic, left: Type, right: Type) -> Type:
    """Return the type of `left sign right`, reporting operands that the sign does not work on."""
    one, other = findings.value(node.left, left), findings.value(node.right, right)
    if node.sign in ("/", "//", "%") and is_zero(node.right):
        findings.report("Division by zero.", node.right)
    found = _arithmetic(node.sign, one, other)
    if found is not None:
        return found
    message = f"`{node.sign}` does not work on {describe(one)} and {describe(other)}."
    findings.report(message, node, _arithmetic_hint(findings, node, one, other))
    return UNKNOWN


def _arithmetic(sign: str, left: Type, right: Type) -> Type | None:
    if isinstance(left, UnknownType) or isinstance(right, UnknownType):
        return UNKNOWN
    if isinstance(left, AnythingType) or isinstance(right, AnythingType):
        known = right if isinstance(left, AnythingType) else left
        return required(ANYTHING) if isinstance(known, AnythingType) or _works_on(sign, known) else None
    if _numeric(left) and _numeric(right):
        return _number(sign, left, right)
    if sign == "+" and _one_of(left, TEXTUAL) and _one_of(right, TEXTUAL):
        return TEXT
    if _one_of(left, (ValueType.MONEY,)) or _one_of(right, (ValueType.MONEY,)):
        return _money(sign, left, right)
    return _moved(sign, left, right) if sign in "+-" else None


def _works_on(sign: str, known: Type) -> bool:
    probes = (INTEGER, TEXT, MONEY, DATE, DATETIME, DURATION)
    return any(_arithmetic(sign, known, each) or _arithmetic(sign, each, known) for each in probes)


def _number(sign: str, left: Type, right: Type) -> Type:
    whole = sign != "/" and _one_of(left, (ValueType.INTEGER,)) and _one_of(right, (ValueType.INTEGER,))
    value = ValueType.INTEGER if whole else ValueType.NUMBER
    literal = is_literal_number(left) and is_literal_number(right)
    return ScalarType(value, literals=(sign,) if literal else ())


def _money(sign: str, left: Type, right: Type) -> Type | None:
    money = (_one_of(left, (ValueType.MONEY,)), _one_of(right, (ValueType.MONEY,)))
    other = right if money[0] else left
    match sign, money:
        case (("+" | "-"), _) if all(money) or is_literal_number(other):
            return MONEY
        case "/", _ if all(money) or (money[1] and is_literal_number(other)):
            return NUMBER
        case "/", (True, False) if _numeric(other):
            return MONEY
        case "*", (True, False) | (False, True) if _numeric(other):
            return MONEY
        case _:
            return None


def _moved(sign: str, left: Type, right: Type) -> Type | None:
    match sign, left, right:
        case _, ScalarType(value=ValueType.DATE | ValueType.DATETIME), _ if right == DURATION:
            return left
        case "+", _, ScalarType(value=ValueType.DATE | ValueType.DATETIME) if left == DURATION:
            return right
        case "-", ScalarType(value=ValueType.DATE), ScalarType(value=ValueType.DATE):
            return INTEGER
        case _:
            return None


def _arithmetic_hint(findings: Findings, node: Arithmetic, left: Type, right: Type) -> str:
    values = (
        left.value if isinstance(left, ScalarType) else None,
        right.value if isinstance(right, ScalarType) else None,
    )
    dates = (ValueType.DATE, ValueType.DATETIME)
    if values == (ValueType.MONEY, ValueType.MONEY):
        return f"Take one of them as a number: `number({findings.plain(node.right)})`."
    if ValueType.MONEY in values and (_numeric(left) or _numeric(right)):
        money = node.left if values[0] is ValueType.MONEY else node.right
        return f"Declare both as money, or take `number({findings.plain(money)})`."
    if node.sign in "+-" and values[0] in dates and _one_of(right, NUMERIC):
        return f"Move dates with `days({findings.plain(node.right)})`."
    if node.sign == "-" and values[0] in dates and values[1] in dates:
        return "Days are counted between dates: take `date(...)` of both."
    if node.sign == "+" and any(value in TEXTUAL for value in values):
        other = node.right if values[0] in TEXTUAL else node.left
        return f"Make it text with `text({findings.plain(other)})`."
    return ""


def check_comparison(findings: Findings, sign: str, left: tuple[Node, Type], right: tuple[Node, Type]) -> None:
    """Report what is wrong with comparing the two: null, other families, no order, values a choice never has."""
    (one, one_type), (other, other_type) = left, right
    one_type, other_type = findings.value(one, one_type), findings.value(other, other_type)
    if not comparable(one_type, other_type):
        message = f"{findings.quoted(one)} is {describe(one_type)} and cannot be compared with {describe(other_type)}."
        findings.report(message, other, _comparison_hint(findings, left, right))
    elif sign not in ("==", "!=") and not (ordered(one_type) and ordered(other_type)):
        unordered = (one, one_type) if not ordered(one_type) else (other, other_type)
        message = f"{findings.quoted(unordered[0])} is {describe(unordered[1])}, which has no order."
        findings.report(message, unordered[0], "Compare with `==`, `!=` or `in`.")
    else:
        check_choices(findings, one, one_type, other, other_type)
        check_choices(findings, other, other_type, one, one_type)


def check_choices(findings: Findings, node: Node, of: Type, written: Node, written_type: Type) -> None:
    """Report values of `written` that the choice `node` never has."""
    if not isinstance(of, ScalarType):
        return
    for value in outside(written_type, of):
        message = f"{findings.quoted(node)} is never {value!r}."
        findings.report(message, written, suggestion(value, of.choices, "Its choices"))


def _comparison_hint(findings: Findings, left: tuple[Node, Type], right: tuple[Node, Type]) -> str:
    for (node, of), (_, against) in ((left, right), (right, left)):
        if not isinstance(of, ScalarType) or not isinstance(against, ScalarType):
            continue
        match of.value, against.value:
            case ValueType.TEXT, ValueType.DATE | ValueType.DATETIME | ValueType.INTEGER | ValueType.NUMBER:
                return f"Convert the text: `{against.value}({findings.plain(node)})`."
            case ((ValueType.TEXT | ValueType.MONEY), (ValueType.MONEY | ValueType.INTEGER | ValueType.NUMBER)):
                return f"Take the bare number: `number({findings.plain(node)})`."
            case ValueType.DATETIME, ValueType.DATE:
                return f"Take its day: `date({findings.plain(node)})`."
    return "Compare single values." if not isinstance(left[1], ScalarType) else ""


def _numeric(of: Type) -> bool:
    return _one_of(of, NUMERIC)


def _one_of(of: Type, values: tuple[ValueType, ...]) -> bool:
    return isinstance(of, ScalarType) and of.value in values

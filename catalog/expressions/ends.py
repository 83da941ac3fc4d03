"""The two ends of a check: the types of literals, and whether the result fits where it is wanted."""

from __future__ import annotations

from catalog.expressions.errors import suggestion
from catalog.expressions.findings import Findings
from catalog.expressions.fit import fits, outside
from catalog.expressions.nodes import Literal, Node
from catalog.expressions.types import (
    BOOLEAN,
    NULL,
    TEXTUAL,
    DurationType,
    ScalarType,
    Type,
    UnknownType,
    describe,
    is_literal_number,
)
from catalog.values import ValueType


def literal_type(node: Literal) -> Type:
    """Return the type of a literal, which remembers what was written."""
    match node.value:
        case None:
            return NULL
        case bool():
            return BOOLEAN
        case int():
            return ScalarType(ValueType.INTEGER, literals=(str(node.value),))
        case str():
            return ScalarType(ValueType.TEXT, literals=(node.value,))
        case _:
            return ScalarType(ValueType.NUMBER, literals=(str(node.value),))


def check_result(findings: Findings, node: Node, found: Type, expected: Type | None) -> None:
    """Report a result that is no value, or does not fit `expected`."""
    if isinstance(found, DurationType):
        findings.needed(node, found, "a value", "Add it to a date or datetime.")
    elif expected is None:
        return
    elif not fits(found, expected):
        _unfit(findings, node, found, expected)
    elif not expected.nullable and not isinstance(expected, UnknownType):
        findings.value(node, found, default="false" if expected == BOOLEAN else "")


def _unfit(findings: Findings, node: Node, found: Type, expected: Type) -> None:
    wrong = outside(found, expected)
    if not wrong or not isinstance(expected, ScalarType):
        findings.needed(node, found, describe(expected, with_null=False), _hint(found, expected))
        return
    for value in wrong:
        findings.report(f"{value!r} is not among the choices.", node, suggestion(value, expected.choices, "Choices"))


def _hint(found: Type, expected: Type) -> str:
    match found, expected:
        case ScalarType(value=value), ScalarType(value=ValueType.TEXT) if value not in TEXTUAL:
            return "Make it text with `text(...)`."
        case ScalarType(value=ValueType.NUMBER), ScalarType(value=ValueType.INTEGER):
            return "Make it whole with `round(...)`."
        case ScalarType(value=ValueType.MONEY), ScalarType(value=ValueType.NUMBER):
            return "Take the bare number with `number(...)`."
        case ScalarType(value=ValueType.TEXT), ScalarType(value=ValueType.CHOICE):
            return "Map it with a value table, or name the choices with `if` and `else`."
        case _, ScalarType(value=ValueType.BOOLEAN):
            return "Write a comparison." if not is_literal_number(found) else "Write `true` or `false`."
        case _:
            return ""

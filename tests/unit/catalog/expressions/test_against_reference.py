"""Closures and a slow interpreter agree, and what the check lets through does not fail on types."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from catalog.expressions import EvaluationError, ExpressionError, check, parse
from catalog.values import Value, to_text
from tests.unit.catalog.expressions.reference import Fails, interpret
from tests.unit.catalog.expressions.sources import SCOPE, TABLES, orders, sources

KINDS = ("integer", "number", "text", "date", "boolean", "list")
_UNTYPED = (
    "none",
    "Division by zero.",
    "The number is out of bounds",
    "The date is out of bounds",
    "The value table `speed`",
)


def _canonical(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_canonical(item) for item in value)
    assert not isinstance(value, Mapping)
    return type(value).__name__, to_text(value)  # type: ignore[arg-type]


def _outcome_of_closures(source: str, names: Mapping[str, Value]) -> object:
    try:
        return _canonical(parse(source).evaluate(names, TABLES))
    except EvaluationError:
        return "fails"


def _failure(source: str, names: Mapping[str, Value]) -> str:
    try:
        parse(source).evaluate(names, TABLES)
    except EvaluationError as error:
        return error.message
    return "none"


def _outcome_of_reference(source: str, names: Mapping[str, Value]) -> object:
    try:
        return _canonical(interpret(source, names, TABLES))
    except Fails:
        return "fails"


def _readable(source: str) -> None:
    try:
        parse(source)
    except ExpressionError as error:
        assume("nested" not in error.message and "characters" not in error.message)
        raise


@pytest.mark.parametrize("kind", KINDS)
def test_closures_give_what_a_slow_interpreter_gives(kind: str) -> None:
    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(sources(kind, 3), orders())
    def agree(source: str, names: dict[str, Value]) -> None:
        _readable(source)
        assert _outcome_of_closures(source, names) == _outcome_of_reference(source, names)

    agree()


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(KINDS).flatmap(lambda kind: sources(kind, 2)), orders())
def test_an_expression_without_problems_fails_only_on_values_never_on_types(
    source: str, names: dict[str, Value]
) -> None:
    _readable(source)
    assume(check(parse(source), SCOPE).ok)
    assert _failure(source, names).startswith(_UNTYPED)

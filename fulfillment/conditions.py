"""What a condition sees when its step would start, and what it says (`domain.md` E4, X3)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from catalog.expressions import Expression, Tables, parse
from catalog.values import Scalar, Value, ValueType, as_record, from_tagged, from_text
from fulfillment.board import Board
from fulfillment.effects import StepOutputs
from fulfillment.runplan import RunStep, RunTable


class NoVerdict(Exception):
    """A condition has no value for the data it was given; the message says why."""


def holds(board: Board, step: str) -> bool:
    """Tell whether the condition of a step holds now; without one it does.

    Raises:
        NoVerdict: the condition has no value, or none that is true or false.
    """
    source = board.definition(step).when
    if source is None:
        return True
    try:
        expression = parse(source)
        verdict = expression.evaluate(_names(board, step, expression), _tables(board.plan.tables))
    except ValueError as error:
        raise NoVerdict(f"condition `{source}`: {error}") from None
    if not isinstance(verdict, bool):
        raise NoVerdict(f"condition `{source}` is neither true nor false: {verdict!r:.100}")
    return verdict


def values_read(board: Board, step: str) -> tuple[StepOutputs, ...]:
    """Return the outputs that the input of a step reads, in step-id order."""
    ids = {each for name in board.definition(step).reads for each in board.instances_before(step, name)}
    return tuple(StepOutputs(step=each, outputs=board.outputs(each)) for each in sorted(ids))


def _names(board: Board, step: str, expression: Expression) -> Mapping[str, Value]:
    names: dict[str, Value] = _data(board.steps[step])
    for path in expression.references:
        match path.split("."):
            case ["steps", group, name, output, *_]:
                _put(names, f"steps.{group}.{name}.{output}", _output(board, step, f"{group}.{name}", output))
    return names


def _output(board: Board, step: str, definition: str, output: str) -> Value:
    """Return one output of the instances before `step`: a scalar for one, null for none, else a list."""
    found: list[Value] = [
        as_record(board.outputs(each)).get(output) for each in board.instances_before(step, definition)
    ]
    if not found:
        return None
    return found[0] if len(found) == 1 else tuple(found)


def _data(step: RunStep) -> dict[str, Value]:
    names: dict[str, Value] = {}
    for each in step.data:
        _put(names, each.path, from_tagged(each.tagged))
    return names


def _put(names: dict[str, Value], path: str, value: Value) -> None:
    *records, last = path.split(".")
    for part in records:
        record = names.setdefault(part, {})
        if not isinstance(record, dict):
            return  # the part itself is there and has no parts: what reads the path sees that
        names = record
    names[last] = value


@lru_cache(maxsize=64)
def _tables(tables: tuple[RunTable, ...]) -> Tables:
    return {each.name: _rows(each) for each in tables}


def _rows(table: RunTable) -> Mapping[Scalar, Value]:
    key, value = ValueType(table.key_type), ValueType(table.value_type)
    return {from_text(one, key): from_text(other, value) for one, other in table.rows}

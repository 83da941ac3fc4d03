"""What a condition sees when its step would start, and what it says (`domain.md` E4, X3)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from catalog.expressions import Tables, parse
from catalog.values import Scalar, Value, ValueType, as_record, from_tagged, from_text
from fulfillment.board import Board
from fulfillment.effects import StepOutputs
from fulfillment.names import steps_record
from fulfillment.readings import about, planned_as, read_by
from fulfillment.runplan import RunStep, RunTable


class NoVerdict(Exception):
    """A condition has no value for the data it was given; the message says why."""


def holds(board: Board, step: str) -> bool:
    """Tell whether the condition of a step holds now; without one it does.

    Raises:
        NoVerdict: the condition has no value, or none that is true or false.
    """
    source = board.definition(step).when
    return source is None or _verdict(board, step, source)


def until_holds(board: Board, step: str) -> bool:
    """Tell whether what a pause waits for holds now.

    Raises:
        NoVerdict: the condition has no value, or none that is true or false.
    """
    return _verdict(board, step, board.definition(step).until or "true")


def _verdict(board: Board, step: str, source: str) -> bool:
    try:
        verdict = parse(source).evaluate(_names(board, step), _tables(board.plan.tables))
    except ValueError as error:
        raise NoVerdict(f"condition `{source}`: {error}") from None
    if not isinstance(verdict, bool):
        raise NoVerdict(f"condition `{source}` is neither true nor false: {verdict!r:.100}")
    return verdict


def values_read(board: Board, step: str) -> tuple[StepOutputs, ...]:
    """Return the outputs that the expressions of a step read, in step-id order."""
    names = dict.fromkeys(read.step for read in board.definition(step).reads)
    ids = {each for name in names for each in read_by(board, step, name)}
    return tuple(StepOutputs(step=planned_as(board, each), outputs=board.outputs(each)) for each in sorted(ids))


def _names(board: Board, step: str) -> Mapping[str, Value]:
    names = _data(board.steps[step])
    of = about(board, step)
    names["steps"] = steps_record(
        planned_as(board, step),
        board.definition(step).reads,
        values_read(board, step),
        planned_as(board, of) if of else None,
    )
    names["facts"] = as_record(board.facts.of_order())
    names["line_facts"] = as_record(board.facts.of_step(board.steps[step]))
    return names


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

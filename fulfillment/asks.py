"""The effects that a step has open, made from its record: once when it starts, again after a restart."""

from __future__ import annotations

from collections.abc import Iterable

from fulfillment.board import Board
from fulfillment.conditions import values_read
from fulfillment.effects import Call, Effect, OpenTask, WakeAt
from fulfillment.state import StepRecord


def call_of(board: Board, record: StepRecord) -> Call:
    """Return the call of a step; the same bytes for every try of a round, but for the counts."""
    definition = board.definition(record.id)
    return Call(
        number=board.plan.number,
        plan=board.plan.plan,
        step=record.id,
        round=record.round,
        operation=definition.operation or "",
        title=definition.title,
        task_queue=definition.task_queue,
        timeout=definition.timeout,
        attempts=record.attempts,
        tries=record.tries,
        unknown=record.unknown,
        values=values_read(board, record.id),
        facts=record.facts,
        line_facts=record.line_facts,
    )


def task_of(board: Board, record: StepRecord) -> OpenTask:
    """Return the person's task of a step."""
    definition = board.definition(record.id)
    return OpenTask(
        number=board.plan.number,
        step=record.id,
        title=definition.title,
        instructions=definition.instructions,
        queue=definition.queue,
        form=definition.form,
    )


def wake_of(record: StepRecord) -> tuple[WakeAt, ...]:
    """Return the wake-up that a step waits for, if any."""
    return (WakeAt(key=record.wake, at=record.due),) if record.wake and record.due else ()


def open_effects(board: Board) -> Iterable[Effect]:
    """Yield what the run has asked for and not heard of yet, in step-id order."""
    for record in board.records.values():
        if record.calling:
            yield call_of(board, record)
        if record.task is not None and record.task.completed_at is None and not record.task_opened:
            yield task_of(board, record)
        yield from wake_of(record)

"""The effects that a step has open, made from its record: once when it starts, again after a restart."""

from __future__ import annotations

from collections.abc import Iterable

from fulfillment.board import Board
from fulfillment.changes import wanted_by
from fulfillment.conditions import values_read
from fulfillment.effects import Call, Effect, Extend, Judge, OpenTask, PlanChange, WakeAt
from fulfillment.outcomes import Failure
from fulfillment.progress import Growing, TaskProgress
from fulfillment.state import StepRecord
from fulfillment.step_facts import facts_of


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
        edited=record.edited,
        first_tried_at=record.first_tried_at,
    )


def judge_of(board: Board, record: StepRecord, failure: Failure) -> Judge:
    """Return the question to the fallout rules about a failure of a step."""
    definition = board.definition(record.id)
    return Judge(
        number=board.plan.number,
        plan=board.plan.plan,
        step=record.id,
        round=record.round,
        number_of=record.judgings,
        type=definition.type,
        operation=definition.operation,
        failure=failure,
        attempts=record.attempts,
        tries=max(record.tries, 1),
        unknown=record.unknown,
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


def products_of(board: Board, step: str) -> tuple[str, ...]:
    """Return the products of the order lines behind a step and of the bundles above them, sorted."""
    return tuple(sorted(dict.fromkeys(board.lines[each].product for each in board.lines_of(step))))


def wake_of(record: StepRecord) -> tuple[WakeAt, ...]:
    """Return the wake-up that a step waits for, if any."""
    return (WakeAt(key=record.wake, at=record.due),) if record.wake and record.due else ()


def extend_of(board: Board, record: StepRecord, growing: Growing) -> Extend:
    """Return the request to plan the alternative of a step."""
    return Extend(
        number=board.plan.number,
        plan=board.plan.plan,
        step=record.id,
        group=growing.group,
        fallout=len(record.fallouts),
        at=growing.at,
        rule=growing.rule,
        actor=growing.actor,
        reason=growing.reason,
    )


def next_extension(board: Board) -> Iterable[Extend]:
    """Yield the request to plan the alternative that was chosen first, unless something is being planned already."""
    waiting = [(record.growing, record) for each in board.growing if (record := board.records[each]).growing]
    if waiting and board.changes.at_work is None and not any(growing.asked for growing, _ in waiting):
        growing, record = min(waiting, key=lambda each: (each[0].at, each[1].id))
        record.growing = growing.model_copy(update={"asked": True})
        yield extend_of(board, record, growing)


def is_growing(board: Board) -> bool:
    """Tell whether an alternative is being planned."""
    found = (board.records[each].growing for each in board.growing)
    return any(each is not None and each.asked for each in found)


def change_of(board: Board) -> Iterable[PlanChange]:
    """Yield the request to work out the change at work, unless an alternative is being planned: it comes after that."""
    change = board.changes.at_work
    if change is not None and not is_growing(board):
        yield PlanChange(
            number=board.plan.number,
            plan=board.plan.plan,
            number_of=change.number_of,
            at=change.asked_at,
            wanted=wanted_by(change),
            facts=facts_of(board.records.values()),
        )


def open_effects(board: Board) -> Iterable[Effect]:
    """Yield what the run has asked for and not heard of yet, in step-id order."""
    for record in board.records.values():
        if record.calling:
            yield call_of(board, record)
        if record.judging is not None:
            yield judge_of(board, record, record.judging)
        if record.task is not None and _is_open(record.task) and not record.task_opened:
            yield task_of(board, record)
        yield from wake_of(record)
        if record.growing is not None and record.growing.asked:
            yield extend_of(board, record, record.growing)
    yield from change_of(board)


def _is_open(task: TaskProgress) -> bool:
    return task.completed_at is None and task.withdrawn_at is None

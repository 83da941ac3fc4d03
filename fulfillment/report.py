"""What is still to be told to the order book, and the batches that tell it (`design.md` §4)."""

from __future__ import annotations

from datetime import datetime

from fulfillment.answers import storable
from fulfillment.board import Board
from fulfillment.progress import (
    AuditEntry,
    Batch,
    FalloutProgress,
    LineProgress,
    StepProgress,
    TaskProgress,
    Written,
)
from fulfillment.state import ReportMemory, StepRecord
from fulfillment.states import StepState

LONGEST_TEXT = 2_000


class Report:
    """Collects what changes; hands out one batch at a time, the same one until it is acknowledged."""

    def __init__(self, memory: ReportMemory | None = None) -> None:
        memory = memory or ReportMemory()
        self._n = memory.n
        self._full = memory.full
        self.pending: Batch | None = memory.pending
        self._steps = dict.fromkeys(memory.steps)
        self._moved = dict.fromkeys(memory.moved)
        self._fallouts = dict.fromkeys(memory.fallouts)
        self._tasks = dict.fromkeys(memory.tasks)
        self._audit = list(memory.audit)
        self._lines = {each.id: each for each in memory.lines}

    def step(self, step: str) -> None:
        """Note that a step's reason changed."""
        self._steps[step] = None

    def moved(self, step: str) -> None:
        """Note that a step moved to another state, which its lines may follow."""
        self._steps[step] = self._moved[step] = None

    def fallout(self, step: str, number: int) -> None:
        """Note that a fallout was opened or resolved."""
        self._fallouts[(step, number)] = None

    def task(self, step: str) -> None:
        """Note that a person's task was opened or completed."""
        self._tasks[step] = None

    def audit(self, entry: AuditEntry) -> None:
        """Note who did what."""
        cut = {"detail": storable(entry.detail[:LONGEST_TEXT]), "reason": storable(entry.reason[:LONGEST_TEXT])}
        self._audit.append(entry.model_copy(update=cut))

    def changes(self, board: Board, now: datetime) -> Batch | None:
        """Return the batch to write: the one not acknowledged yet, else a new one, else None if nothing changed."""
        if self.pending is None and (self._full or self._steps or self._fallouts or self._tasks or self._audit):
            self.pending = self._batch(board, now)
        return self.pending

    def acknowledge(self, written: Written) -> None:
        """Take note that the pending batch is in the book; if other content stood there, the next one is full."""
        if self.pending is not None:
            self._full = written.replaced
            self.pending = None

    def memory(self) -> ReportMemory:
        """Return what to remember."""
        return ReportMemory(
            n=self._n,
            full=self._full,
            pending=self.pending,
            steps=tuple(self._steps),
            moved=tuple(self._moved),
            fallouts=tuple(self._fallouts),
            tasks=tuple(self._tasks),
            audit=tuple(self._audit),
            lines=tuple(self._lines.values()),
        )

    def _batch(self, board: Board, now: datetime) -> Batch:
        full, self._full = self._full, False
        steps = tuple(sorted(board.records if full else self._steps))
        self._n += 1
        batch = Batch(
            number=board.plan.number,
            n=self._n,
            full=full,
            plan=board.plan.plan,
            state=board.order_state,
            at=now,
            lines=self._changed_lines(board, full),
            steps=tuple(step_progress(board, each) for each in steps),
            fallouts=self._fallout_changes(board, full),
            tasks=self._task_changes(board, full),
            audit=tuple(self._audit),
        )
        self._steps, self._moved, self._fallouts, self._tasks, self._audit = {}, {}, {}, {}, []
        return batch

    def _changed_lines(self, board: Board, full: bool) -> tuple[LineProgress, ...]:
        touched = dict.fromkeys(
            board.lines if full else (line for step in self._moved for line in board.lines_of(step))
        )
        current = [_line_progress(board, each) for each in sorted(touched)]
        changed = tuple(each for each in current if full or self._lines.get(each.id) != each)
        self._lines.update({each.id: each for each in changed})
        return changed

    def _fallout_changes(self, board: Board, full: bool) -> tuple[FalloutProgress, ...]:
        if full:
            return tuple(fallout for record in board.records.values() for fallout in record.fallouts)
        return tuple(board.records[step].fallouts[number - 1] for step, number in sorted(self._fallouts))

    def _task_changes(self, board: Board, full: bool) -> tuple[TaskProgress, ...]:
        tasks = (board.records[each].task for each in (board.records if full else sorted(self._tasks)))
        return tuple(each for each in tasks if each is not None)


def _line_progress(board: Board, line: str) -> LineProgress:
    found = board.lines[line]
    return LineProgress(
        id=line,
        product=found.product,
        title=found.title,
        parent=found.parent,
        state=board.line_state(line),
        waived=board.waived(line),
    )


def step_progress(board: Board, step: str) -> StepProgress:
    """Return all that people see of a step."""
    record, definition, planned = board.records[step], board.definition(step), board.steps[step]
    return StepProgress(
        id=step,
        group=definition.id.partition(".")[0],
        title=definition.title,
        type=definition.type.value,
        state=record.state,
        reason=reason(board, record),
        actor=record.actor,
        after=tuple(each.step for each in planned.after),
        sources=planned.sources,
        round=record.round,
        attempts=record.attempts,
        started_at=record.started_at,
        ended_at=record.ended_at,
        outputs=record.outputs,
    )


def reason(board: Board, record: StepRecord) -> str:
    """Return in words why a step is where it is; a pending one names what it waits for."""
    if record.state is not StepState.PENDING:
        return record.reason
    waits = board.waits_for(record.id)
    if waits is None:
        return "is about to start"
    first, count = waits
    # no exact number: it would change, and be told, with every one of a thousand prerequisites
    return f"waits for {board.name(first)}{' and others' if count > 1 else ''}"

"""What is still to be told to the order book, and the batches that tell it (`design.md` §4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from catalog.base import Recorded
from fulfillment.answers import storable
from fulfillment.board import Board
from fulfillment.effects import FUNCTIONS
from fulfillment.progress import (
    AuditEntry,
    Batch,
    LateAnswerProgress,
    LineProgress,
    StepProgress,
    Written,
)
from fulfillment.recall import kept
from fulfillment.starting import halted
from fulfillment.state import ReportMemory, StepRecord
from fulfillment.states import OrderState, StepState
from fulfillment.times import clock

SYSTEM = "system"
"""The actor of what nobody asked for."""
LONGEST_TEXT = 2_000
BYTES_PER_BATCH = 500_000
K = TypeVar("K", str, tuple[str, int], int)
V = TypeVar("V")
M = TypeVar("M", bound=Recorded)


class Room:
    """What one batch has room for: a payload has an end, so what is left over goes into the next batch.

    The book is then behind for a moment, as it is after any batch.
    """

    def __init__(self) -> None:
        self._left = BYTES_PER_BATCH

    def take(self, waiting: dict[K, V], make: Callable[[K], M | None]) -> tuple[M, ...]:
        """Make what waits, in sorted order, until the room is used up, and take it from `waiting`."""
        made: list[M] = []
        for key in sorted(waiting):
            if self._left <= 0:
                break
            if (item := make(key)) is not None:
                made.append(item)
                self._left -= len(item.model_dump_json())
            del waiting[key]
        return tuple(made)


class Report:
    """Collects what changes; hands out one batch at a time, the same one until it is acknowledged."""

    def __init__(self, memory: ReportMemory | None = None) -> None:
        memory = memory or ReportMemory()
        self._n = memory.n
        self._full = memory.full
        self.pending: Batch | None = memory.pending
        self._steps = dict.fromkeys(memory.steps)
        self._moved = dict.fromkeys(memory.moved)
        self._stale = dict.fromkeys(memory.stale)
        self._fallouts = dict.fromkeys(memory.fallouts)
        self._tasks = dict.fromkeys(memory.tasks)
        self._holds = dict.fromkeys(memory.holds)
        self._changes = dict.fromkeys(memory.changes)
        self._late_answers = {(each.step, each.number): each for each in memory.late_answers}
        self._audit = dict(enumerate(memory.audit))
        self._lines = {each.id: each for each in memory.lines}
        self._facts = memory.facts
        self._state = memory.state

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

    def hold(self, number: int) -> None:
        """Note that a hold was placed or released."""
        self._holds[number] = None

    def change(self, number_of: int) -> None:
        """Note that a change was asked for or decided."""
        self._changes[number_of] = None

    def late_answer(self, answer: LateAnswerProgress) -> None:
        """Note that a callback came that nobody waited for."""
        self._late_answers[answer.step, answer.number] = answer

    def line(self, line: str) -> None:
        """Note that the state of a line may follow from more than its steps."""
        self._stale[line] = None

    def facts(self) -> None:
        """Note that somebody has set facts."""
        self._facts = True

    def audit(self, entry: AuditEntry) -> None:
        """Note who did what."""
        cut = {"detail": storable(entry.detail[:LONGEST_TEXT]), "reason": storable(entry.reason[:LONGEST_TEXT])}
        self._audit[max(self._audit, default=-1) + 1] = entry.model_copy(update=cut)

    def changes(self, board: Board, now: datetime) -> Batch | None:
        """Return the batch to write: the one not acknowledged yet, else a new one, else None if nothing changed."""
        if self.pending is None and self.has_news:
            self.pending = self._batch(board, now)
        return self.pending

    @property
    def has_news(self) -> bool:
        """True while the book does not know all."""
        told = self._steps, self._stale, self._fallouts, self._tasks, self._holds, self._late_answers, self._audit
        return bool(self.pending or self._full or self._changes or any(told))

    def acknowledge(self, written: Written) -> None:
        """Take note that the pending batch is in the book; if other content stood there, the next one is full."""
        if self.pending is not None:
            self._full = written.replaced
            self.pending = None

    def is_urgent(self, board: Board) -> bool:
        """Tell whether somebody waits for the news: to act, to see what they did, or for the order to be over."""
        said = any(each.actor != SYSTEM for each in self._audit.values())
        turned = board.order_state not in (self._state, OrderState.IN_PROGRESS)
        return bool(
            self.pending
            or self._fallouts
            or self._tasks
            or self._facts
            or self._changes
            or said
            or turned
            or board.all_ended
        )

    def memory(self) -> ReportMemory:
        """Return what to remember."""
        return ReportMemory(
            n=self._n,
            full=self._full,
            pending=self.pending,
            steps=tuple(self._steps),
            moved=tuple(self._moved),
            stale=tuple(self._stale),
            fallouts=tuple(self._fallouts),
            tasks=tuple(self._tasks),
            holds=tuple(self._holds),
            changes=tuple(self._changes),
            late_answers=tuple(self._late_answers.values()),
            audit=tuple(self._audit.values()),
            lines=tuple(self._lines.values()),
            facts=self._facts,
            state=self._state,
        )

    def _batch(self, board: Board, now: datetime) -> Batch:
        full, self._full = self._full, False
        if full:
            self._everything(board)
        self._n += 1
        self._state = board.order_state
        room = Room()
        changes = room.take(self._changes, board.changes.of)  # first: they go with the plan that they have led to
        batch = Batch(
            number=board.plan.number,
            n=self._n,
            full=full,
            plan=board.plan.plan,
            state=board.order_state,
            at=now,
            steps=room.take(self._steps, lambda step: step_progress(board, step)),
            lines=self._changed_lines(board, room),
            fallouts=room.take(self._fallouts, lambda key: board.records[key[0]].fallouts[key[1] - 1]),
            tasks=room.take(self._tasks, lambda step: board.records[step].task),
            holds=room.take(self._holds, board.holds.of),
            late_answers=room.take(self._late_answers, lambda key: self._late_answers[key]),
            audit=room.take(self._audit, lambda at: self._audit[at]),
            facts=board.facts.memory() if full or self._facts else None,
            changes=changes,
        )
        self._facts = False
        return batch

    def _everything(self, board: Board) -> None:
        """Have all told again."""
        records = board.records.values()
        self._steps = dict.fromkeys(sorted(board.records))
        self._lines, self._stale = {}, dict.fromkeys(sorted(board.lines))
        self._fallouts = dict.fromkeys((each.id, one.number) for each in records for one in each.fallouts)
        self._tasks = dict.fromkeys(each.id for each in records if each.task is not None)
        self._holds = dict.fromkeys(each.number for each in board.holds.memory())
        self._changes = dict.fromkeys(each.number_of for each in board.changes.memory())

    def _changed_lines(self, board: Board, room: Room) -> tuple[LineProgress, ...]:
        """Return the lines that the moves of steps have changed."""
        self._stale.update(dict.fromkeys(line for step in self._moved for line in board.lines_of(step)))
        self._moved.clear()
        self._stale = {each: None for each in self._stale if self._lines.get(each) != _line_progress(board, each)}
        told = room.take(self._stale, lambda line: _line_progress(board, line))
        self._lines.update({each.id: each for each in told})
        return told


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
        due=record.due,
        outputs=record.outputs,
        system="" if board.system(step) == FUNCTIONS else board.system(step),
        kept=kept(record),
    )


def reason(board: Board, record: StepRecord) -> str:
    """Return in words why a step is where it is; a pending one names what it waits for."""
    if record.state is not StepState.PENDING:
        return record.reason
    waits = board.waits_for(record.id)
    if waits is None:
        return halted(board, record.id) or "is about to start"
    first, count = waits
    # no exact number: it would change, and be told, with every one of a thousand prerequisites
    moved = f"; not before {clock(record.moved_to)}{record.moved_why}" if record.moved_to else ""
    return f"waits for {board.name(first)}{' and others' if count > 1 else ''}{moved}"

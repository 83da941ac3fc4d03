"""The run of a plan: events in, effects out. Temporal, a test or a simulation may drive it; it knows none of them."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from fulfillment.asks import open_effects
from fulfillment.board import Board
from fulfillment.commands import Command
from fulfillment.course import Course
from fulfillment.details import details
from fulfillment.effects import Effect, Prepare
from fulfillment.eligibility import problems
from fulfillment.events import CallbackArrived, CallEnded, Commanded, Due, Event, Misfit, Prepared, TaskOpened
from fulfillment.happenings import call_ended, callback_arrived, due, misfit, task_opened
from fulfillment.operating import carry_out
from fulfillment.places import Places
from fulfillment.progress import Batch, Written
from fulfillment.report import Report
from fulfillment.runplan import RunPlan
from fulfillment.state import FactsMemory, Kept, RunState
from fulfillment.states import OrderState, StepState


class Run:
    """One order's run: `apply` takes what happened and returns what to do; everything else reads.

    It never raises for what an event says: what does not fit is audited or ignored, and changes nothing. All it
    remembers is in `dump()`; after `load` it goes on as if nothing had happened.
    """

    def __init__(self, number: str, account: str, priority: str) -> None:
        self.number = number
        self.account = account
        self.priority = priority
        self._board: Board | None = None
        self._places = Places()
        self._report = Report()
        self._kept: list[Kept] = []

    def apply(self, event: Event, now: datetime) -> tuple[Effect, ...]:
        """Take what happened and return what to do about it. Before the plan is there, events are kept for later."""
        if self._board is not None:
            return self._happened(self._board, event, now)
        if isinstance(event, Prepared):
            return self._prepared(event.plan, now)
        self._kept.append(Kept(event=event, at=now))
        return ()

    def outstanding(self) -> tuple[Effect, ...]:
        """Return all that was asked and not heard of yet: with this start, continue-as-new and restart begin."""
        if self._board is None:
            return (Prepare(number=self.number),)
        return tuple(open_effects(self._board))

    def awaits(self, key: str) -> bool:
        """Tell whether the wake-up of this key still matters: its second part names the step that asked for it."""
        record = self._board.records.get(key.split("/")[1]) if self._board else None
        return record is not None and record.wake == key

    def refusals(self, command: Command) -> tuple[str, ...]:
        """Return why a command would be refused now; empty if it would be accepted."""
        if self._board is None:
            return ("The order is still being planned; try again in a moment.",)
        return problems(self._board, command)

    @property
    def prepared(self) -> bool:
        """True once the plan is there."""
        return self._board is not None

    @property
    def plan(self) -> RunPlan | None:
        """The run plan, or None before it is there."""
        return self._board.plan if self._board else None

    @property
    def order_state(self) -> OrderState:
        """The order's state, rolled up from its lines."""
        return self._board.order_state if self._board else OrderState.ACKNOWLEDGED

    @property
    def closed(self) -> bool:
        """True when every step has ended: nothing will happen any more."""
        return self._board is not None and self._board.all_ended

    @property
    def open_fallouts(self) -> int:
        """How many steps wait for a decision."""
        return self._board.count(StepState.FATALLY_FAILED) if self._board else 0

    @property
    def details(self) -> str:
        """What the Web UI shows of the order, as Markdown."""
        return details(self._board, self.number, self.account, self.priority)

    def changes(self, now: datetime) -> Batch | None:
        """Return the batch to write next, or None if the book knows all; the same one until it is acknowledged."""
        return self._report.changes(self._board, now) if self._board else None

    def acknowledge(self, written: Written) -> None:
        """Take note that the batch is in the book."""
        self._report.acknowledge(written)

    @property
    def pending_batch(self) -> Batch | None:
        """The batch that was handed out and not acknowledged yet."""
        return self._report.pending

    def dump(self) -> RunState:
        """Return all that the run remembers, but for its plan."""
        board = self._board
        return RunState(
            number=self.number,
            account=self.account,
            priority=self.priority,
            prepared=board is not None,
            steps=tuple(each.memory() for each in board.records.values()) if board else (),
            ready=self._places.waiting,
            kept=tuple(self._kept),
            report=self._report.memory(),
            facts=board.facts.memory() if board else FactsMemory(),
        )

    @classmethod
    def load(cls, state: RunState, plan: RunPlan | None) -> Run:
        """Return the run that `state` is of; `plan` may be None only if it was not prepared yet."""
        run = cls(state.number, state.account, state.priority)
        run._kept = list(state.kept)
        run._report = Report(state.report)
        if state.prepared:
            if plan is None:
                raise ValueError(f"The run of order `{state.number}` is prepared and needs its plan.")
            run._continue(Board(plan, state.steps, state.facts), state.ready)
        return run

    def _continue(self, board: Board, ready: tuple[str, ...]) -> None:
        self._board = board
        for record in board.records.values():
            if record.calling:
                self._places.occupy(board.system(record.id))
        for step in ready:
            self._places.enqueue(step, board.system(step))

    def _prepared(self, plan: RunPlan, now: datetime) -> tuple[Effect, ...]:
        self._board = Board(plan)
        course = self._course(self._board, now)
        for step in self._board.unblocked():
            course.unblock(step)
        effects = course.settle()
        kept, self._kept = self._kept, []
        for each in kept:
            effects += self._happened(self._board, each.event, now)
        return effects

    def _happened(self, board: Board, event: Event, now: datetime) -> tuple[Effect, ...]:
        course = self._course(board, now)
        match event:
            case Prepared():
                pass  # asked for twice after a restart; the first plan stands
            case CallEnded():
                call_ended(course, event)
            case CallbackArrived():
                callback_arrived(course, event)
            case TaskOpened():
                task_opened(course, event)
            case Due():
                due(course, event)
            case Commanded():
                carry_out(course, event.command)
            case Misfit():
                misfit(course, event)
            case _:
                assert_never(event)
        return course.settle()

    def _course(self, board: Board, now: datetime) -> Course:
        return Course(board, self._places, self._report, now)

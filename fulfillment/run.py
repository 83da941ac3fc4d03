"""The run of a plan: events in, effects out. Temporal, a test or a simulation may drive it; it knows none of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from fulfillment.alternatives import extended
from fulfillment.asks import open_effects
from fulfillment.board import Board
from fulfillment.changes import is_change
from fulfillment.changing import catch_up, go_on, planned
from fulfillment.commands import Command
from fulfillment.course import Course
from fulfillment.details import details
from fulfillment.effects import Effect, Prepare
from fulfillment.eligibility import problems
from fulfillment.events import (
    CallbackArrived,
    CallEnded,
    ChangePlanned,
    Commanded,
    Due,
    Event,
    Extended,
    Judged,
    Misfit,
    Prepared,
    SystemOnline,
    TaskOpened,
)
from fulfillment.failing import judged
from fulfillment.handover import hand_over
from fulfillment.happenings import call_ended, callback_arrived, due, misfit, task_opened
from fulfillment.holding import is_hold
from fulfillment.offline import system_online
from fulfillment.operating import carry_out
from fulfillment.places import Places
from fulfillment.progress import AuditEntry, Batch, ChangeProgress, ChangeState, Written
from fulfillment.recall import recalled
from fulfillment.report import SYSTEM, Report
from fulfillment.runplan import RunPlan
from fulfillment.standing import Standing, StepStanding
from fulfillment.state import Kept, RunState
from fulfillment.states import OrderState


class Run:
    """One order's run: `apply` takes what happened and returns what to do; everything else reads.

    It never raises for what an event says: what does not fit is audited or ignored, and changes nothing. All it
    remembers is in `dump()`; after `load` it goes on as if nothing had happened. With `restart` it goes on from what
    the order book knows. `plan` is the digest of its plan, where that is stored already.
    """

    def __init__(self, number: str, account: str, priority: str, *, restart: bool = False, plan: str = "") -> None:
        self.number = number
        self.account = account
        self.priority = priority
        self._before = RunState(number=number, account=account, priority=priority, restart=restart, plan=plan)
        self._board: Board | None = None
        self._places = Places()
        self._report = Report()
        self._kept: list[Kept] = []

    def apply(self, event: Event, now: datetime) -> tuple[Effect, ...]:
        """Take what happened and return what to do about it. Before the plan is there, events are kept for later."""
        if self._board is not None:
            return self._happened(self._board, event, now)
        if isinstance(event, Prepared):
            return self._prepared(event, now)
        self._kept.append(Kept(event=event, at=now))
        return ()

    def outstanding(self) -> tuple[Effect, ...]:
        """Return all that was asked and not heard of yet: with this start, continue-as-new and restart begin."""
        if self._board is None:
            return (Prepare(number=self.number, plan=self._before.plan, restart=self._before.restart),)
        return tuple(open_effects(self._board))

    def awaits(self, key: str) -> bool:
        """Tell whether the wake-up of this key still matters: its second part names the step that asked for it."""
        record = self._board.records.get(key.split("/")[1]) if self._board else None
        return record is not None and record.wake == key

    def refusals(self, command: Command) -> tuple[str, ...]:
        """Return why a command would be refused now; empty if it would be accepted."""
        if self._board is None:
            return ("The order is being prepared; try again in a moment.",)
        return problems(self._board, command)

    def change(self, number_of: int = 0) -> ChangeProgress | None:
        """Return the change of that number, without one the latest; None if there is none."""
        changes = self._board.changes if self._board else None
        return changes.get(number_of or changes.latest) if changes else None

    def is_decided(self, number_of: int) -> bool:
        """Tell whether a change is no longer being worked out."""
        change = self.change(number_of)
        return change is None or change.state is not ChangeState.PLANNING

    def drain(self) -> None:
        """Start no more calls: those in flight end, and what is ready waits for whoever goes on with this run."""
        self._places.close()

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
        return len(self._board.parked()) if self._board else 0

    @property
    def details(self) -> str:
        """What the Web UI shows of the order, as Markdown."""
        return details(self._board, self.number, self.account, self.priority)

    def changes(self, now: datetime) -> Batch | None:
        """Return the batch to write next, or None if the book knows all; the same one until it is acknowledged."""
        return self._report.changes(self._board, now) if self._board else None

    @property
    def has_news(self) -> bool:
        """True while the book does not know all."""
        return self._board is not None and self._report.has_news

    @property
    def has_urgent_news(self) -> bool:
        """True while the book does not know something that people wait for."""
        return self._board is not None and self._report.has_news and self._report.is_urgent(self._board)

    def acknowledge(self, written: Written) -> None:
        """Take note that the batch is in the book."""
        self._report.acknowledge(written)

    @property
    def pending_batch(self) -> Batch | None:
        """The batch that was handed out and not acknowledged yet."""
        return self._report.pending

    def standing(self) -> Standing:
        """Return where every step stands."""
        board = self._board
        if board is None:
            return Standing(number=self.number, state=self.order_state, untold=self._before.prepared)
        return Standing(
            number=self.number,
            state=board.order_state,
            plan=board.plan.plan,
            untold=self._report.has_news,
            open_fallouts=self.open_fallouts,
            steps=tuple(
                StepStanding(id=each.id, state=each.state, round=each.round) for each in board.records.values()
            ),
        )

    def dump(self) -> RunState:
        """Return all that the run remembers, but for its plan."""
        board = self._board
        if board is None:
            return self._before.model_copy(update={"kept": tuple(self._kept)})
        return RunState(
            number=self.number,
            account=self.account,
            priority=self.priority,
            prepared=True,
            plan=board.plan.plan,
            steps=tuple(each.memory() for each in board.records.values()),
            ready=self._places.waiting,
            report=self._report.memory(),
            facts=board.facts.memory(),
            holds=board.holds.memory(),
            changes=board.changes.memory(),
        )

    @classmethod
    def load(cls, state: RunState, plan: RunPlan | None = None) -> Run:
        """Return the run that `state` is of; without its plan it waits for `Prepared` and goes on then."""
        run = cls(state.number, state.account, state.priority)
        run._before, run._kept = state, list(state.kept)
        if state.prepared and plan is not None:
            run._go_on(plan)
        return run

    def _go_on(self, plan: RunPlan) -> Board:
        """Go on from what is remembered of an earlier run."""
        state = self._before
        self._board = board = Board(plan, state.steps, state.facts, state.holds, state.changes)
        self._report = Report(state.report)
        for record in board.records.values():
            if record.calling:
                self._places.occupy(board.system(record.id))
        for step in state.ready:
            self._places.enqueue(step, board.system(step))
        return board

    def _prepared(self, event: Prepared, now: datetime) -> tuple[Effect, ...]:
        if event.earlier is not None:
            self._before = recalled(self._before, event.plan, event.earlier)
        board = self._go_on(event.plan)
        if event.plan.rejected:
            entry = AuditEntry(at=now, actor=SYSTEM, action="reject", accepted=True, detail=event.plan.rejected)
            self._report.audit(entry)
        held, kept = _halts_first(self._kept)
        self._kept = []
        for each in held:
            self._happened(board, each.event, now)
        course = self._course(board, now)
        if event.earlier is not None:
            catch_up(course)
        for extension in reversed(board.plan.extensions):
            if board.has_ended(extension):
                hand_over(board, self._report, extension)
        go_on(course)
        course.settle()
        effects = tuple(open_effects(board))
        for each in kept:
            effects += self._happened(board, each.event, now)
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
            case Judged():
                judged(course, event)
            case TaskOpened():
                task_opened(course, event)
            case Due():
                due(course, event)
            case Commanded():
                carry_out(course, event.command)
            case Extended():
                extended(course, event)
            case ChangePlanned():
                planned(course, event)
            case SystemOnline():
                system_online(course, event)
            case Misfit():
                misfit(course, event)
            case _:
                assert_never(event)
        return course.settle()

    def _course(self, board: Board, now: datetime) -> Course:
        return Course(board, self._places, self._report, now)


def _halts_first(kept: Iterable[Kept]) -> tuple[list[Kept], list[Kept]]:
    """Return what holds, releases or changes an order before its first step starts, and the rest."""
    events = list(kept)
    held = [each for each in events if isinstance(each.event, Commanded) and _halts(each.event.command)]
    return held, [each for each in events if each not in held]


def _halts(command: Command) -> bool:
    return is_hold(command) or is_change(command)

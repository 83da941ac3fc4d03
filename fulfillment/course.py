"""The course of a run: steps move, and what follows from that moves too, until nothing changes.

Moves caused by an event and moves that follow from a joint state are kept apart: the handlers of events call `move`,
`park` and `begin`; `settle` then does all that follows.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import assert_never

from catalog.fallout_rules import CONDITION_ERROR
from catalog.steps import StepType
from fulfillment.asks import call_of, next_extension, products_of, task_of, wake_of
from fulfillment.board import Board
from fulfillment.conditions import NoVerdict, holds
from fulfillment.effects import Effect
from fulfillment.handover import hand_over
from fulfillment.judgement import ask_rules_of_wait
from fulfillment.outcomes import Failure, Park
from fulfillment.pauses import begin_pause
from fulfillment.places import Places
from fulfillment.progress import AuditEntry, FalloutProgress, TaskProgress
from fulfillment.report import SYSTEM, Report
from fulfillment.starting import branch_before, halted, nothing_to_undo
from fulfillment.state import StepRecord
from fulfillment.states import StepState
from fulfillment.timing import starts_at, wait_until
from fulfillment.transitions import Happening, move


class Course:
    """One event's worth of changes; `effects` grow while it settles."""

    def __init__(self, board: Board, places: Places, report: Report, now: datetime) -> None:
        self.board = board
        self.places = places
        self.report = report
        self.now = now
        self.effects: list[Effect] = []
        self._ended: deque[str] = deque()
        self._ready: list[str] = []

    def move(self, record: StepRecord, happening: Happening, reason: str, actor: str = "") -> None:
        """Move a step by the table, with the reason in words; an ended one takes its dependents along in `settle`."""
        over = record.ended and happening is not Happening.GIVEN_UP
        self.board.set_state(record.id, move(record.state, happening))
        record.reason, record.actor, record.judging = reason, actor, None
        self.report.moved(record.id)
        if record.state is StepState.IN_PROGRESS and record.started_at is None:
            record.started_at, record.begun_in = self.now, self.board.plan.version
        if record.ended:
            record.ended_at = self.now
            self.sleep_no_more(record)
            if not over:  # whoever waited for what a change undoes has gone on already
                self._ended.append(record.id)

    def settle(self) -> tuple[Effect, ...]:
        """Do all that follows: unblock dependents, queue what is ready in step-id order, fill the places."""
        while self._ended:
            step = self._ended.popleft()
            for extension in self.board.ended_with(step):
                hand_over(self.board, self.report, extension)
            freed = self.board.ended(step)
            for waiting in freed.retold:
                self.report.step(waiting)
            for unblocked in freed.unblocked:
                if self.board.records[unblocked].state is StepState.PENDING:
                    self.unblock(unblocked)
        for step in sorted(self._ready):
            self.places.enqueue(step, self.board.system(step))
        self._ready.clear()
        while (next_step := self.places.take()) is not None:
            self._call(self.board.records[next_step])
        self.effects.extend(next_extension(self.board))
        return tuple(self.effects)

    def unblock(self, step: str) -> None:
        """Start a step whose prerequisites have ended, now or as lag and schedule allow, or skip it with its branch.

        While a change is being worked out, it stays where it is.
        """
        record = self.board.records[step]
        if self.board.changes.at_work is not None:
            self.report.step(step)
            return
        if (nothing := nothing_to_undo(self.board, step)) is not None:
            self._skip(record, Happening.NOTHING_TO_UNDO, nothing)
            return
        before = branch_before(self.board, step)
        if before and all(each.in_skipped_branch for each in before):
            record.in_skipped_branch = True
            self._skip(
                record, Happening.BRANCH_SKIPPED, f"skipped with its branch, after {self.board.name(before[0].id)}"
            )
            return
        at = starts_at(self.board, step, self.now)
        if at is not None:
            wait_until(self, record, at, Happening.TIME_AHEAD)
            return
        self.move(record, Happening.PREREQUISITES_ENDED, "")
        self.begin(record)

    def begin(self, record: StepRecord) -> None:
        """Go on with a step that is ready: ask its condition once, then do what its type does.

        While a change is being worked out, or a hold concerns it, it waits instead, and begins after that.
        """
        if (why := halted(self.board, record.id)) is not None:
            self._halt(record, why)
            return
        record.held = False
        if not record.met and not self._met(record):
            return
        definition = self.board.definition(record.id)
        match definition.type:
            case StepType.MILESTONE | StepType.STAGED_ASSETIZE:
                self.move(record, Happening.REACHED, "reached")
            case StepType.MANUAL_TASK:
                self.move(record, Happening.STARTED, f"waits for a person in queue `{definition.queue or 'default'}`")
                self._open_task(record)
            case StepType.PAUSE:
                begin_pause(self, record)
            case StepType.CALLOUT | StepType.AUTO_TASK:
                record.reason = "waits for a place: too many calls are in flight"
                self.report.step(record.id)
                self._ready.append(record.id)
            case _:
                assert_never(definition.type)

    def park(self, record: StepRecord, failure: Failure, decision: Park) -> None:
        """Park a step for a person, with its next fallout."""
        happening = Happening.CONDITION_FAILED if record.state is StepState.READY else Happening.PARKED
        record.outputs = ()
        record.awaiting = False
        self.sleep_no_more(record)
        self.move(record, happening, _parked(failure, decision, record.unknown))
        number = len(record.fallouts) + 1
        record.fallouts = (*record.fallouts, self._fallout(record, number, failure, decision))
        self.report.fallout(record.id, number)
        self.audit("park", record.id, f"fallout {number}: `{failure.code}`, {decision.why}")

    def sleep(self, record: StepRecord, key: str, at: datetime) -> None:
        """Ask to be woken for a step."""
        record.wake, record.due = key, at
        self.effects.extend(wake_of(record))

    def sleep_no_more(self, record: StepRecord) -> None:
        """Forget what a step slept for; the wake-up under way is stale."""
        record.wake, record.due = "", None

    def audit(
        self,
        action: str,
        step: str,
        detail: str,
        *,
        accepted: bool = True,
        actor: str = SYSTEM,
        role: str = "",
        reason: str = "",
    ) -> None:
        """Write down who did what; without an actor, that the run decided it."""
        self.report.audit(
            AuditEntry(
                at=self.now,
                actor=actor,
                role=role,
                action=action,
                step=step,
                accepted=accepted,
                detail=detail,
                reason=reason,
            )
        )

    def _halt(self, record: StepRecord, why: str) -> None:
        if record.held and record.reason == why:
            return
        record.held = True
        # Asked when it would start: before its first try the condition is asked again.
        record.met = record.met and record.attempts > 0
        record.reason = why
        self.report.step(record.id)

    def _met(self, record: StepRecord) -> bool:
        try:
            record.met = holds(self.board, record.id)
        except NoVerdict as error:
            failure = Failure(code=CONDITION_ERROR, message=str(error), refused=True)
            ask_rules_of_wait(self, record, failure)
            return False
        if record.started_at is None:
            record.tries = 0  # those before were looks at the condition
        if not record.met:
            definition = self.board.definition(record.id)
            record.in_skipped_branch = definition.skip_branch
            self._skip(record, Happening.CONDITION_FALSE, f"condition is false: `{definition.when}`")
        return record.met

    def _skip(self, record: StepRecord, happening: Happening, reason: str) -> None:
        self.move(record, happening, reason)
        self.audit("skip", record.id, reason)

    def _call(self, record: StepRecord) -> None:
        operation = self.board.definition(record.id).operation
        again = f", try {record.attempts + 1}" if record.attempts else ""
        self.move(record, Happening.STARTED, f"calls `{operation}`{again}")
        record.calling = True
        if not record.attempts:
            record.first_tried_at = self.now
        if self.board.definition(record.id).reads_facts and not record.attempts:
            # taken once: every try of a round sends the same bytes, whatever is set meanwhile
            record.facts = self.board.facts.of_order()
            record.line_facts = self.board.facts.of_step(self.board.steps[record.id])
        self.effects.append(call_of(self.board, record))

    def _open_task(self, record: StepRecord) -> None:
        effect = task_of(self.board, record)
        record.task = TaskProgress(
            step=record.id,
            title=effect.title,
            instructions=effect.instructions,
            queue=effect.queue,
            form=effect.form,
            due_after=self.board.definition(record.id).due,
            products=products_of(self.board, record.id),
            opened_at=self.now,
        )
        self.report.task(record.id)
        self.effects.append(effect)

    def _fallout(self, record: StepRecord, number: int, failure: Failure, decision: Park) -> FalloutProgress:
        return FalloutProgress(
            step=record.id,
            number=number,
            round=record.round,
            system=self.board.system(record.id),
            operation=self.board.definition(record.id).operation or "",
            failure=failure,
            unknown=record.unknown,
            rule=decision.rule,
            why=decision.why,
            queue=decision.queue,
            alternative=decision.alternative,
            cancels=decision.cancels,
            attempts=record.attempts,
            opened_at=self.now,
            notify=decision.notify,
        )


def _parked(failure: Failure, decision: Park, unknown: bool) -> str:
    doubt = "; whether it worked is unknown" if unknown else ""
    why = f" ({decision.why})" if decision.why else ""
    return f"failed with `{failure.code}`: {failure.message.rstrip('.')}{doubt}{why}"

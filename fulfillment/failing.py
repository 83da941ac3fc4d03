"""What becomes of a step that failed, as the fallout rules have decided: of a call in its activity, else when asked."""

from __future__ import annotations

from typing import assert_never

from fulfillment.alternatives import rule_chose
from fulfillment.changing import rule_cancels
from fulfillment.commands import CommandBase
from fulfillment.course import Course
from fulfillment.events import Judged
from fulfillment.outcomes import CancelWork, Decision, Failure, Park, RetryLater, RunAlternative, SkipStep
from fulfillment.repair import resolve
from fulfillment.report import SYSTEM
from fulfillment.state import LOOK_AGAIN, StepRecord
from fulfillment.states import StepState
from fulfillment.times import clock, later
from fulfillment.transitions import Happening


def judged(course: Course, event: Judged) -> None:
    """Take what the fallout rules decide about a failure that they were asked about; any other is stale and ignored."""
    record = course.board.records.get(event.step)
    if record is None or record.judging is None:
        return
    if (record.round, record.judgings) == (event.round, event.number_of):
        failed(course, record, record.judging, event.decision)


def failed(course: Course, record: StepRecord, failure: Failure, decision: Decision) -> None:
    """Do about a failure what was decided."""
    match decision:
        case RetryLater():
            _retry_later(course, record, failure, decision)
        case Park():
            course.park(record, failure, decision)
        case SkipStep():
            _skipped(course, record, failure, decision)
        case RunAlternative():
            rule_chose(course, record, failure, decision)
        case CancelWork():
            rule_cancels(course, record, failure, decision)
        case _:
            assert_never(decision)


def _skipped(course: Course, record: StepRecord, failure: Failure, decision: SkipStep) -> None:
    """Go on without a step, as its rule says: a fallout that the rule resolves; no person has waived the step."""
    why = Park(rule=decision.rule, why=decision.why, notify=decision.notify)
    course.park(record, failure, why)
    resolve(course, CommandBase(actor=SYSTEM, reason=f"rule `{decision.rule}`"), record, "skipped")
    words = f"skipped after `{failure.code}`: {failure.message.rstrip('.')} ({decision.why})"
    record.callback = None
    course.move(record, Happening.SKIPPED_BY_RULE, words)
    course.audit("skip", record.id, words)


def _retry_later(course: Course, record: StepRecord, failure: Failure, decision: RetryLater) -> None:
    at = later(course.now, decision.delay)
    words = f"failed with `{failure.code}`: {failure.message.rstrip('.')}; next try at {clock(at)}"
    key = _next_try(record)
    course.move(record, Happening.RETRY_DECIDED, words)
    course.sleep(record, key, at)
    course.audit("retry", record.id, f"rule `{decision.rule}`: {words}" if decision.rule else words)


def _next_try(record: StepRecord) -> str:
    """Return the key of the wake-up for the next try, another one for each try; what only waits counts no attempts."""
    if record.state is StepState.READY:
        return f"{LOOK_AGAIN}/{record.id}/{record.judgings}"
    key = f"retry/{record.id}/{record.round}/{record.attempts}"
    return f"{key}/{record.judgings}" if record.judgings else key

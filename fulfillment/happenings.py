"""What the world answers: calls that ended, callbacks, opened tasks, wake-ups. Nothing here raises for any content."""

from __future__ import annotations

from typing import assert_never

from catalog.values import NamedValues
from fulfillment.alternatives import rule_chose
from fulfillment.answers import storable
from fulfillment.callbacks import EXCERPT, read_callback, with_later
from fulfillment.commands import CommandBase
from fulfillment.course import Course
from fulfillment.events import CallbackArrived, CallEnded, Due, Misfit, TaskOpened
from fulfillment.offline import found_offline
from fulfillment.outcomes import Failed, Failure, Offline, Park, RetryLater, RunAlternative, SkipStep, Succeeded
from fulfillment.pauses import pause_over
from fulfillment.progress import LateAnswerProgress
from fulfillment.repair import resolve
from fulfillment.report import SYSTEM
from fulfillment.runplan import RunCallback
from fulfillment.state import StepRecord
from fulfillment.states import StepState
from fulfillment.times import clock, later
from fulfillment.transitions import Happening


def call_ended(course: Course, event: CallEnded) -> None:
    """Take the answer of a call that is in flight; any other is stale and ignored."""
    record = course.board.records.get(event.step)
    if record is None or not record.calling or record.round != event.round:
        return
    outcome = event.outcome
    record.calling = False
    record.attempts += outcome.attempts
    record.tries += outcome.tries if isinstance(outcome, Offline) else outcome.attempts
    course.places.free(course.board.system(record.id))
    if outcome.unwritten_attempts:
        count = outcome.unwritten_attempts
        course.audit("attempts", record.id, f"{count} attempt{'s' * (count > 1)} could not be written to the book")
    match outcome:
        case Succeeded():
            _succeeded(course, record, outcome)
        case Failed():
            _failed(course, record, outcome)
        case Offline():
            found_offline(course, record, outcome)
        case _:
            assert_never(outcome)


def callback_arrived(course: Course, event: CallbackArrived) -> None:
    """Take a callback: consumed if the step waits for it, kept if it is early, otherwise only written down.

    What comes while the step is parked is both: an operator may complete the step with it, and if the step is tried
    again instead, the system need not answer a second time.
    """
    record = course.board.records.get(event.step)
    callback = course.board.definition(event.step).callback if record else None
    late = _unexpected(record, callback, event)
    if record is None or callback is None or late:
        course.audit("callback", event.step, f"{late}: {event.body[:EXCERPT]}", accepted=False)
        if record is not None and callback is not None:
            _keep_late(course, record, event, late)
    elif record.awaiting:
        course.audit("callback", event.step, "answered")
        _consume(course, record, callback, event.body)
    else:
        record.callback = event.body
        course.audit("callback", event.step, "came early and is kept until the call is accepted")
        if record.state is StepState.FATALLY_FAILED:
            _keep_late(course, record, event, f"the step is {record.state.value}")


def task_opened(course: Course, event: TaskOpened) -> None:
    """Note that a person's task stands in the book."""
    record = course.board.records.get(event.step)
    if record is not None and record.task is not None:
        record.task_opened = True


def due(course: Course, event: Due) -> None:
    """Wake the step that waits for this key; a stale key is ignored."""
    kind, _, rest = event.key.partition("/")
    record = course.board.records.get(rest.partition("/")[0])
    if record is None or record.wake != event.key:
        return
    course.sleep_no_more(record)
    match kind:
        case "start":
            course.move(record, Happening.TIME_CAME, "")
            course.begin(record)
        case "retry":
            course.move(record, Happening.RETRY_DUE, "")
            course.begin(record)
        case "pause":
            pause_over(course, record)
        case _:
            _overdue(course, record)


def misfit(course: Course, event: Misfit) -> None:
    """Write down a message that is none."""
    course.audit(f"message {event.name}"[:100], "", event.problem, accepted=False, actor="unknown")


def _unexpected(record: StepRecord | None, callback: RunCallback | None, event: CallbackArrived) -> str:
    if record is None:
        return "the order has no such step"
    if callback is None:
        return "the step awaits no callback"
    if event.round != record.round:
        return f"it is for round {event.round}, the step is in round {record.round}"
    if record.callback is not None:
        return "an earlier one is kept already"
    tried = record.attempts > 0 and record.state in _TRIED and not record.ended
    trying = record.calling or record.awaiting or tried
    return "" if trying else f"the step is {record.state.value}"


def _keep_late(course: Course, record: StepRecord, event: CallbackArrived, why: str) -> None:
    """Keep a callback that nobody waited for while the step is open: an operator may complete the step with it."""
    if record.ended or record.late_answers >= MOST_LATE_ANSWERS:
        return
    record.late_answers += 1
    course.report.step(record.id)
    course.report.late_answer(
        LateAnswerProgress(
            step=record.id,
            number=record.late_answers,
            round=event.round,
            at=course.now,
            why=why,
            answer=storable(event.body),
        )
    )


MOST_LATE_ANSWERS = 20
"""How many late answers of one step are kept; further ones are audited like all."""

_TRIED = (StepState.READY, StepState.FAILED, StepState.ON_HOLD, StepState.FATALLY_FAILED)


def _succeeded(course: Course, record: StepRecord, outcome: Succeeded) -> None:
    callback = course.board.definition(record.id).callback
    record.outputs = outcome.outputs
    if not outcome.awaits_callback or callback is None:
        _completed(course, record, outcome.outputs, outcome.note)
        return
    operation = course.board.definition(record.id).operation
    deadline = later(course.now, callback.deadline)
    course.move(record, Happening.ACCEPTED, f"`{operation}` accepted it; waits for the answer until {clock(deadline)}")
    record.awaiting, record.accepted = True, outcome.outputs
    body, record.callback = record.callback, None
    if body is not None:
        _consume(course, record, callback, body)
    else:
        course.sleep(record, f"callback/{record.id}/{record.round}/{record.attempts}", deadline)


def _consume(course: Course, record: StepRecord, callback: RunCallback, body: str) -> None:
    answer = read_callback(callback, body)
    record.awaiting = False
    course.sleep_no_more(record)
    if isinstance(answer, Failure):
        record.unknown = record.unknown or not answer.refused
        course.park(
            record, Happening.PARKED, answer, Park(why="the callback tells it; it is not tried again by itself")
        )
    else:
        _completed(course, record, with_later(record.outputs, answer))


def _completed(course: Course, record: StepRecord, outputs: NamedValues, note: str = "") -> None:
    record.outputs = outputs
    record.callback = None
    record.unknown = False
    course.move(record, Happening.SUCCEEDED, note or "completed")


def _failed(course: Course, record: StepRecord, outcome: Failed) -> None:
    record.unknown = record.unknown or outcome.unknown
    failure, decision = outcome.failure, outcome.decision
    match decision:
        case RetryLater():
            _retry_later(course, record, failure, decision)
        case Park():
            course.park(record, Happening.PARKED, failure, decision)
        case SkipStep():
            _skipped(course, record, failure, decision)
        case RunAlternative():
            rule_chose(course, record, failure, decision)
        case _:
            assert_never(decision)


def _skipped(course: Course, record: StepRecord, failure: Failure, decision: SkipStep) -> None:
    """Go on without a step, as its rule says: a fallout that the rule resolves; no person has waived the step."""
    why = Park(rule=decision.rule, why=decision.why, notify=decision.notify)
    course.park(record, Happening.PARKED, failure, why)
    resolve(course, CommandBase(actor=SYSTEM, reason=f"rule `{decision.rule}`"), record, "skipped")
    words = f"skipped after `{failure.code}`: {failure.message.rstrip('.')} ({decision.why})"
    record.callback = None
    course.move(record, Happening.SKIPPED_BY_RULE, words)
    course.audit("skip", record.id, words)


def _retry_later(course: Course, record: StepRecord, failure: Failure, decision: RetryLater) -> None:
    at = later(course.now, decision.delay)
    words = f"failed with `{failure.code}`: {failure.message.rstrip('.')}; next try at {clock(at)}"
    course.move(record, Happening.RETRY_DECIDED, words)
    course.sleep(record, f"retry/{record.id}/{record.round}/{record.attempts}", at)
    course.audit("retry", record.id, f"rule `{decision.rule}`: {words}" if decision.rule else words)


def _overdue(course: Course, record: StepRecord) -> None:
    callback = course.board.definition(record.id).callback
    limit = f" within {callback.deadline}" if callback else ""
    failure = Failure(code="CALLBACK_OVERDUE", message=f"The system accepted it and did not answer{limit}.")
    record.unknown = True
    course.park(record, Happening.PARKED, failure, Park(why="the deadline of the callback has passed"))

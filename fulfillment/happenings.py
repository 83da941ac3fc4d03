"""What the world answers: calls that ended, callbacks, opened tasks, wake-ups. Nothing here raises for any content."""

from __future__ import annotations

from typing import assert_never

from catalog.values import NamedValues
from fulfillment.answers import storable
from fulfillment.callbacks import EXCERPT, read_callback, with_later
from fulfillment.course import Course
from fulfillment.events import CallbackArrived, CallEnded, Due, Misfit, TaskOpened
from fulfillment.failing import failed
from fulfillment.judgement import ask_rules
from fulfillment.offline import found_offline
from fulfillment.outcomes import Failed, Failure, Offline, Succeeded
from fulfillment.pauses import pause_over
from fulfillment.progress import LateAnswerProgress
from fulfillment.runplan import RunCallback
from fulfillment.state import StepRecord
from fulfillment.states import StepState
from fulfillment.times import clock, later
from fulfillment.transitions import Happening
from fulfillment.undoing import ended_unwanted


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
    if record.unwanted is not None:
        ended_unwanted(course, record, outcome)
        return
    match outcome:
        case Succeeded():
            _succeeded(course, record, outcome)
        case Failed():
            record.unknown = record.unknown or outcome.unknown
            failed(course, record, outcome.failure, outcome.decision)
        case Offline():
            found_offline(course, record, outcome)
        case _:
            assert_never(outcome)


def callback_arrived(course: Course, event: CallbackArrived) -> None:
    """Take a callback: consumed if the step waits for it, kept if it is early, otherwise only written down.

    What comes while the step is parked, or its failure is being judged, is both: an operator may complete the step with
    it, and if the step is tried again instead, the system need not answer a second time.
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
        if record.judging is not None or record.state is StepState.FATALLY_FAILED:
            where = "being judged" if record.judging else record.state.value
            _keep_late(course, record, event, f"the step is {where}")


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
        case "pause":
            pause_over(course, record)
        case "callback":
            _overdue(course, record)
        case _:
            course.move(record, Happening.RETRY_DUE, "")
            course.begin(record)


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
    pausing = record.judging is not None or record.state in _TRIED
    tried = record.attempts > 0 and pausing and not record.ended
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
        ask_rules(course, record, answer)
    else:
        _completed(course, record, with_later(record.outputs, answer))


def _completed(course: Course, record: StepRecord, outputs: NamedValues, note: str = "") -> None:
    record.outputs = outputs
    record.callback = None
    record.unknown = False
    course.move(record, Happening.SUCCEEDED, note or "completed")


def _overdue(course: Course, record: StepRecord) -> None:
    callback = course.board.definition(record.id).callback
    limit = f" within {callback.deadline}" if callback else ""
    failure = Failure(code="CALLBACK_OVERDUE", message=f"The system accepted it and did not answer{limit}.")
    record.unknown = True
    ask_rules(course, record, failure)

"""Pauses: steps that wait until a condition holds, or until their time is over (`domain.md` P4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.fallout_rules import CONDITION_ERROR, PAUSE_TIMED_OUT
from catalog.steps import OnTimeout, StepType
from fulfillment.conditions import NoVerdict, until_holds
from fulfillment.judgement import ask_rules_of_wait
from fulfillment.outcomes import Failure
from fulfillment.state import StepRecord
from fulfillment.states import StepState
from fulfillment.times import clock, later
from fulfillment.transitions import Happening

if TYPE_CHECKING:
    from fulfillment.course import Course


def begin_pause(course: Course, record: StepRecord) -> None:
    """Begin to wait; where the condition holds already, go on at once."""
    definition = course.board.definition(record.id)
    until = f"waits until `{definition.until}` holds"
    if definition.pause_timeout is None:
        course.move(record, Happening.STARTED, until)
        ask_pause(course, record)
        return
    at = later(course.now, definition.pause_timeout)
    course.move(record, Happening.STARTED, f"{until}, at most until {clock(at)}")
    ask_pause(course, record)
    if record.state is StepState.IN_PROGRESS and record.judging is None:
        course.sleep(record, _time_out(record), at)


def ask_pauses(course: Course) -> None:
    """Ask the condition of every pause that waits, in step-id order; one that waits for its next try may go on now."""
    for step in course.board.in_state(StepState.IN_PROGRESS, StepState.FAILED):
        record = course.board.records[step]
        if course.board.definition(step).type is not StepType.PAUSE or record.judging is not None:
            continue
        if record.state is StepState.IN_PROGRESS:
            ask_pause(course, record)
        elif _holds_now(course, record):
            course.sleep_no_more(record)
            course.move(record, Happening.RETRY_DUE, "")
            course.begin(record)


def ask_pause(course: Course, record: StepRecord) -> None:
    """Ask the condition of a pause that waits; go on if it holds, and ask the fallout rules if it has no value."""
    try:
        over = until_holds(course.board, record.id)
    except NoVerdict as error:
        ask_rules_of_wait(course, record, Failure(code=CONDITION_ERROR, message=str(error), refused=True))
        return
    if over:
        until = course.board.definition(record.id).until
        course.move(record, Happening.SUCCEEDED, f"`{until}` holds")


def pause_over(course: Course, record: StepRecord) -> None:
    """The time-out of a pause has passed: it has failed, or goes on, as its definition says."""
    definition = course.board.definition(record.id)
    message = f"`{definition.until}` did not hold within {definition.pause_timeout}."
    if definition.on_timeout is OnTimeout.CONTINUE:
        course.move(record, Happening.SUCCEEDED, f"goes on without: {message.rstrip('.')}")
        course.audit("pause", record.id, f"time-out: {message}")
        return
    ask_rules_of_wait(course, record, Failure(code=PAUSE_TIMED_OUT, message=message, refused=True))


def _time_out(record: StepRecord) -> str:
    """Return the key of this wait's time-out: its counts tell it from those before, whose wake-ups may still come."""
    key = f"pause/{record.id}/{len(record.fallouts)}"
    return f"{key}/{record.judgings}" if record.judgings else key


def _holds_now(course: Course, record: StepRecord) -> bool:
    try:
        return until_holds(course.board, record.id)
    except NoVerdict:
        return False

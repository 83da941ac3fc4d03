"""Pauses: steps that wait until a condition holds, or until their time is over (`domain.md` P4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.steps import OnTimeout, StepType
from fulfillment.conditions import NoVerdict, until_holds
from fulfillment.outcomes import Failure, Park
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
    if record.state is StepState.IN_PROGRESS:
        # The count of fallouts tells this wait from one before a retry, whose wake-up may still come.
        course.sleep(record, f"pause/{record.id}/{len(record.fallouts)}", at)


def ask_pauses(course: Course) -> None:
    """Ask the condition of every pause that waits, in step-id order."""
    for step in course.board.in_state(StepState.IN_PROGRESS):
        if course.board.definition(step).type is StepType.PAUSE:
            ask_pause(course, course.board.records[step])


def ask_pause(course: Course, record: StepRecord) -> None:
    """Ask the condition of a pause that waits; go on if it holds, park if it has no value."""
    try:
        over = until_holds(course.board, record.id)
    except NoVerdict as error:
        failure = Failure(code="CONDITION_ERROR", message=str(error), refused=True)
        course.park(record, Happening.PARKED, failure, Park(why="its condition has no value"))
        return
    if over:
        until = course.board.definition(record.id).until
        course.move(record, Happening.SUCCEEDED, f"`{until}` holds")


def pause_over(course: Course, record: StepRecord) -> None:
    """The time-out of a pause has passed: park it, or go on, as its definition says."""
    definition = course.board.definition(record.id)
    message = f"`{definition.until}` did not hold within {definition.pause_timeout}."
    if definition.on_timeout is OnTimeout.CONTINUE:
        course.move(record, Happening.SUCCEEDED, f"goes on without: {message.rstrip('.')}")
        course.audit("pause", record.id, f"time-out: {message}")
        return
    failure = Failure(code="PAUSE_TIMED_OUT", message=message, refused=True)
    course.park(record, Happening.PARKED, failure, Park(why="its time-out has passed"))

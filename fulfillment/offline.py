"""Systems that are switched off: their steps wait `on_hold` instead of failing, no attempt counts (`domain.md` F5)."""

from __future__ import annotations

from fulfillment.course import Course
from fulfillment.events import SystemOnline
from fulfillment.outcomes import Offline
from fulfillment.state import StepRecord
from fulfillment.states import StepState
from fulfillment.transitions import Happening


def found_offline(course: Course, record: StepRecord, outcome: Offline) -> None:
    """Put a step on hold whose system was found switched off; what is known of its earlier tries stays known."""
    record.unknown = record.unknown or outcome.unknown
    words = f"`{outcome.system}` is offline: {outcome.reason} ({outcome.actor}); goes on when it is back"
    course.move(record, Happening.OFFLINE, words)
    course.audit("offline", record.id, words)


def system_online(course: Course, event: SystemOnline) -> None:
    """Let the steps go on that wait for a system; where none does, nothing changes."""
    waiting = [each for each in course.board.in_state(StepState.ON_HOLD) if course.board.system(each) == event.system]
    for step in waiting:
        record = course.board.records[step]
        course.audit("online", step, f"`{event.system}` is back")
        course.move(record, Happening.ONLINE, f"`{event.system}` is back")
        course.begin(record)

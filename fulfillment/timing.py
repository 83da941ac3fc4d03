"""When a step starts: its schedule and lags, or what an operator has said instead (`domain.md` E5)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from decomposition.clock import Clock
from fulfillment.board import Board
from fulfillment.commands import Reschedule, StartNow
from fulfillment.state import StepRecord
from fulfillment.states import StepState
from fulfillment.times import clock as shown
from fulfillment.transitions import Happening

if TYPE_CHECKING:
    from fulfillment.course import Course


def starts_at(board: Board, step: str, now: datetime) -> datetime | None:
    """Return from when on a step may start whose prerequisites have ended at `now`; None for at once.

    What an operator has said counts in place of schedule and lags.
    """
    record, planned = board.records[step], board.steps[step]
    if record.moved_to is not None:
        times = [record.moved_to]
    else:
        clock = Clock(board.plan.calendars)
        times = [clock.after(board.records[each.step].ended_at or now, each) for each in planned.after]
        if times and planned.delay is not None:
            times = [clock.later(max(times), planned.delay)]
        times += [planned.not_before] if planned.not_before else []
    at = max(times, default=now)
    return at if at > now else None


def wait_until(course: Course, record: StepRecord, at: datetime, happening: Happening, actor: str = "") -> None:
    """Let a step wait for its time; a wake-up asked for before is stale, since its key has another count."""
    course.move(record, happening, f"starts at {shown(at)}{record.moved_why}", actor)
    course.sleep(record, f"start/{record.id}/{record.moves}" if record.moves else f"start/{record.id}", at)


def start_now(course: Course, command: StartNow, record: StepRecord) -> None:
    """Start a step that waits for its time."""
    course.sleep_no_more(record)
    course.move(record, Happening.STARTED_EARLY, f"started early{_by(command)}", command.actor)
    course.begin(record)


def reschedule(course: Course, command: Reschedule, record: StepRecord) -> None:
    """Give a step another time; one that has passed means as soon as its prerequisites have ended.

    A step that still waits for prerequisites remembers its time until they have ended.
    """
    record.moved_to, record.moved_why = command.at, f", moved{_by(command)}"
    record.moves += 1
    if record.state is not StepState.SCHEDULED:
        course.report.step(record.id)
        return
    course.sleep_no_more(record)
    if command.at > course.now:
        wait_until(course, record, command.at, Happening.RESCHEDULED, command.actor)
        return
    course.move(record, Happening.STARTED_EARLY, f"started{record.moved_why}", command.actor)
    course.begin(record)


def _by(command: StartNow | Reschedule) -> str:
    return f" by {command.actor}{f': {command.reason}' if command.reason else ''}"

"""What operators do about a parked step: how its fallout is resolved, its input edited, the step given up (F4)."""

from __future__ import annotations

from catalog.values import NamedValue, NamedValues
from fulfillment.commands import CommandBase, EditAndRetry, GiveUp
from fulfillment.course import Course
from fulfillment.forms import edits
from fulfillment.state import StepRecord
from fulfillment.states import StepState
from fulfillment.transitions import Happening


def resolve(course: Course, command: CommandBase, record: StepRecord, resolution: str) -> None:
    """Close the open fallout of a step, if it has one: how, by whom and why."""
    fallout = record.fallout
    if fallout is None:
        return
    done = {
        "resolution": resolution,
        "actor": command.actor,
        "reason": command.reason,
        "resolved_at": course.now,
    }
    record.fallouts = (*record.fallouts[:-1], fallout.model_copy(update=done))
    course.report.fallout(record.id, fallout.number)


def by(what: str, command: CommandBase) -> str:
    """Return what was done, by whom and why, as the reason of a step tells it."""
    why = f": {command.reason}" if command.reason else ""
    return f"{what} by {command.actor}{why}"


def edit_and_retry(course: Course, command: EditAndRetry, record: StepRecord) -> None:
    """Begin a new round with other input: the effect of this one is not wanted any more, and did not happen (E1)."""
    resolve(course, command, record, "edited and retried")
    course.sleep_no_more(record)
    record.edited = _over(record.edited, edits(course.board.definition(record.id), command.values)[0])
    record.round += 1
    record.attempts = record.tries = 0
    record.unknown = False
    record.callback, record.accepted = None, ()
    course.move(record, Happening.EDITED, by("edited and retried", command), command.actor)
    course.begin(record)


def edited_in_words(before: NamedValues, given: NamedValues) -> str:
    """Return what was edited, as the history tells it: each value, and the one it replaced where that is known."""
    known = {each.name: each for each in before}
    return ", ".join(_told(each, known.get(each.name)) for each in given)


def give_up(course: Course, command: GiveUp, record: StepRecord) -> None:
    """End a parked step without its effect; what depends on it and has not begun is discarded, what runs goes on."""
    resolve(course, command, record, "given up")
    record.given_up, record.callback = True, None
    course.move(record, Happening.GIVEN_UP, by("given up", command), command.actor)
    why = by(f"discarded: it waits for {course.board.name(record.id)}, which was given up", command)
    for step in course.board.after(record.id):
        waiting = course.board.records[step]
        if waiting.state is StepState.PENDING:
            course.move(waiting, Happening.DISCARDED_AFTER, why, command.actor)
            course.audit("discard", step, why)


def _over(before: NamedValues, given: NamedValues) -> NamedValues:
    together = {each.name: each for each in (*before, *given)}
    return tuple(together[name] for name in sorted(together))


def _told(now: NamedValue, before: NamedValue | None) -> str:
    was = "" if before is None else f" (was {_text(before)})"
    return f"`{now.name}` = {_text(now)}{was}"


def _text(value: NamedValue) -> str:
    return "null" if value.text is None else value.text

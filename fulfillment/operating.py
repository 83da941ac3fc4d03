"""What people ask: commands, refused with reasons or carried out, and audited either way (`domain.md` F4)."""

from __future__ import annotations

from typing import assert_never

from fulfillment.commands import Cancel, Command, Complete, CompleteTask, Retry, SetFacts, Skip
from fulfillment.course import Course
from fulfillment.eligibility import problems
from fulfillment.facts import in_words, read_facts
from fulfillment.forms import typed
from fulfillment.pauses import ask_pauses
from fulfillment.state import StepRecord
from fulfillment.transitions import Happening


def carry_out(course: Course, command: Command) -> None:
    """Carry a command out as a whole, or refuse it as a whole; write down which."""
    refused = problems(course.board, command)
    steps = _steps(command)
    for step in steps or ("",):
        _audit(course, command, step, refused)
    if refused:
        return
    if isinstance(command, SetFacts):
        course.board.facts.set(command.line, read_facts(course.board.plan, command)[0])
        course.report.facts()
        ask_pauses(course)
    for step in steps:
        _apply(course, command, course.board.records[step])


def _steps(command: Command) -> tuple[str, ...]:
    match command:
        case Cancel() | SetFacts():
            return ()
        case CompleteTask():
            return (command.step,)
        case _:
            return tuple(sorted(dict.fromkeys(command.steps)))


def _apply(course: Course, command: Command, record: StepRecord) -> None:
    definition = course.board.definition(record.id)
    match command:
        case Retry():
            _retry(course, command, record)
        case Skip():
            _resolve(course, command, record, "skipped")
            record.waived, record.outputs, record.callback = True, (), None
            course.move(record, Happening.SKIPPED_BY_HAND, _by("skipped", command), command.actor)
        case Complete():
            _resolve(course, command, record, "completed by hand")
            record.outputs, record.callback = typed(definition, command.outputs)[0], None
            course.move(record, Happening.COMPLETED_BY_HAND, _by("completed by hand", command), command.actor)
        case CompleteTask():
            _complete_task(course, command, record)
        case Cancel() | SetFacts():
            pass  # not about a step
        case _:
            assert_never(command)


def _retry(course: Course, command: Retry, record: StepRecord) -> None:
    _resolve(course, command, record, "retried")
    course.sleep_no_more(record)
    record.tries = 0
    course.move(record, Happening.RETRIED, _by("retried", command), command.actor)
    course.begin(record)


def _complete_task(course: Course, command: CompleteTask, record: StepRecord) -> None:
    record.outputs = typed(course.board.definition(record.id), command.values)[0]
    if record.task is not None:
        done = {"completed_at": course.now, "actor": command.actor, "values": record.outputs}
        record.task = record.task.model_copy(update=done)
        course.report.task(record.id)
    course.move(record, Happening.SUCCEEDED, _by("completed", command), command.actor)


def _resolve(course: Course, command: Retry | Skip | Complete, record: StepRecord, resolution: str) -> None:
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


def _audit(course: Course, command: Command, step: str, refused: tuple[str, ...]) -> None:
    course.audit(
        command.kind,
        step,
        " ".join(refused) or _done(course, command),
        accepted=not refused,
        actor=command.actor,
        role=command.role,
        reason=command.reason,
    )


def _done(course: Course, command: Command) -> str:
    return in_words(command, read_facts(course.board.plan, command)[0]) if isinstance(command, SetFacts) else ""


def _by(what: str, command: Command) -> str:
    why = f": {command.reason}" if command.reason else ""
    return f"{what} by {command.actor}{why}"

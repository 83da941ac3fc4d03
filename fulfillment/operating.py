"""What people ask: commands, refused with reasons or carried out, and audited either way (`domain.md` F4)."""

from __future__ import annotations

from typing import assert_never

from fulfillment.alternatives import person_chose
from fulfillment.changing import ask, withdraw
from fulfillment.commands import (
    Alternative,
    Amend,
    Cancel,
    Command,
    Complete,
    CompleteTask,
    EditAndRetry,
    GiveUp,
    Hold,
    Release,
    Reschedule,
    Retry,
    SetFacts,
    Skip,
    StartNow,
    WithdrawChange,
)
from fulfillment.course import Course
from fulfillment.eligibility import problems
from fulfillment.facts import in_words, read_facts
from fulfillment.forms import edits, typed
from fulfillment.holding import hold, release, what_is_held
from fulfillment.pauses import ask_pauses
from fulfillment.repair import by, edit_and_retry, edited_in_words, give_up, resolve
from fulfillment.state import StepRecord
from fulfillment.timing import reschedule, start_now
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
    if isinstance(command, Hold):
        hold(course, command)
    if isinstance(command, Release):
        release(course, command)
    if isinstance(command, Amend | Cancel):
        ask(course, command)
    if isinstance(command, WithdrawChange):
        withdraw(course, command)
    for step in steps:
        _apply(course, command, course.board.records[step])


def _steps(command: Command) -> tuple[str, ...]:
    match command:
        case Amend() | Cancel() | WithdrawChange() | SetFacts() | Hold() | Release():
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
            resolve(course, command, record, "skipped")
            record.waived, record.outputs, record.callback = True, (), None
            course.move(record, Happening.SKIPPED_BY_HAND, by("skipped", command), command.actor)
        case Complete():
            resolve(course, command, record, "completed by hand")
            record.outputs, record.callback = typed(definition, command.outputs)[0], None
            course.move(record, Happening.COMPLETED_BY_HAND, by("completed by hand", command), command.actor)
        case EditAndRetry():
            edit_and_retry(course, command, record)
        case GiveUp():
            give_up(course, command, record)
        case Alternative():
            person_chose(course, command, record)
        case CompleteTask():
            _complete_task(course, command, record)
        case StartNow():
            start_now(course, command, record)
        case Reschedule():
            reschedule(course, command, record)
        case Amend() | Cancel() | WithdrawChange() | SetFacts() | Hold() | Release():
            pass  # not about a step
        case _:
            assert_never(command)


def _retry(course: Course, command: Retry, record: StepRecord) -> None:
    resolve(course, command, record, "retried")
    course.sleep_no_more(record)
    record.tries = 0
    course.move(record, Happening.RETRIED, by("retried", command), command.actor)
    course.begin(record)


def _complete_task(course: Course, command: CompleteTask, record: StepRecord) -> None:
    record.outputs = typed(course.board.definition(record.id), command.values)[0]
    if record.task is not None:
        done = {"completed_at": course.now, "actor": command.actor, "values": record.outputs}
        record.task = record.task.model_copy(update=done)
        course.report.task(record.id)
    course.move(record, Happening.SUCCEEDED, by("completed", command), command.actor)


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
    match command:
        case SetFacts():
            return in_words(command, read_facts(course.board.plan, command)[0])
        case Hold() | Release():
            return what_is_held(course.board, command)
        case Amend() | Cancel():
            return f"change {course.board.changes.latest + 1} is being worked out"
        case EditAndRetry(steps=(step,)):
            record, definition = course.board.records[step], course.board.definition(step)
            return edited_in_words(record.edited, edits(definition, command.values)[0])
        case Alternative(group=str(group)):
            return f"by the step group `{group}`"
        case Complete(late_answer=int(number)):
            return f"with what late answer {number} gives"
        case _:
            return ""

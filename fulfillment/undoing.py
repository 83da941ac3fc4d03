"""What becomes of a step that a change does not want, or not as it was done (`domain.md` A1, A3).

Where nothing happened it is discarded; where its effect exists, or may exist, it is cancelled, or amended where a
successor does it anew, and the steps that undo it may start. A call in flight ends first.
"""

from __future__ import annotations

from fulfillment.change import Consequence, Verdict, consequence
from fulfillment.commands import CommandBase
from fulfillment.course import Course
from fulfillment.outcomes import Offline, Outcome, Succeeded
from fulfillment.progress import ChangeProgress
from fulfillment.repair import resolve
from fulfillment.state import StepRecord
from fulfillment.step_facts import fact_of
from fulfillment.transitions import Happening

_IN_WORDS = {
    Happening.UNWANTED: "discarded",
    Happening.UNDOING: "undone",
    Happening.REDOING: "done anew",
}
_ACTIONS = {Happening.UNWANTED: "discard", Happening.UNDOING: "undo", Happening.REDOING: "redo"}


def part_with(course: Course, record: StepRecord, change: ChangeProgress, verdict: Verdict, why: str) -> None:
    """Let go of a step as it stands now: at once, or once its call in flight has ended."""
    type_ = course.board.definition(record.id).type
    found = consequence(fact_of(record), type_)
    record.unwanted, record.unwanted_in = verdict, change.version
    told = f"change {change.number_of} does not want it{' as it was done' if verdict is Verdict.REDONE else ''}"
    told = f"{told}: {why.rstrip('.')}" if why else told
    match found:
        case Consequence.UNCHANGED:
            course.report.moved(record.id)
        case Consequence.UNDONE_LATER:
            record.reason = f"{record.reason}; {told}; once the call has ended, what it did is undone"
            course.report.moved(record.id)
        case Consequence.UNDONE:
            _end(course, record, _undoing(verdict), told, change)
        case _:
            _end(course, record, Happening.UNWANTED, told, change)


def ended_unwanted(course: Course, record: StepRecord, outcome: Outcome) -> None:
    """Take the end of a call that nobody wants any more: it is not tried again, and what it may have done is undone."""
    if isinstance(outcome, Succeeded):
        record.outputs, what, effect = outcome.outputs, "it worked", True
    else:
        record.unknown = effect = record.unknown or outcome.unknown
        what = "whether it worked is unknown" if effect else _refusal(outcome)
    happening = _undoing(record.unwanted or Verdict.UNWANTED) if effect else Happening.UNWANTED
    change = course.board.changes.to_version(record.unwanted_in)
    _end(course, record, happening, f"change {change.number_of} does not want it, and {what}", change)


def _refusal(outcome: Outcome) -> str:
    return "nothing was sent" if isinstance(outcome, Offline) else "nothing happened"


def _undoing(verdict: Verdict) -> Happening:
    return Happening.REDOING if verdict is Verdict.REDONE else Happening.UNDOING


def _end(course: Course, record: StepRecord, happening: Happening, why: str, change: ChangeProgress) -> None:
    """End a step, and take back all that is open of it: its fallout, its task, its wake-up, its alternative."""
    by = CommandBase(actor=change.actor, reason=change.reason)
    resolve(course, by, record, f"withdrawn by change {change.number_of}")
    _withdraw_task(course, record, change)
    course.board.growing.pop(record.id, None)
    course.sleep_no_more(record)
    # What a system said when it accepted the call may be all that is known of what has to be undone.
    record.outputs = record.outputs or record.accepted
    record.growing, record.callback, record.awaiting, record.held = None, None, False, False
    words = f"{_IN_WORDS[happening]}: {why}"
    course.move(record, happening, words, change.actor)
    record.given_up = False
    course.audit(_ACTIONS[happening], record.id, words, actor=change.actor, role=change.role, reason=change.reason)


def _withdraw_task(course: Course, record: StepRecord, change: ChangeProgress) -> None:
    task = record.task
    if task is not None and task.completed_at is None and task.withdrawn_at is None:
        record.task = task.model_copy(update={"withdrawn_at": course.now, "actor": change.actor})
        course.report.task(record.id)

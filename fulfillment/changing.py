"""Changes of an order under way: asked for, worked out while nothing new starts, then applied or not (A1-A4).

Asking freezes the run: what is in flight goes on, nothing begins. An activity compares; its answer is applied to the
states of the moment at which it comes, or the run goes on as it was.
"""

from __future__ import annotations

from decomposition.revisions import RevisionKind
from fulfillment.admission import change_problems
from fulfillment.asks import change_of, is_growing
from fulfillment.board import Board
from fulfillment.change import Verdict
from fulfillment.changes import what_it_is
from fulfillment.commands import Amend, Cancel, WithdrawChange
from fulfillment.course import Course
from fulfillment.events import ChangePlanned
from fulfillment.outcomes import Cancels, CancelWork, Failure, Park
from fulfillment.progress import ChangeProgress, ChangeState, FalloutProgress
from fulfillment.report import SYSTEM
from fulfillment.runplan import RunChange
from fulfillment.state import StepRecord
from fulfillment.states import StepState
from fulfillment.transitions import Happening
from fulfillment.undoing import part_with


def ask(course: Course, command: Amend | Cancel) -> None:
    """Have a change worked out; until that is done, nothing new starts."""
    board = course.board
    number_of = board.changes.latest + 1
    _put(
        course,
        ChangeProgress(
            number_of=number_of,
            kind=RevisionKind.AMEND if isinstance(command, Amend) else RevisionKind.CANCEL,
            state=ChangeState.PLANNING,
            asked_at=course.now,
            actor=command.actor,
            role=command.role,
            reason=command.reason,
            lines=tuple(sorted(dict.fromkeys(command.lines))) if isinstance(command, Cancel) else (),
            order=command.order if isinstance(command, Amend) else "",
            base=command.base if isinstance(command, Amend) else board.plan.version,
            override=command.override,
        ),
    )
    halted = course.places.waiting
    course.places.withdraw(halted)
    for step in halted:
        course.begin(board.records[step])
    have_planned(course)


def have_planned(course: Course) -> None:
    """Ask for the change at work to be worked out, unless the plan is just growing: one follows the other."""
    course.effects.extend(change_of(course.board))


def planned(course: Course, event: ChangePlanned) -> None:
    """Apply a change that was worked out, or go on as before and say why; an answer nobody waits for is ignored."""
    change = course.board.changes.at_work
    if change is None or change.number_of != event.number_of or is_growing(course.board):
        return
    if event.change is None:
        _decided(course, change, ChangeState.REFUSED, event.refused)
    elif event.change.plan.plan == course.board.plan.plan:
        _decided(course, change, ChangeState.APPLIED, "it changes nothing", course.board.plan.version)
    else:
        _apply(course, change, event.change)
    go_on(course)


def withdraw(course: Course, command: WithdrawChange) -> None:
    """Take the change at work back; what comes of its planning is not waited for any more."""
    change = course.board.changes.at_work
    if change is not None:
        why = f"withdrawn by {command.actor}{f': {command.reason}' if command.reason else ''}"
        _decided(course, change, ChangeState.WITHDRAWN, why)
        go_on(course)


def go_on(course: Course) -> None:
    """Let begin all that may, unless a change is at work."""
    ask_for_rules(course)
    board = course.board
    if board.changes.at_work is not None:
        return
    for step in board.in_state(StepState.READY):
        if board.records[step].held:
            course.begin(board.records[step])
    for step in board.unblocked():
        if board.records[step].state is StepState.PENDING:
            course.unblock(step)


def _put(course: Course, change: ChangeProgress) -> None:
    course.board.changes.put(change)
    course.report.change(change.number_of)
    for line in course.board.restale():
        course.report.line(line)


def _decided(course: Course, change: ChangeProgress, state: ChangeState, why: str, version: int = 0) -> ChangeProgress:
    decided = change.model_copy(update={"state": state, "decided_at": course.now, "why": why, "version": version})
    _put(course, decided)
    course.audit("change", "", _told(decided), accepted=state is ChangeState.APPLIED, actor=change.actor)
    return decided


def _told(change: ChangeProgress) -> str:
    version = f", version {change.version}" if change.state is ChangeState.APPLIED else ""
    return f"{what_it_is(change)}, is {change.state.value}{version}{f': {change.why}' if change.why else ''}"


def _apply(course: Course, change: ChangeProgress, found: RunChange) -> None:
    board, before = course.board, course.board.steps
    board.change(found.plan)
    passed = f"by override it passes {'; '.join(found.overridden)}" if found.overridden else ""
    change = _decided(course, change, ChangeState.APPLIED, passed, found.plan.version)
    for each in found.verdicts:
        if each.verdict in (Verdict.UNWANTED, Verdict.REDONE):
            part_with(course, board.records[each.step], change, each.verdict, each.why)
    for step in board.steps:
        if step not in before:
            course.report.moved(step)
        elif board.steps[step] != before[step]:
            course.report.moved(step)
            _replan(course, step)
    _discard_hopeless(course)


def catch_up(course: Course) -> None:
    """Let go of what the plan says is unwanted, where the book was told of the change and not of all its steps."""
    board = course.board
    for each in board.plan.unwanted:
        record = board.records[each.step]
        if record.unwanted is None and board.changes.led_to(each.version):
            part_with(course, record, board.changes.to_version(each.version), each.verdict, "")


def _replan(course: Course, step: str) -> None:
    """Have a step that was about to start wait for what it waits for now, with the data that it has now."""
    record = course.board.records[step]
    if record.state in (StepState.SCHEDULED, StepState.READY) and record.started_at is None:
        course.sleep_no_more(record)
        record.held = record.met = False
        record.moves += 1  # a wake-up under way has the same key otherwise
        course.move(record, Happening.REPLANNED, "")


def _discard_hopeless(course: Course) -> None:
    """Discard what would wait for a step that was given up while the change was worked out."""
    for step in course.board.in_state(StepState.FATALLY_FAILED):
        if not course.board.records[step].given_up:
            continue
        why = f"discarded: it waits for {course.board.name(step)}, which was given up"
        for each in course.board.after(step):
            waiting = course.board.records[each]
            if waiting.state is StepState.PENDING and course.board.undone_by(each) is None:
                course.move(waiting, Happening.DISCARDED_AFTER, why)
                course.audit("discard", each, why)


def rule_cancels(course: Course, record: StepRecord, failure: Failure, decision: CancelWork) -> None:
    """Park a step whose rule has its lines or the order cancelled, and ask for that."""
    park = Park(
        queue=decision.queue, rule=decision.rule, why=decision.why, notify=decision.notify, cancels=decision.cancels
    )
    course.park(record, failure, park)
    ask_for_rules(course)


def ask_for_rules(course: Course) -> None:
    """Ask for what rules want cancelled, one after the other; what is refused leaves its step parked, and says why."""
    board = course.board
    for step in board.parked() if board.changes.at_work is None else ():
        record, fallout = board.records[step], board.records[step].fallout
        if fallout is None or fallout.cancels is None:
            continue
        command = _cancel(board, record, fallout)
        refused = change_problems(board, command) if command else ("nothing is left of it to cancel",)
        _note(course, record, fallout, "; ".join(refused) or f"change {board.changes.latest + 1} is to do so")
        if command is not None and not refused:
            ask(course, command)
            return


def _cancel(board: Board, record: StepRecord, fallout: FalloutProgress) -> Cancel | None:
    why = f"rule `{fallout.rule}`, after fallout {fallout.number} of {record.id}"
    if fallout.cancels is Cancels.ORDER:
        return Cancel(actor=SYSTEM, reason=why)
    lines = tuple(each for each in board.steps[record.id].origin if not board.lines[each].cancelled)
    return Cancel(actor=SYSTEM, reason=why, lines=lines) if lines else None


def _note(course: Course, record: StepRecord, fallout: FalloutProgress, told: str) -> None:
    noted = fallout.model_copy(update={"cancels": None, "why": f"{fallout.why}; {told.rstrip('.')}"})
    record.fallouts = (*record.fallouts[:-1], noted)
    course.report.fallout(record.id, fallout.number)
    course.audit("cancel", record.id, noted.why)

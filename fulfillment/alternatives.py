"""Alternatives: a step group takes the place of a step that failed, chosen by a rule or by a person (`domain.md` F2).

Choosing one parks the step; an activity plans the group; the plan grows, and whoever waited for the step waits for the
group. One extension is planned at a time, each on the plan that the one before has left.
"""

from __future__ import annotations

from catalog.base import Name
from catalog.words import listed
from fulfillment.board import Board
from fulfillment.changing import have_planned
from fulfillment.commands import Alternative, CommandBase
from fulfillment.course import Course
from fulfillment.events import Extended
from fulfillment.outcomes import Failure, Park, RunAlternative
from fulfillment.progress import Growing
from fulfillment.repair import resolve
from fulfillment.report import SYSTEM
from fulfillment.runplan import RunExtension, RunGrowth
from fulfillment.state import StepRecord
from fulfillment.states import StepState
from fulfillment.transitions import Happening

CHOSEN = "ALTERNATIVE_CHOSEN"
"""Error code of a step for which a person chose an alternative while it waited for its next try."""


def rule_chose(course: Course, record: StepRecord, failure: Failure, decision: RunAlternative) -> None:
    """Park a step and have its alternative planned, unless its effect may exist or the alternative failed before."""
    obstacle = _obstacle(course.board, record, decision.group)
    why = f"{decision.why}; {obstacle}" if obstacle else decision.why
    park = Park(queue=decision.queue, rule=decision.rule, why=why, notify=decision.notify, alternative=decision.group)
    course.park(record, failure, park)
    if not obstacle:
        _grow(course, record, Growing(group=decision.group, at=course.now, rule=decision.rule))


def person_chose(course: Course, command: Alternative, record: StepRecord) -> None:
    """Have the alternative planned that a person wants, or that of the rule that parked the step."""
    group = command.group or named_alternative(record)
    if group is None:
        return
    if record.state is StepState.FAILED:
        failure = Failure(code=CHOSEN, message=f"It was not tried again; it had {record.reason}", refused=True)
        course.park(record, failure, Park(why=f"{command.actor} chose its alternative"))
    chosen = Growing(group=group, at=course.now, actor=command.actor, reason=command.reason)
    _grow(course, record, chosen)


def named_alternative(record: StepRecord) -> Name | None:
    """Return the step group that the rule named which parked the step, or None."""
    return record.fallout.alternative if record.fallout else None


def extended(course: Course, event: Extended) -> None:
    """Let the plan grow by what was planned, or tell why it does not; an answer that nobody waits for is ignored."""
    record = course.board.records.get(event.step)
    if record is None or record.growing is None or not record.growing.asked:
        return
    growing, record.growing = record.growing, None
    del course.board.growing[record.id]
    refused = event.refused if event.growth is None else _hopeless(course.board, event.growth)
    if event.growth is None or refused:
        _stays(course, record, growing, refused)
    else:
        _replace(course, record, growing, event.growth)
    have_planned(course)


def _grow(course: Course, record: StepRecord, growing: Growing) -> None:
    record.growing = growing
    record.reason, record.actor = f"its alternative `{growing.group}` is being planned", growing.actor
    course.board.growing[record.id] = None
    course.report.step(record.id)


def _obstacle(board: Board, record: StepRecord, group: str) -> str:
    """Return why a rule may not run the alternative by itself; empty if it may."""
    if record.unknown:
        return f"whether it worked is unknown, so its alternative `{group}` is not run by itself"
    tried = record.id
    while (extension := board.extension_with(tried)) is not None:
        if extension.group == group:
            return f"it belongs to the alternative `{group}`, which is not run again by itself"
        tried = extension.step
    return ""


def _hopeless(board: Board, growth: RunGrowth) -> str:
    """Return why what would be added could never start; empty if it can."""
    for step in growth.steps:
        for each in (board.records[after.step] for after in step.after if after.step in board.records):
            if each.given_up or each.state is StepState.DISCARDED:
                what = "given up" if each.given_up else "discarded"
                return f"{step.id} would wait for {board.name(each.id)}, which was {what}"
    return ""


def _stays(course: Course, record: StepRecord, growing: Growing, refused: str) -> None:
    """Leave the step parked, and say in its fallout why its alternative is not run."""
    why = f"its alternative `{growing.group}` cannot be run: {refused.rstrip('.')}"
    record.reason = f"needs a person: {why}"
    course.report.step(record.id)
    if (fallout := record.fallout) is not None:
        told = fallout.model_copy(update={"why": f"{fallout.why}; {why}" if fallout.why else why})
        record.fallouts = (*record.fallouts[:-1], told)
        course.report.fallout(record.id, fallout.number)
    course.audit("alternative", record.id, why, accepted=False)


def _replace(course: Course, record: StepRecord, growing: Growing, growth: RunGrowth) -> None:
    course.board.extend(growth)
    extension = growth.extension
    who = f"rule `{growing.rule}`" if growing.rule else growing.actor
    why = f": {growing.reason}" if growing.reason else ""
    words = f"replaced by {listed(extension.steps)}, its alternative `{growing.group}`, chosen by {who}{why}"
    reason = growing.reason or (f"rule `{growing.rule}`" if growing.rule else "")
    done = CommandBase(actor=growing.actor or SYSTEM, reason=reason)
    resolve(course, done, record, f"replaced by `{growing.group}`")
    record.outputs, record.callback = (), None
    course.move(record, Happening.REPLACED, words, growing.actor)
    course.audit("replace", record.id, words)
    _begin(course, extension)


def _begin(course: Course, extension: RunExtension) -> None:
    """Start the new steps that wait for nothing, and tell those that wait for the last ones."""
    for each in extension.steps:
        course.report.moved(each)
    for each in (one for last in extension.last for one in course.board.dependents[last]):
        course.report.step(each)
    for each in extension.steps:
        if course.board.waits_for(each) is None:
            course.unblock(each)

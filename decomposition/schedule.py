"""The timetable of a plan: when each step can start and end, and when it must (`domain.md` P5).

The forward pass gives planned times, the backward pass the latest ones; each looks once at every step and dependency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from catalog.schedules import BaseKind, Schedule, Take
from catalog.values import Scalar
from decomposition.lines import Line, LineId
from decomposition.model import After, Definition, Step, StepId
from decomposition.order import Order

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


class Timetable(NamedTuple):
    """Steps with their times, when the last of them ends, and the chain of steps that decides about that."""

    steps: tuple[Step, ...]
    predicted_completion: datetime
    critical_path: tuple[StepId, ...]


def dated(
    steps: Sequence[Step],
    definitions: Mapping[str, Definition],
    order: Order,
    lines: Mapping[LineId, Line],
    accepted_at: datetime,
) -> tuple[Step, ...]:
    """Return the steps with what their schedules say: from when on they may start, or why that is not known."""
    schedules = ((each, definitions[each.definition].step.schedule) for each in steps)
    return tuple(_dated(each, found, order, lines, accepted_at) if found else each for each, found in schedules)


def timetable(steps: Sequence[Step], definitions: Mapping[str, Definition], accepted_at: datetime) -> Timetable:
    """Return the times of `steps`, whose dependencies have no cycle, in the order given; `accepted_at` is time zero.

    A step that no follower holds to a time must end with the predicted completion. Of several prerequisites that
    decide about a start, and of several steps that end last, the critical path takes the first by id.
    """
    by_id = {each.id: each for each in steps}
    lengths = {each.id: definitions[each.definition].step.expected_duration for each in steps}
    followers: dict[StepId, list[tuple[StepId, timedelta]]] = {}
    for each in steps:
        for before in each.after:
            followers.setdefault(before.step, []).append((each.id, before.lag))
    sequence = _sequence(steps, followers)
    starts: dict[StepId, datetime] = {}
    ends: dict[StepId, datetime] = {}
    for code in sequence:
        step = by_id[code]
        ready = [plus(ends[before.step], before.lag) for before in step.after]
        starts[code] = max([accepted_at, *ready, *([step.not_before] if step.not_before else [])])
        ends[code] = plus(starts[code], lengths[code])
    completion = max(ends.values(), default=accepted_at)
    latest: dict[StepId, datetime] = {}
    for code in reversed(sequence):
        ahead = [_minus(latest[follower], lag) for follower, lag in followers.get(code, ())]
        latest[code] = _minus(min([completion, *ahead]), lengths[code])
    planned = tuple(
        each.model_copy(
            update={
                "planned_start": starts[each.id],
                "planned_end": ends[each.id],
                "latest_start": latest[each.id],
                "critical": latest[each.id] <= starts[each.id],
            }
        )
        for each in steps
    )
    last = min((code for code in sequence if code not in followers and ends[code] == completion), default=None)
    return Timetable(planned, completion, _critical(by_id, starts, ends, last))


def plus(at: datetime, length: timedelta) -> datetime:
    """Return the moment `length` after `at`; beyond the calendar, its first or last moment."""
    try:
        return at + length
    except OverflowError:
        return _LATEST if length > timedelta(0) else _EARLIEST


def _minus(at: datetime, length: timedelta) -> datetime:
    try:
        return at - length
    except OverflowError:
        return _EARLIEST


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins."""
    return datetime.combine(day, time(), UTC)


def _dated(step: Step, schedule: Schedule, order: Order, lines: Mapping[LineId, Line], accepted_at: datetime) -> Step:
    if schedule.base.kind is BaseKind.READY:
        return _delayed(step, schedule.offset, accepted_at)
    found = _dates(step, schedule, order, lines)
    if not found:
        return step.model_copy(update={"undated": _missing(schedule, order)})
    base = min(found) if schedule.take is Take.EARLIEST else max(found)
    return step.model_copy(update={"not_before": plus(base, schedule.offset)})


def _delayed(step: Step, offset: timedelta, accepted_at: datetime) -> Step:
    """Return a step that starts `offset` after it is ready: as if each dependency had so much more lag."""
    if not step.after:
        return step.model_copy(update={"not_before": plus(accepted_at, offset)}) if offset else step
    after = tuple(After(step=each.step, lag=_sum(each.lag, offset)) for each in step.after)
    return step.model_copy(update={"after": after})


def _sum(one: timedelta, other: timedelta) -> timedelta:
    try:
        return one + other
    except OverflowError:
        return timedelta.max


def _dates(step: Step, schedule: Schedule, order: Order, lines: Mapping[LineId, Line]) -> list[datetime]:
    """Return the dates that a schedule finds: of the order, or of the lines that brought the step in."""
    match schedule.base.kind:
        case BaseKind.REQUESTED_START:
            found: list[Scalar] = [order.requested_start]
        case BaseKind.ORDER_DATE:
            found = [order.order_date]
        case BaseKind.REQUESTED_DATE:
            found = [lines[each].requested_date for each in _lines(step)] or [order.requested_completion]
        case _:
            name = schedule.base.attribute
            found = [each.value for line in _lines(step) for each in lines[line].attributes if each.name == name]
    return [moment for each in found if (moment := _moment(each)) is not None]


def _lines(step: Step) -> tuple[LineId, ...]:
    """Return the lines that a schedule reads: the sources, of a step for the whole order all commercial lines."""
    return step.sources or step.origin


def _moment(value: Scalar) -> datetime | None:
    if isinstance(value, datetime):
        return value
    return midnight(value) if isinstance(value, date) else None


def _missing(schedule: Schedule, order: Order) -> str:
    match schedule.base.kind:
        case BaseKind.REQUESTED_START | BaseKind.ORDER_DATE:
            return f"order {order.number} has no {schedule.base.kind.value.replace('_', ' ')}"
        case BaseKind.REQUESTED_DATE:
            return "none of its lines has a requested date"
        case _:
            return f"none of its lines has a value for `{schedule.base.attribute}`"


def _sequence(
    steps: Sequence[Step], followers: Mapping[StepId, Sequence[tuple[StepId, timedelta]]]
) -> tuple[StepId, ...]:
    """Return the steps' ids, each after those it waits for."""
    waits = {each.id: len(each.after) for each in steps}
    found = [each.id for each in steps if not each.after]
    for code in found:
        # The loop goes on with what it frees.
        for follower, _ in followers.get(code, ()):
            waits[follower] -= 1
            found += [follower] * (waits[follower] == 0)
    return tuple(found)


def _critical(
    steps: Mapping[StepId, Step],
    starts: Mapping[StepId, datetime],
    ends: Mapping[StepId, datetime],
    last: StepId | None,
) -> tuple[StepId, ...]:
    """Return the chain that decides about when `last` ends, back to a step that waits for nothing or for a date."""
    at = last
    path: list[StepId] = []
    while at is not None:
        path.append(at)
        deciding = (each.step for each in steps[at].after if plus(ends[each.step], each.lag) == starts[at])
        at = min(deciding, default=None)
    return tuple(reversed(path))

"""The timetable of a plan: when each step can start and end, and when it must (`domain.md` P5).

The forward pass gives planned times, the backward pass the latest ones; each looks once at every step and dependency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from catalog.calendars import Calendars
from catalog.schedules import BaseKind, Schedule, Take
from catalog.values import Scalar
from decomposition.clock import Clock, Length
from decomposition.lines import Line, LineId
from decomposition.model import After, Definition, OrderPlan, Step, StepId
from decomposition.order import Order


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
    calendars: Calendars = (),
) -> tuple[Step, ...]:
    """Return the steps with what their schedules say: from when on they may start, or why that is not known."""
    schedules = ((each, definitions[each.definition].step.schedule) for each in steps)
    clock = Clock(calendars)
    return tuple(_dated(each, found, order, lines, accepted_at, clock) if found else each for each, found in schedules)


def timetable(
    steps: Sequence[Step], definitions: Mapping[str, Definition], accepted_at: datetime, calendars: Calendars = ()
) -> Timetable:
    """Return the times of `steps`, whose dependencies have no cycle, in the order given; `accepted_at` is time zero.

    A step that no follower holds to a time must end with the predicted completion. Of several prerequisites that
    decide about a start, and of several steps that end last, the critical path takes the first by id. A step with a
    calendar is planned from the next moment within hours; where that is later than what it waits for, the hours decide
    about its start, as a date would.
    """
    clock = Clock(calendars)
    by_id = {each.id: each for each in steps}
    lengths = {each.id: length_of(definitions[each.definition]) for each in steps}
    followers: dict[StepId, list[tuple[StepId, After]]] = {}
    for each in steps:
        for before in each.after:
            followers.setdefault(before.step, []).append((each.id, before))
    sequence = _sequence(steps, followers)
    starts: dict[StepId, datetime] = {}
    ends: dict[StepId, datetime] = {}
    for code in sequence:
        step = by_id[code]
        starts[code] = clock.opening(ready_at(step, ends, accepted_at, clock), lengths[code])
        ends[code] = clock.later(starts[code], lengths[code])
    completion = max(ends.values(), default=accepted_at)
    latest: dict[StepId, datetime] = {}
    for code in reversed(sequence):
        ahead = [_ended_by(lag, by_id[each].delay, latest[each], clock) for each, lag in followers.get(code, ())]
        latest[code] = clock.earlier(min([completion, *ahead]), lengths[code])
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
    return Timetable(planned, completion, _critical(by_id, starts, ends, last, clock))


def length_of(definition: Definition) -> Length:
    """Return how long a step is expected to take."""
    return Length(length=definition.step.expected_duration, calendar=definition.step.calendar)


def ready_at(step: Step, ends: Mapping[StepId, datetime], accepted_at: datetime, clock: Clock) -> datetime:
    """Return when nothing holds a step any more: what it waits for, a delay after that, and its date."""
    ready = [clock.after(ends[before.step], before) for before in step.after]
    if ready and step.delay is not None:
        ready = [clock.later(max(ready), step.delay)]
    return max([accepted_at, *ready, *([step.not_before] if step.not_before else [])])


def moved_by_hours(plan: OrderPlan, step: Step) -> datetime | None:
    """Return when a step could have started as planned; None where the hours of its calendar move it nowhere."""
    length = length_of(plan.definition_of(step))
    before = [plan.step(each.step) for each in step.after]
    ends = {each.id: each.planned_end for each in before if each is not None and each.planned_end is not None}
    if length.calendar is None or len(ends) < len(before) or step.planned_start is None:
        return None
    clock = Clock(plan.calendars)
    ready = ready_at(step, ends, plan.accepted_at, clock)
    return ready if ready < step.planned_start == clock.opening(ready, length) else None


def _ended_by(before: After, delay: Length | None, start: datetime, clock: Clock) -> datetime:
    """Return by when a prerequisite must have ended for a start at `start`."""
    return clock.before(clock.earlier(start, delay) if delay else start, before)


def timed_alone(
    steps: Sequence[Step],
    definitions: Mapping[str, Definition],
    order: Order,
    lines: Mapping[LineId, Line],
    now: datetime,
    calendars: Calendars = (),
) -> tuple[Step, ...]:
    """Return steps that a plan grows by at `now`: with what their schedules say, and times among themselves alone."""
    found = dated(steps, definitions, order, lines, now, calendars)
    own = {each.id for each in found}
    alone = [each.model_copy(update={"after": tuple(one for one in each.after if one.step in own)}) for each in found]
    times = timetable(alone, definitions, now, calendars).steps
    return tuple(
        each.model_copy(update={"planned_start": time.planned_start, "planned_end": time.planned_end})
        for each, time in zip(found, times, strict=True)
    )


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins."""
    return datetime.combine(day, time(), UTC)


def _dated(
    step: Step,
    schedule: Schedule,
    order: Order,
    lines: Mapping[LineId, Line],
    accepted_at: datetime,
    clock: Clock,
) -> Step:
    offset = Length(length=schedule.offset, calendar=schedule.calendar)
    if schedule.base.kind is BaseKind.READY:
        return _delayed(step, offset, accepted_at, clock)
    found = _dates(step, schedule, order, lines)
    if not found:
        return step.model_copy(update={"undated": _missing(schedule, order)})
    base = min(found) if schedule.take is Take.EARLIEST else max(found)
    return step.model_copy(update={"not_before": clock.later(base, offset)})


def _delayed(step: Step, offset: Length, accepted_at: datetime, clock: Clock) -> Step:
    """Return a step that starts `offset` after it is ready: as if each dependency had so much more lag."""
    if not offset.length and offset.calendar is None:
        return step
    if not step.after:
        return step.model_copy(update={"not_before": clock.later(accepted_at, offset)})
    if offset.calendar is not None or any(each.working for each in step.after):
        return step.model_copy(update={"delay": offset})
    after = tuple(After(step=each.step, lag=_sum(each.lag, offset.length)) for each in step.after)
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


def _sequence(steps: Sequence[Step], followers: Mapping[StepId, Sequence[tuple[StepId, After]]]) -> tuple[StepId, ...]:
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
    clock: Clock,
) -> tuple[StepId, ...]:
    """Return the chain that decides about when `last` ends, back to one that waits for nothing, a date or hours."""
    at = last
    path: list[StepId] = []
    while at is not None:
        path.append(at)
        delay, start = steps[at].delay, starts[at]
        deciding = (each.step for each in steps[at].after if decides(each, delay, ends[each.step], start, clock))
        at = min(deciding, default=None)
    return tuple(reversed(path))


def decides(before: After, delay: Length | None, end: datetime, start: datetime, clock: Clock) -> bool:
    """Tell whether a prerequisite that ends at `end` decides about a start: ending any later, it would delay that."""
    ready = clock.after(end, before)
    ready = clock.later(ready, delay) if delay else ready
    return ready == start and _ended_by(before, delay, start, clock) <= end

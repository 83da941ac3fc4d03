"""When the steps of a running order start and end: what has happened, then what the plan expects (`domain.md` H2).

The forward pass of planning once more: what has happened keeps its times, what has not cannot happen before now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from catalog.base import Frozen
from decomposition.clock import Clock, Length
from decomposition.model import After, OrderPlan, Step, StepId
from decomposition.schedule import decides
from fulfillment.progress import StepProgress
from fulfillment.rollup import ENDED
from fulfillment.states import StepState


class PredictedStep(Frozen):
    """One step: when it started or can start, and when it ended or can end; `critical`: it decides about the end."""

    id: StepId
    start: datetime
    end: datetime
    critical: bool = False


class Prediction(Frozen):
    """A whole order, its steps by id; `critical_path` is in the order of time."""

    steps: tuple[PredictedStep, ...]
    completion: datetime
    critical_path: tuple[StepId, ...]


class _Unit(NamedTuple):
    """One step as the pass reads it: `not_before` and `after` stand only where it has not begun."""

    after: tuple[After, ...]
    delay: Length | None
    length: Length
    not_before: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


def predict(
    plan: OrderPlan, progress: Iterable[StepProgress], now: datetime, lengths: Mapping[StepId, timedelta] | None = None
) -> Prediction:
    """Return the times of every step of a plan, and of those that were added while it ran.

    A step that has begun ends when it was expected to, or now if that has passed; one that waits for its time starts
    then. `lengths` are durations in force now, in place of the plan's. With nothing begun and `now` the moment of
    acceptance it is the plan's own timetable, and it never gets earlier as `now` goes on. Lengths of steps with a
    calendar are working time, and what has not begun begins within its hours. Of several prerequisites
    that decide, and of several steps that end last, the critical path takes the first by id.
    """
    clock = Clock(plan.calendars)
    units = _units(plan, {each.id: each for each in progress}, lengths or {})
    starts: dict[StepId, datetime] = {}
    ends: dict[StepId, datetime] = {}
    for code in _sequence(units):
        unit = units[code]
        starts[code] = _start(unit, ends, now, clock)
        ends[code] = unit.ended_at or clock.later(starts[code], unit.length)
        if unit.ended_at is None and ends[code] < now:
            ends[code] = now
    completion = max(ends.values(), default=now)
    path = _critical(units, starts, ends, completion, clock)
    on_it = frozenset(path)
    return Prediction(
        steps=tuple(
            PredictedStep(id=each, start=starts[each], end=ends[each], critical=each in on_it) for each in sorted(units)
        ),
        completion=completion,
        critical_path=path,
    )


def expected_durations(plan: OrderPlan) -> dict[StepId, timedelta]:
    """Return how long each step of the plan is expected to take when all goes well."""
    return {each.id: plan.definition_of(each).step.expected_duration for each in plan.steps}


def _units(
    plan: OrderPlan, progress: Mapping[StepId, StepProgress], lengths: Mapping[StepId, timedelta]
) -> dict[StepId, _Unit]:
    known = {**expected_durations(plan), **lengths}
    planned = {each.id: each for each in plan.steps}
    codes = sorted({*planned, *progress})
    calendars = {each.id: plan.definition_of(each).step.calendar for each in plan.steps}
    lasting = {each: Length(length=known.get(each, timedelta(0)), calendar=calendars.get(each)) for each in codes}
    return {each: _unit(planned.get(each), progress.get(each), lasting[each]) for each in codes}


def _unit(planned: Step | None, seen: StepProgress | None, length: Length) -> _Unit:
    after = _after(planned, seen)
    not_before, delay = (planned.not_before, planned.delay) if planned else (None, None)
    if seen is None:
        return _Unit(after, delay, length, not_before, None, None)
    if seen.state in ENDED:
        # a step that was skipped never started
        return _Unit(after, delay, length, None, seen.started_at or seen.ended_at, seen.ended_at)
    moved = seen.due if seen.state is StepState.SCHEDULED else seen.kept.moved_to if seen.kept else None
    if moved is not None:
        after, delay, not_before = tuple(After(step=each.step) for each in after), None, moved
    return _Unit(after, delay, length, not_before, seen.started_at, None)


def _after(planned: Step | None, seen: StepProgress | None) -> tuple[After, ...]:
    """Return what a step waits for as it stands now, which may have grown since it was planned; lags are the plan's."""
    if seen is None:
        return planned.after if planned else ()
    known = {each.step: each for each in planned.after} if planned else {}
    return tuple(known.get(each) or After(step=each) for each in seen.after)


def _start(unit: _Unit, ends: Mapping[StepId, datetime], now: datetime, clock: Clock) -> datetime:
    if unit.started_at is not None:
        return unit.started_at
    ready = list(_ready(unit, ends, clock).values())
    return clock.opening(max([now, *ready, *([unit.not_before] if unit.not_before else [])]), unit.length)


def _ready(unit: _Unit, ends: Mapping[StepId, datetime], clock: Clock) -> dict[StepId, datetime]:
    """Return from when on each prerequisite lets a step start."""
    ready = {each.step: clock.after(ends[each.step], each) for each in unit.after if each.step in ends}
    return {code: clock.later(at, unit.delay) for code, at in ready.items()} if unit.delay else ready


def _sequence(units: Mapping[StepId, _Unit]) -> tuple[StepId, ...]:
    """Return the steps' ids, each after those it waits for."""
    waits = {code: sum(each.step in units for each in unit.after) for code, unit in units.items()}
    followers: dict[StepId, list[StepId]] = {}
    for code, unit in units.items():
        for each in unit.after:
            followers.setdefault(each.step, []).append(code)
    found = [code for code, count in waits.items() if count == 0]
    for code in found:
        # The loop goes on with what it frees.
        for follower in followers.get(code, ()):
            waits[follower] -= 1
            found += [follower] * (waits[follower] == 0)
    return tuple(found)


def _critical(
    units: Mapping[StepId, _Unit],
    starts: Mapping[StepId, datetime],
    ends: Mapping[StepId, datetime],
    completion: datetime,
    clock: Clock,
) -> tuple[StepId, ...]:
    """Return the chain that decides about the completion, back to one that waited for nothing, a date or hours."""
    followed = frozenset(each.step for unit in units.values() for each in unit.after)
    at = min((code for code in units if code not in followed and ends[code] == completion), default=None)
    path: list[StepId] = []
    while at is not None:
        path.append(at)
        at = _deciding(units[at], starts[at], ends, clock)
    return tuple(reversed(path))


def _deciding(unit: _Unit, start: datetime, ends: Mapping[StepId, datetime], clock: Clock) -> StepId | None:
    """Return the prerequisite that decides about a start: for one that has been, the last to end."""
    known = [each for each in unit.after if each.step in ends]
    if unit.started_at is None:
        found = [each.step for each in known if decides(each, unit.delay, ends[each.step], start, clock)]
    else:
        ready = _ready(unit, ends, clock)
        found = [code for code, at in ready.items() if at == max(ready.values())]
    return min(found, default=None)

"""What the order book says of each system: what waits for it, and how its calls went lately."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlmodel import Session, col

from catalog.base import Recorded
from fulfillment.states import StepState
from orderbook.connection import Connected
from orderbook.tables import AttemptRow, FalloutRow, StepRow

_OPEN = (StepState.READY, StepState.IN_PROGRESS, StepState.ON_HOLD, StepState.FAILED)


class SystemFigures(Recorded):
    """Steps of one system by where they stand, its open fallouts, and how its calls went.

    `waiting` are ready and wait for a place or a release, `failed` will be tried again; `failures` are failed tries
    since the moment that was asked for, the last times are of whenever.
    """

    system: str
    in_progress: int = 0
    waiting: int = 0
    on_hold: int = 0
    failed: int = 0
    open_fallouts: int = 0
    failures: int = 0
    last_failure_at: datetime | None = None
    last_success_at: datetime | None = None


class WaitingForSystem(Recorded):
    """An order with steps on hold, and the system that they wait for."""

    number: str
    system: str


class SystemCounting(Connected):
    """The order book as it is counted by system."""

    def system_figures(self, since: datetime) -> tuple[SystemFigures, ...]:
        """Return the figures of every system of which there are any, by name; failures are counted from `since` on."""
        return self._read(lambda session: _figures(session, since))

    def waiting_for_systems(self) -> tuple[WaitingForSystem, ...]:
        """Return the orders with steps on hold and the systems that they wait for, by number and system."""
        row = StepRow
        query = select(col(row.number), col(row.system)).where(col(row.state) == StepState.ON_HOLD.value).distinct()
        found = self._read(lambda session: session.execute(query).all())
        return tuple(WaitingForSystem(number=number, system=system) for number, system in sorted(map(tuple, found)))


def _figures(session: Session, since: datetime) -> tuple[SystemFigures, ...]:
    found: defaultdict[str, dict[str, object]] = defaultdict(dict)
    for system, figure, value in (
        *_steps(session),
        *_successes(session),
        *_fallouts(session),
        *_failures(session, since),
    ):
        if system:
            found[system][figure] = value
    return tuple(SystemFigures.model_validate({"system": system, **found[system]}) for system in sorted(found))


def _steps(session: Session) -> Iterable[tuple[str, str, object]]:
    state, system = col(StepRow.state), col(StepRow.system)
    wanted = state.in_([each.value for each in _OPEN])
    for name, stands, count in session.execute(
        select(system, state, func.count()).where(wanted).group_by(system, state)
    ):
        yield name, "waiting" if stands == StepState.READY else stands, count


def _successes(session: Session) -> Iterable[tuple[str, str, object]]:
    system, ended = col(StepRow.system), func.max(col(StepRow.ended_at))
    completed = col(StepRow.state) == StepState.COMPLETED.value
    for name, last in session.execute(
        select(system, ended).where(completed, col(StepRow.actor) == "").group_by(system)
    ):
        yield name, "last_success_at", last


def _fallouts(session: Session) -> Iterable[tuple[str, str, object]]:
    system, is_open = col(FalloutRow.system), col(FalloutRow.resolution) == ""
    for name, count in session.execute(select(system, func.count()).where(is_open).group_by(system)):
        yield name, "open_fallouts", count


def _failures(session: Session, since: datetime) -> Iterable[tuple[str, str, object]]:
    attempt, step = AttemptRow, StepRow
    same = and_(col(attempt.number) == col(step.number), col(attempt.step) == col(step.id))
    tries = select(col(step.system), func.max(col(attempt.at)), func.count()).join_from(attempt, step, same)
    for name, last, _ in session.execute(tries.group_by(col(step.system))):
        yield name, "last_failure_at", last
    for name, _, count in session.execute(tries.where(col(attempt.at) >= since).group_by(col(step.system))):
        yield name, "failures", count

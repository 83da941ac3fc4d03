"""How much of what there is, and since when the oldest of it waits: figures for monitoring, counted by the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from catalog.base import Recorded
from fulfillment.states import OrderState, StepState
from orderbook.connection import Connected
from orderbook.tables import FalloutRow, OrderProgressRow, OrderRow, StepRow, TaskRow
from orderbook.tasks import is_open

_UNDER_WAY = (StepState.IN_PROGRESS, StepState.FAILED)
"""A failed step is one that will be tried again: it has begun and waits for its end like the others."""


class OrdersInState(Recorded):
    """How many orders are in one state."""

    state: OrderState
    count: int


class OpenFallouts(Recorded):
    """Fallouts that wait for a decision, of one queue, system and error code; `queue` is None where no rule names one.

    `oldest` is when the first of them was opened.
    """

    queue: str | None
    system: str
    code: str
    count: int
    oldest: datetime


class OpenTasks(Recorded):
    """Tasks of one queue that wait to be done."""

    queue: str | None
    count: int
    oldest: datetime


class StepsUnderWay(Recorded):
    """Steps of one type that have begun and not ended, those that will be tried again included."""

    type: str
    count: int
    oldest: datetime


class Figures(Recorded):
    """The order book in figures, of one moment; groups in which there is nothing are left out, but for order states."""

    orders: tuple[OrdersInState, ...]
    fallouts: tuple[OpenFallouts, ...]
    tasks: tuple[OpenTasks, ...]
    steps: tuple[StepsUnderWay, ...]


class Counting(Connected):
    """The order book as it is counted."""

    def figures(self) -> Figures:
        """Count what there is, each kind in the order of its groups' names."""
        return self._read(_figures)


def _figures(session: Session) -> Figures:
    fallout, task, step = FalloutRow, TaskRow, StepRow
    fallouts = _groups(
        session,
        (col(fallout.queue), col(fallout.system), col(fallout.code)),
        col(fallout.opened_at),
        col(fallout.resolution) == "",
    )
    tasks = _groups(session, (col(task.queue),), col(task.opened_at), and_(*is_open()))
    steps = _groups(session, (col(step.type),), col(step.started_at), _is_under_way())
    return Figures(
        orders=_orders(session),
        fallouts=tuple(OpenFallouts.model_validate(each, from_attributes=True) for each in fallouts),
        tasks=tuple(OpenTasks.model_validate(each, from_attributes=True) for each in tasks),
        steps=tuple(StepsUnderWay.model_validate(each, from_attributes=True) for each in steps),
    )


def _is_under_way() -> ColumnElement[bool]:
    return col(StepRow.state).in_([each.value for each in _UNDER_WAY]) & col(StepRow.started_at).is_not(None)


def _orders(session: Session) -> tuple[OrdersInState, ...]:
    """Return all states; an order of which no progress is known has been acknowledged only."""
    progress = OrderProgressRow
    counted = session.execute(select(col(progress.state), func.count()).group_by(col(progress.state)))
    counts = dict(counted.all())
    known = select(col(progress.number)).where(col(progress.number) == col(OrderRow.number)).exists()
    unstarted = session.execute(select(func.count()).select_from(OrderRow).where(~known)).scalar_one()
    first = OrderState.ACKNOWLEDGED
    counts[first.value] = counts.get(first.value, 0) + unstarted
    return tuple(OrdersInState(state=each, count=counts.get(each.value, 0)) for each in OrderState)


def _groups(
    session: Session, keys: tuple[Mapped[Any], ...], since: Mapped[Any], wanted: ColumnElement[bool]
) -> Sequence[Any]:
    """Return count and oldest per group, sorted here: databases disagree about the order of texts and of NULL."""
    columns = (*keys, func.count().label("count"), func.min(since).label("oldest"))
    rows = session.execute(select(*columns).where(wanted).group_by(*keys)).all()
    return sorted(rows, key=lambda row: tuple(each or "" for each in row[: len(keys)]))

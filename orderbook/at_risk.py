"""Open orders by their lateness as they are read: which the clock must look at, and which people should."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlmodel import Session, col

from catalog.base import Recorded
from decomposition.model import OrderPlan
from fulfillment.jeopardy import SEVERITY, Jeopardy
from fulfillment.progress import StepProgress
from orderbook.connection import Connected
from orderbook.jeopardy_tables import OrderJeopardyRow, StepJeopardyRow
from orderbook.tables import OrderProgressRow, OrderRow, PlanRow, StepRow

IN_DANGER = (Jeopardy.AT_RISK.value, Jeopardy.LATE.value)


class ToLookAt(NamedTuple):
    """An open order whose lateness must be judged anew: its plan, by digest, and how far it has come."""

    number: str
    plan: str
    batch: int


class AtRisk(Recorded):
    """One thing in danger: a step of an open order, or with `step` empty the order's promise.

    `promised` is the end of the requested day, None where none was requested.
    """

    order: str
    account: str
    step: str = ""
    title: str = ""
    level: Jeopardy
    since: datetime
    at_risk_at: datetime | None = None
    late_at: datetime | None = None
    promised: datetime | None
    predicted_completion: datetime


class OrdersAtLevel(Recorded):
    """How many open orders stand at one level."""

    level: Jeopardy
    count: int


class Lateness(Connected):
    """The order book as it is read for what is in danger of being late."""

    def to_look_at(self, rules: str, now: datetime, limit: int) -> tuple[ToLookAt, ...]:
        """Return open orders whose progress, rules or time have gone on since they were looked at.

        Those whose time has come are first, then the ones that were looked at longest ago.
        """
        progress, seen = OrderProgressRow, OrderJeopardyRow
        due = func.coalesce(col(seen.next_look_at) <= now, False)
        anew = or_(col(seen.number).is_(None), col(seen.batch) != col(progress.batch), col(seen.rules) != rules, due)
        query = (
            select(col(progress.number), col(progress.plan), col(progress.batch))
            .outerjoin(seen, col(seen.number) == col(progress.number))
            .where(col(progress.ended_at).is_(None), anew)
            .order_by(case((due, 0), else_=1), col(seen.number).is_not(None), col(seen.looked_at), col(progress.number))
            .limit(limit)
        )
        return self._read(lambda session: tuple(ToLookAt(*each) for each in session.execute(query)))

    def steps_as_of(self, number: str) -> tuple[int, tuple[StepProgress, ...]]:
        """Return the steps of an order, and by which batch they are so; that is 0 before the first."""
        return self._read(lambda session: _steps_as_of(session, number))

    def stored_plan(self, digest: str) -> OrderPlan | None:
        """Return the plan of that digest, or None, without remembering it: whoever looks at all orders looks once."""
        query = select(col(PlanRow.content)).where(col(PlanRow.digest) == digest)
        content = self._read(lambda session: session.scalar(query))
        return None if content is None else OrderPlan.model_validate_json(content)

    def ended_in_jeopardy(self) -> tuple[str, ...]:
        """Return the orders that have ended and of which it is still known how they stood before."""
        progress, seen = OrderProgressRow, OrderJeopardyRow
        query = select(col(seen.number)).join(progress, col(progress.number) == col(seen.number))
        ended = query.where(col(progress.ended_at).is_not(None)).limit(1_000)
        return self._read(lambda session: tuple(session.execute(ended).scalars()))

    def at_risk(self) -> tuple[AtRisk, ...]:
        """Return what is at risk or late, the worst first, then what has been so longest."""
        return self._read(_at_risk)

    def orders_by_level(self) -> tuple[OrdersAtLevel, ...]:
        """Count the open orders that the clock has looked at, by level."""
        seen = OrderJeopardyRow
        query = select(col(seen.level), func.count()).where(_is_open(seen)).group_by(col(seen.level))
        counts = dict(self._read(lambda session: session.execute(query).all()))
        return tuple(OrdersAtLevel(level=each, count=counts.get(each.value, 0)) for each in Jeopardy)


def level_of_order() -> ColumnElement[Any]:
    """Return the level of an order (joined: its progress) while it is open, for a query's columns; NULL if unknown."""
    seen = OrderJeopardyRow
    same = (col(seen.number) == col(OrderRow.number), col(OrderProgressRow.ended_at).is_(None))
    return select(col(seen.level)).where(*same).scalar_subquery().label("jeopardy")


def is_in_danger() -> ColumnElement[bool]:
    """Return the condition that an order (joined: its progress) is open, and at risk or late."""
    seen = OrderJeopardyRow
    found = exists().where(col(seen.number) == col(OrderRow.number), col(seen.level).in_(IN_DANGER))
    return and_(found, col(OrderProgressRow.ended_at).is_(None))


def _is_open(seen: type[OrderJeopardyRow]) -> ColumnElement[bool]:
    progress = OrderProgressRow
    return exists().where(col(progress.number) == col(seen.number), col(progress.ended_at).is_(None))


def _steps_as_of(session: Session, number: str) -> tuple[int, tuple[StepProgress, ...]]:
    batch = session.scalar(select(col(OrderProgressRow.batch)).where(col(OrderProgressRow.number) == number))
    rows = session.scalars(select(StepRow).where(col(StepRow.number) == number))
    return batch or 0, tuple(StepProgress.model_validate(each, from_attributes=True) for each in rows)


def _at_risk(session: Session) -> tuple[AtRisk, ...]:
    order, step = OrderJeopardyRow, StepJeopardyRow
    promises = _of_orders(col(order.promise).label("level"), col(order.since)).where(col(order.promise).in_(IN_DANGER))
    own = (step.step, step.title, step.level, step.since, step.at_risk_at, step.late_at)
    steps = _of_orders(*(col(each) for each in own)).join(step, col(step.number) == col(order.number))
    rows = [*session.execute(promises).mappings(), *session.execute(steps).mappings()]
    found = (AtRisk(**each) for each in rows)
    return tuple(sorted(found, key=lambda each: (-SEVERITY.index(each.level), each.since, each.order, each.step)))


def _of_orders(*columns: Any) -> Select[Any]:
    order, seen = OrderRow, OrderJeopardyRow
    head: tuple[Any, ...] = (
        col(order.number).label("order"),
        col(order.account),
        col(seen.promised),
        col(seen.predicted_completion),
    )
    query = select(*head, *columns).select_from(seen).join(order, col(order.number) == col(seen.number))
    return query.where(_is_open(seen))

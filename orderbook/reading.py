"""What people and programs read: one consistent moment per call, both writers' tables joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, func, or_, select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from fulfillment.progress import AuditEntry, LineProgress
from fulfillment.states import OrderState
from orderbook.asset_tables import AssetWaitRow
from orderbook.at_risk import is_in_danger, level_of_order
from orderbook.changes import changes_of, version_of
from orderbook.fallouts import Fallouts, as_attempt, fallouts_of, late_answers_of
from orderbook.holds import holds_of
from orderbook.losses import is_lost, open_losses, open_orders
from orderbook.tables import (
    AttemptRow,
    AuditProgressRow,
    AuditServiceRow,
    FalloutRow,
    LineRow,
    OrderProgressRow,
    OrderRow,
    StepRow,
    TaskRow,
)
from orderbook.tasks import Claim, current_claims, is_open
from orderbook.views import (
    Attempt,
    FactsView,
    OpenOrder,
    OrderSummary,
    OrderView,
    StepView,
    TaskView,
)

_ACKNOWLEDGED = OrderState.ACKNOWLEDGED.value


class Reading(Fallouts):
    """The order book as it is read."""

    def orders(
        self,
        state: OrderState | None = None,
        account: str | None = None,
        limit: int = 100,
        *,
        at_risk_only: bool = False,
    ) -> tuple[OrderSummary, ...]:
        """Return the newest orders, latest accepted first."""
        query = _summaries().order_by(col(OrderRow.accepted_at).desc(), col(OrderRow.number)).limit(limit)
        if state is not None:
            query = query.where(_in_state(state))
        if account is not None:
            query = query.where(col(OrderRow.account) == account)
        if at_risk_only:
            query = query.where(is_in_danger())
        return self._read(lambda session: _summarised(session, query))

    def open_catalogs(self) -> tuple[str, ...]:
        """Return the digests of the catalogs that orders are pinned to which have not ended, sorted."""
        joined = select(col(OrderRow.catalog)).outerjoin(
            OrderProgressRow, col(OrderProgressRow.number) == col(OrderRow.number)
        )
        query = joined.where(col(OrderProgressRow.ended_at).is_(None)).distinct()
        return tuple(sorted(self._read(lambda session: session.execute(query).scalars().all())))

    def unstarted(self, older_than: datetime, limit: int = 100) -> tuple[OrderSummary, ...]:
        """Return orders accepted before that time of which no progress and no loss is known, oldest first."""
        without = (col(OrderProgressRow.number).is_(None), ~is_lost())
        query = _summaries().where(*without, col(OrderRow.accepted_at) < older_than)
        query = query.order_by(col(OrderRow.accepted_at), col(OrderRow.number)).limit(limit)
        return self._read(lambda session: _summarised(session, query))

    def open_orders(self, older_than: datetime) -> tuple[OpenOrder, ...]:
        """Return the orders accepted before that time that have not ended and are not lost, by number."""
        return self._read(lambda session: open_orders(session, col(OrderRow.accepted_at) < older_than))

    def numbers(self, ended_since: datetime) -> tuple[str, ...]:
        """Return the numbers of the orders that have not ended, lost ones too, or not before that time, sorted."""
        joined = select(col(OrderRow.number)).outerjoin(
            OrderProgressRow, col(OrderProgressRow.number) == col(OrderRow.number)
        )
        ended = col(OrderProgressRow.ended_at)
        query = joined.where(or_(ended.is_(None), ended >= ended_since))
        return tuple(sorted(self._read(lambda session: session.execute(query).scalars().all())))

    def show(self, number: str) -> OrderView | None:
        """Return everything about one order, or None."""
        return self._read(lambda session: _show(session, number))

    def tasks(self, *, open_only: bool = True) -> tuple[TaskView, ...]:
        """Return tasks over all orders, oldest first."""
        conditions = is_open() if open_only else ()
        found = self._read(lambda session: _tasks(session, conditions))
        return tuple(sorted(found, key=attrgetter("opened_at", "order", "step")))

    def attempts(self, number: str, step: str, round_: int | None = None) -> tuple[Attempt, ...]:
        """Return the failed attempts of a step, by round and attempt."""
        row = AttemptRow
        query = select(row).where(col(row.number) == number, col(row.step) == step)
        if round_ is not None:
            query = query.where(col(row.round) == round_)
        rows = self._read(lambda session: session.scalars(query).all())
        return tuple(as_attempt(each) for each in sorted(rows, key=attrgetter("round", "attempt")))

    def audit(self, number: str) -> tuple[AuditEntry, ...]:
        """Return who did what with the order, by time, whichever writer recorded it."""
        return self._read(lambda session: _audit(session, number))


def _in_state(state: OrderState) -> ColumnElement[bool]:
    return _state() == state.value


def _waits_for() -> ScalarSelect[str]:
    row = AssetWaitRow
    return select(func.min(row.waits_for)).where(col(row.number) == col(OrderRow.number)).scalar_subquery()


def _state() -> ColumnElement[str]:
    """Return an order's state: before it has begun, whether it waits for another one."""
    waits = case((_waits_for().is_not(None), OrderState.PENDING.value), else_=_ACKNOWLEDGED)
    return func.coalesce(OrderProgressRow.state, waits)


def _summaries() -> Select[Any]:
    order, progress = OrderRow, OrderProgressRow
    intake = (order.number, order.account, order.priority, order.catalog, order.accepted_at)
    done = (progress.plan, progress.updated_at, progress.started_at, progress.ended_at)
    columns: list[Mapped[Any] | ColumnElement[Any]] = [col(each) for each in (*intake, *done)]
    columns.append(_state().label("state"))
    columns.append(_waits_for().label("waits_for"))
    columns.append(level_of_order())
    columns.append(_count(FalloutRow, col(FalloutRow.resolution) == "").label("open_fallouts"))
    columns.append(_count(TaskRow, *is_open()).label("open_tasks"))
    return select(*columns).outerjoin_from(order, progress, col(order.number) == col(progress.number))


def _count(row: type[FalloutRow] | type[TaskRow], *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).where(col(row.number) == col(OrderRow.number), *conditions).scalar_subquery()


def _summarised(session: Session, query: Select[Any]) -> tuple[OrderSummary, ...]:
    lost = open_losses(session)
    found = session.execute(query).mappings().all()
    return tuple(OrderSummary(**each, lost=lost.get(each["number"])) for each in found)


def _show(session: Session, number: str) -> OrderView | None:
    head = session.execute(_summaries().where(col(OrderRow.number) == number)).mappings().one_or_none()
    if head is None:
        return None
    changes = changes_of(session, number)
    facts = session.scalar(select(col(OrderProgressRow.facts)).where(col(OrderProgressRow.number) == number))
    return OrderView(
        **head,
        lost=open_losses(session, number).get(number),
        facts=FactsView() if facts is None else FactsView.model_validate(facts, from_attributes=True),
        lines=tuple(LineProgress.model_validate(each, from_attributes=True) for each in _of(session, LineRow, number)),
        steps=tuple(StepView.model_validate(each, from_attributes=True) for each in _of(session, StepRow, number)),
        fallouts=fallouts_of(session, (col(FalloutRow.number) == number,)),
        holds=holds_of(session, number),
        version=version_of(changes),
        changes=changes,
        tasks=_tasks(session, (col(TaskRow.number) == number,)),
        late_answers=late_answers_of(session, number),
    )


def _of(session: Session, row: type[Any], number: str) -> Sequence[Any]:
    """Return the order's rows by id: sorted here, since databases disagree about the order of texts."""
    return sorted(session.scalars(select(row).where(col(row.number) == number)), key=attrgetter("id"))


def _tasks(session: Session, conditions: Iterable[ColumnElement[bool]]) -> tuple[TaskView, ...]:
    wanted = tuple(conditions)
    rows = session.scalars(select(TaskRow).where(*wanted)).all()
    claims = current_claims(session, wanted)
    found = (_task(row, claims.get((row.number, row.step, row.opened_at))) for row in rows)
    return tuple(sorted(found, key=attrgetter("step")))


def _task(row: TaskRow, claim: Claim | None) -> TaskView:
    now = (
        {"assignee": claim.assignee, "assigned_at": claim.at, "due_at": claim.due_at, "queue": claim.queue}
        if claim
        else {}
    )
    return TaskView(**{**row.model_dump(), **now}, order=row.number)


def _audit(session: Session, number: str) -> tuple[AuditEntry, ...]:
    service = session.scalars(select(AuditServiceRow).where(col(AuditServiceRow.number) == number)).all()
    progress = session.scalars(select(AuditProgressRow).where(col(AuditProgressRow.number) == number)).all()
    rows = sorted(service, key=attrgetter("id")) + sorted(progress, key=attrgetter("batch", "seq"))
    return tuple(AuditEntry.model_validate(row, from_attributes=True) for row in sorted(rows, key=attrgetter("at")))

"""What people and programs read: one consistent moment per call, both writers' tables joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from fulfillment.outcomes import Failure
from fulfillment.progress import AuditEntry, LineProgress
from fulfillment.states import OrderState
from orderbook.connection import Connected
from orderbook.losses import is_lost, lost_fallouts, open_losses, open_orders
from orderbook.tables import (
    AttemptRow,
    AuditProgressRow,
    AuditServiceRow,
    FalloutRow,
    LateAnswerRow,
    LineRow,
    OrderProgressRow,
    OrderRow,
    StepRow,
    TaskRow,
)
from orderbook.views import (
    Attempt,
    FactsView,
    FalloutView,
    LateAnswer,
    OpenOrder,
    OrderSummary,
    OrderView,
    StepView,
    TaskView,
)

_ACKNOWLEDGED = OrderState.ACKNOWLEDGED.value


class Reading(Connected):
    """The order book as it is read."""

    def orders(
        self, state: OrderState | None = None, account: str | None = None, limit: int = 100
    ) -> tuple[OrderSummary, ...]:
        """Return the newest orders, latest accepted first."""
        query = _summaries().order_by(col(OrderRow.accepted_at).desc(), col(OrderRow.number)).limit(limit)
        if state is not None:
            query = query.where(_in_state(state))
        if account is not None:
            query = query.where(col(OrderRow.account) == account)
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

    def fallouts(
        self, *, open_only: bool = True, system: str | None = None, queue: str | None = None
    ) -> tuple[FalloutView, ...]:
        """Return fallouts over all orders, oldest first; with neither system nor queue the lost executions too."""
        conditions: list[ColumnElement[bool]] = []
        if open_only:
            conditions.append(col(FalloutRow.resolution) == "")
        if system is not None:
            conditions.append(col(FalloutRow.system) == system)
        if queue is not None:
            conditions.append(col(FalloutRow.queue) == queue)
        with_losses = system is None and queue is None

        def find(session: Session) -> tuple[FalloutView, ...]:
            found = _fallouts(session, conditions)
            return (*found, *lost_fallouts(session, open_only=open_only)) if with_losses else found

        return _by_time(self._read(find))

    def losses(self, number: str) -> tuple[FalloutView, ...]:
        """Return the lost executions of an order as its fallouts, oldest first, those it went on from too."""
        return _by_time(self._read(lambda session: lost_fallouts(session, number, open_only=False)))

    def fallout(self, number: str, step: str, no: int) -> FalloutView | None:
        """Return the `no`-th fallout of a step, or None."""
        row = FalloutRow
        conditions = (col(row.number) == number, col(row.step) == step, col(row.no) == no)
        found = self._read(lambda session: _fallouts(session, conditions))
        return found[0] if found else None

    def tasks(self, *, open_only: bool = True) -> tuple[TaskView, ...]:
        """Return tasks over all orders, oldest first."""
        conditions = (col(TaskRow.completed_at).is_(None),) if open_only else ()
        found = self._read(lambda session: _tasks(session, conditions))
        return tuple(sorted(found, key=attrgetter("opened_at", "order", "step")))

    def attempts(self, number: str, step: str, round_: int | None = None) -> tuple[Attempt, ...]:
        """Return the failed attempts of a step, by round and attempt."""
        row = AttemptRow
        query = select(row).where(col(row.number) == number, col(row.step) == step)
        if round_ is not None:
            query = query.where(col(row.round) == round_)
        rows = self._read(lambda session: session.scalars(query).all())
        return tuple(_attempt(each) for each in sorted(rows, key=attrgetter("round", "attempt")))

    def audit(self, number: str) -> tuple[AuditEntry, ...]:
        """Return who did what with the order, by time, whichever writer recorded it."""
        return self._read(lambda session: _audit(session, number))


def _in_state(state: OrderState) -> ColumnElement[bool]:
    stands = col(OrderProgressRow.state) == state.value
    return or_(stands, col(OrderProgressRow.number).is_(None)) if state is OrderState.ACKNOWLEDGED else stands


def _summaries() -> Select[Any]:
    order, progress = OrderRow, OrderProgressRow
    intake = (order.number, order.account, order.priority, order.catalog, order.accepted_at)
    done = (progress.plan, progress.updated_at, progress.started_at, progress.ended_at)
    columns: list[Mapped[Any] | ColumnElement[Any]] = [col(each) for each in (*intake, *done)]
    columns.append(func.coalesce(progress.state, _ACKNOWLEDGED).label("state"))
    columns.append(_count(FalloutRow, col(FalloutRow.resolution) == "").label("open_fallouts"))
    columns.append(_count(TaskRow, col(TaskRow.completed_at).is_(None)).label("open_tasks"))
    return select(*columns).outerjoin_from(order, progress, col(order.number) == col(progress.number))


def _count(row: type[FalloutRow] | type[TaskRow], is_open: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).where(col(row.number) == col(OrderRow.number), is_open).scalar_subquery()


def _summarised(session: Session, query: Select[Any]) -> tuple[OrderSummary, ...]:
    lost = open_losses(session)
    found = session.execute(query).mappings().all()
    return tuple(OrderSummary(**each, lost=lost.get(each["number"])) for each in found)


def _show(session: Session, number: str) -> OrderView | None:
    head = session.execute(_summaries().where(col(OrderRow.number) == number)).mappings().one_or_none()
    if head is None:
        return None
    late = _of(session, LateAnswerRow, number)
    facts = session.scalar(select(col(OrderProgressRow.facts)).where(col(OrderProgressRow.number) == number))
    return OrderView(
        **head,
        lost=open_losses(session, number).get(number),
        facts=FactsView() if facts is None else FactsView.model_validate(facts, from_attributes=True),
        lines=tuple(LineProgress.model_validate(each, from_attributes=True) for each in _of(session, LineRow, number)),
        steps=tuple(StepView.model_validate(each, from_attributes=True) for each in _of(session, StepRow, number)),
        fallouts=_fallouts(session, (col(FalloutRow.number) == number,)),
        tasks=_tasks(session, (col(TaskRow.number) == number,)),
        late_answers=tuple(LateAnswer.model_validate(each, from_attributes=True) for each in late),
    )


def _of(session: Session, row: type[Any], number: str) -> Sequence[Any]:
    """Return the order's rows by id: sorted here, since databases disagree about the order of texts."""
    return sorted(session.scalars(select(row).where(col(row.number) == number)), key=attrgetter("id"))


def _fallouts(session: Session, conditions: Iterable[ColumnElement[bool]]) -> tuple[FalloutView, ...]:
    wanted = tuple(conditions)
    rows = session.scalars(select(FalloutRow).where(*wanted)).all()
    history = _history(session, wanted)
    found = (_fallout(row, history.get((row.number, row.step, row.round), ())) for row in rows)
    return _by_time(found)


def _by_time(fallouts: Iterable[FalloutView]) -> tuple[FalloutView, ...]:
    return tuple(sorted(fallouts, key=attrgetter("opened_at", "order", "step", "number")))


def _history(
    session: Session, wanted: tuple[ColumnElement[bool], ...]
) -> dict[tuple[str, str, int], tuple[Attempt, ...]]:
    """Return the failed attempts of the wanted fallouts, keyed by order, step and round."""
    attempt, fallout = AttemptRow, FalloutRow
    same = [col(getattr(attempt, key)) == col(getattr(fallout, key)) for key in ("number", "step", "round")]
    query = select(attempt).join(fallout, and_(*same)).where(*wanted).distinct()
    found: dict[tuple[str, str, int], tuple[Attempt, ...]] = {}
    for row in sorted(session.scalars(query), key=attrgetter("attempt")):
        key = (row.number, row.step, row.round)
        found[key] = (*found.get(key, ()), _attempt(row))
    return found


def _attempt(row: AttemptRow) -> Attempt:
    failure = Failure.model_validate(row, from_attributes=True)
    return Attempt(round=row.round, attempt=row.attempt, at=row.at, failure=failure, decision=row.decision)


def _fallout(row: FalloutRow, history: tuple[Attempt, ...]) -> FalloutView:
    return FalloutView(**{**row.model_dump(), "number": row.no}, order=row.number, history=history)


def _tasks(session: Session, conditions: Iterable[ColumnElement[bool]]) -> tuple[TaskView, ...]:
    rows = session.scalars(select(TaskRow).where(*conditions)).all()
    found = (TaskView(**row.model_dump(), order=row.number) for row in rows)
    return tuple(sorted(found, key=attrgetter("step")))


def _audit(session: Session, number: str) -> tuple[AuditEntry, ...]:
    service = session.scalars(select(AuditServiceRow).where(col(AuditServiceRow.number) == number)).all()
    progress = session.scalars(select(AuditProgressRow).where(col(AuditProgressRow.number) == number)).all()
    rows = sorted(service, key=attrgetter("id")) + sorted(progress, key=attrgetter("batch", "seq"))
    return tuple(AuditEntry.model_validate(row, from_attributes=True) for row in sorted(rows, key=attrgetter("at")))

"""Lost executions as they are read: open until the order is restarted, has ended, or has been seen to go on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from fulfillment.outcomes import Failure
from orderbook.tables import LostExecutionRow, OrderProgressRow, OrderRow
from orderbook.views import FalloutView, LostExecution, OpenOrder

EXECUTION_LOST = "EXECUTION_LOST"
"""The code of the fallout of an order whose execution is lost."""

_WHY = "an order whose execution is closed or gone does not go on by itself"


def is_lost() -> ColumnElement[bool]:
    """Return the condition that an order (joined: its progress) has a loss which is open."""
    return exists().where(col(LostExecutionRow.number) == col(OrderRow.number), _is_open())


def _is_open() -> ColumnElement[bool]:
    loss, progress = LostExecutionRow, OrderProgressRow
    # Progress that is later than the finding shows that the order runs again, even if nobody came to say so.
    quiet = or_(col(progress.updated_at).is_(None), col(progress.updated_at) <= col(loss.found_at))
    return and_(col(loss.restarted_at).is_(None), col(progress.ended_at).is_(None), quiet)


def open_orders(session: Session, *conditions: ColumnElement[bool]) -> tuple[OpenOrder, ...]:
    """Return the orders that have not ended and are not lost, by number."""
    order, progress = OrderRow, OrderProgressRow
    query = (
        select(col(order.number), col(progress.updated_at))
        .outerjoin_from(order, progress, col(order.number) == col(progress.number))
        .where(col(progress.ended_at).is_(None), ~is_lost(), *conditions)
    )
    found = (OpenOrder(number=number, updated_at=at) for number, at in session.execute(query))
    return tuple(sorted(found, key=lambda each: each.number))


def is_open_since(session: Session, number: str, quiet_since: datetime | None) -> bool:
    """Tell whether an order is open, not lost yet, and has not been heard of since then."""
    found = open_orders(session, col(OrderRow.number) == number)
    return bool(found) and (quiet_since is None or found[0].updated_at is None or found[0].updated_at < quiet_since)


def is_old_news(session: Session, number: str, loss: LostExecution) -> bool:
    """Tell whether a loss was recorded before, or the order was restarted since somebody saw it."""
    row = LostExecutionRow
    known = col(row.restarted_at) >= loss.found_at
    if loss.run_id:
        known = or_(known, col(row.run_id) == loss.run_id)
    return bool(session.scalar(select(exists().where(col(row.number) == number, known))))


def open_losses(session: Session, number: str | None = None) -> dict[str, LostExecution]:
    """Return the losses that are open, of one order or of all, keyed by order."""
    query = _losses().where(_is_open())
    if number is not None:
        query = query.where(col(LostExecutionRow.number) == number)
    rows = session.scalars(query.order_by(col(LostExecutionRow.id)))
    return {each.number: LostExecution.model_validate(each, from_attributes=True) for each in rows}


def lost_fallouts(session: Session, number: str | None = None, *, open_only: bool) -> tuple[FalloutView, ...]:
    """Return lost executions, of one order or of all, as fallouts of an order as a whole: `step` is empty."""
    earlier = aliased(LostExecutionRow)
    before = (col(earlier.number) == col(LostExecutionRow.number), col(earlier.id) <= col(LostExecutionRow.id))
    no = select(func.count()).select_from(earlier).where(*before).scalar_subquery()
    query = _losses().add_columns(no, _is_open())
    if open_only:
        query = query.where(_is_open())
    if number is not None:
        query = query.where(col(LostExecutionRow.number) == number)
    return tuple(_fallout(row, no, is_open=is_open) for row, no, is_open in session.execute(query))


def _losses() -> Select[Any]:
    loss, progress = LostExecutionRow, OrderProgressRow
    return select(loss).outerjoin(progress, col(progress.number) == col(loss.number))


def _fallout(row: LostExecutionRow, no: int, *, is_open: bool) -> FalloutView:
    ended = "restarted" if row.restarted_at else "went on"
    return FalloutView(
        order=row.number,
        step="",
        number=no,
        round=1,
        system="",
        operation="",
        failure=Failure(code=EXECUTION_LOST, message=row.detail),
        unknown=True,
        rule=None,
        why=_WHY,
        queue=None,
        attempts=0,
        opened_at=row.found_at,
        resolution="" if is_open else ended,
        actor=row.actor,
        reason=row.reason,
        resolved_at=row.restarted_at,
    )

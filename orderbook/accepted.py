"""Accepted orders in the course of time, a page at a time: however many there are, a reader holds one page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlmodel import col

from fulfillment.states import OrderState
from orderbook.connection import Connected
from orderbook.intake import as_stored
from orderbook.tables import OrderProgressRow, OrderRow
from orderbook.views import StoredOrder

PAGE = 200
"""Orders of a page."""


@dataclass(frozen=True)
class Chosen:
    """Which orders: those accepted from `since` on, before `until`, that are in one of the states now; all without."""

    until: datetime
    since: datetime | None = None
    states: tuple[OrderState, ...] = ()


class AcceptedOrders(Connected):
    """The order book as a sequence of accepted orders."""

    def count_accepted(self, chosen: Chosen) -> int:
        """Return how many orders are like that."""
        query = _narrowed(select(func.count()), chosen)
        return self._read(lambda session: int(session.execute(query).scalar_one()))

    def accepted(self, chosen: Chosen, after: StoredOrder | None = None, limit: int = PAGE) -> tuple[StoredOrder, ...]:
        """Return the next orders as they were accepted, first accepted first: the page that comes after an order."""
        query = _narrowed(select(OrderRow), chosen)
        if after is not None:
            query = query.where(_comes_after(after))
        query = query.order_by(col(OrderRow.accepted_at), col(OrderRow.number)).limit(limit)
        return self._read(lambda session: tuple(as_stored(each) for each in session.scalars(query)))


def _comes_after(order: StoredOrder) -> ColumnElement[bool]:
    at, number = col(OrderRow.accepted_at), col(OrderRow.number)
    # The first condition says nothing new, but is what an index is used for.
    return and_(at >= order.accepted_at, or_(at > order.accepted_at, number > order.order.number))


def _narrowed(query: Select[Any], chosen: Chosen) -> Select[Any]:
    joined = query.select_from(OrderRow).outerjoin(
        OrderProgressRow, col(OrderProgressRow.number) == col(OrderRow.number)
    )
    return joined.where(*_conditions(chosen))


def _conditions(chosen: Chosen) -> Iterator[ColumnElement[bool]]:
    yield col(OrderRow.accepted_at) < chosen.until
    if chosen.since is not None:
        yield col(OrderRow.accepted_at) >= chosen.since
    if chosen.states:
        state = col(OrderProgressRow.state)
        # An order that nothing was told of yet is acknowledged.
        none = state.is_(None) if OrderState.ACKNOWLEDGED in chosen.states else false()
        yield or_(state.in_([each.value for each in chosen.states]), none)

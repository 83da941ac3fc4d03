"""What the service writes about lateness: how open orders and their steps stood when the clock looked (H2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from catalog.base import Recorded
from fulfillment.jeopardy import Jeopardy
from orderbook.connection import Connected
from orderbook.jeopardy_tables import OrderJeopardyRow, StepJeopardyRow


class OrderInJeopardy(Recorded):
    """How an order stands: the worst of its steps and of its `promise`, which is at its level since `since`.

    `promised` is the end of the requested day, `batch` the progress that was looked at, `rules` the digest of the rules
    in force then.
    """

    number: str
    level: Jeopardy
    promise: Jeopardy
    since: datetime
    promised: datetime | None
    predicted_completion: datetime
    batch: int
    rules: str
    looked_at: datetime
    next_look_at: datetime | None


class StepInJeopardy(Recorded):
    """A step that is at risk or late, since `since`."""

    number: str
    step: str
    title: str
    level: Jeopardy
    since: datetime
    at_risk_at: datetime | None
    late_at: datetime


class Jeopardies(Connected):
    """The order book as it keeps what is in danger of being late."""

    def put_jeopardy(self, orders: Iterable[tuple[OrderInJeopardy, tuple[StepInJeopardy, ...]]]) -> None:
        """Let this stand for each order and its steps in place of what stood; an unchanged level keeps its `since`."""
        found = tuple(orders)
        self._write(lambda session: _put_all(session, found))

    def forget_jeopardy(self, numbers: Iterable[str]) -> None:
        """Forget what was known of these orders."""
        gone = tuple(numbers)
        if gone:
            self._write(lambda session: _forget(session, gone))


def _put_all(session: Session, orders: tuple[tuple[OrderInJeopardy, tuple[StepInJeopardy, ...]], ...]) -> None:
    for order, steps in orders:
        _put(session, order, steps)


def _put(session: Session, order: OrderInJeopardy, steps: tuple[StepInJeopardy, ...]) -> None:
    before = session.get(OrderJeopardyRow, order.number)
    row = StepJeopardyRow
    rows = session.exec(select(row).where(col(row.number) == order.number)).all()
    known = {(each.step, each.level): each.since for each in rows}
    since = before.since if before is not None and before.promise == order.promise else order.since
    for old in rows:
        session.delete(old)
    session.flush()
    session.merge(OrderJeopardyRow(**{**_columns(order), "since": since}))
    for each in steps:
        kept = known.get((each.step, each.level.value), each.since)
        session.add(StepJeopardyRow(**{**_columns(each), "since": kept}))


def _columns(model: Recorded) -> dict[str, Any]:
    return {name: each.value if isinstance(each, Jeopardy) else each for name, each in model}


def _forget(session: Session, numbers: tuple[str, ...]) -> None:
    for row in (StepJeopardyRow, OrderJeopardyRow):
        session.execute(delete(row).where(col(row.number).in_(numbers)))

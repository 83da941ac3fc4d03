"""The versions of orders that were asked for, as the service writes them."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from decomposition.order import Order
from orderbook.change_tables import OrderVersionRow
from orderbook.connection import Connected


class Versions(Connected):
    """The order book as it keeps what orders were changed to."""

    def add_version(
        self, order: Order, *, base: int, at: datetime, actor: str, role: str = "", reason: str = ""
    ) -> None:
        """Keep a version of an order that is asked for, made from version `base`; one that is there stays as it is."""
        row = OrderVersionRow(
            number=order.number,
            digest=order.digest,
            base=base,
            content=order.model_dump_json(),
            at=at,
            actor=actor,
            role=role,
            reason=reason,
        )
        self._write(lambda session: _put(session, row))

    def version(self, number: str, digest: str) -> Order | None:
        """Return a version of an order by the digest of its content, or None if nobody has asked for it."""
        row = self._read(lambda session: session.get(OrderVersionRow, (number, digest)))
        return None if row is None else Order.model_validate_json(row.content)


def _put(session: Session, row: OrderVersionRow) -> None:
    if session.get(OrderVersionRow, (row.number, row.digest)) is None:
        session.add(row)

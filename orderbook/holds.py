"""Holds of orders: written with their batches, read by number."""

from __future__ import annotations

from sqlalchemy import and_, delete, select
from sqlmodel import Session, col

from fulfillment.progress import Batch, HoldProgress
from orderbook.stop_tables import HoldRow


def put_holds(session: Session, batch: Batch, former: dict[int, bool]) -> None:
    """Write the holds that a batch placed or released; note in `former` which were there, and whether released."""
    for hold in batch.holds:
        stands = session.get(HoldRow, (batch.number, hold.number))
        if stands:
            former[hold.number] = stands.released_at is not None
        place = {"number": batch.number, "no": hold.number, "batch": stands.batch if stands else batch.n}
        session.merge(HoldRow(**{**dict(hold), **place}))


def forget_holds(session: Session, batch: Batch, former: dict[int, bool]) -> None:
    """Delete the holds that the former content of this batch placed; note them in `former` as `put_holds` does."""
    placed = and_(col(HoldRow.number) == batch.number, col(HoldRow.batch) == batch.n)
    deleted = session.execute(delete(HoldRow).where(placed).returning(col(HoldRow.no), col(HoldRow.released_at)))
    former.update({each.no: each.released_at is not None for each in deleted})


def holds_of(session: Session, number: str) -> tuple[HoldProgress, ...]:
    """Return the holds of an order, by number, released ones too."""
    rows = session.scalars(select(HoldRow).where(col(HoldRow.number) == number).order_by(col(HoldRow.no)))
    return tuple(HoldProgress.model_validate({**each.model_dump(), "number": each.no}) for each in rows)

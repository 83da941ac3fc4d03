"""Changes of orders: written with their batches, read by number; which version of an order is in force."""

from __future__ import annotations

from sqlalchemy import and_, delete, exists, select
from sqlmodel import Session, col

from fulfillment.progress import Batch, ChangeProgress, ChangeState
from orderbook.change_tables import OrderChangeRow


def put_changes(session: Session, batch: Batch, former: dict[int, str]) -> None:
    """Write the changes that a batch tells of; note in `former` the states of those that were there."""
    for change in batch.changes:
        stands = session.get(OrderChangeRow, (batch.number, change.number_of))
        if stands:
            former[change.number_of] = stands.state
        place = {"number": batch.number, "batch": stands.batch if stands else batch.n}
        session.merge(OrderChangeRow(**{**dict(change), **place}))


def forget_changes(session: Session, batch: Batch, former: dict[int, str]) -> None:
    """Delete the changes that the former content of this batch brought; note them in `former` as `put_changes` does."""
    row = OrderChangeRow
    brought = and_(col(row.number) == batch.number, col(row.batch) == batch.n)
    deleted = session.execute(delete(row).where(brought).returning(col(row.number_of), col(row.state)))
    former.update({each.number_of: each.state for each in deleted})


def changes_of(session: Session, number: str) -> tuple[ChangeProgress, ...]:
    """Return the changes of an order, by number, refused ones too."""
    row = OrderChangeRow
    rows = session.scalars(select(row).where(col(row.number) == number).order_by(col(row.number_of)))
    return tuple(ChangeProgress.model_validate(each, from_attributes=True) for each in rows)


def version_of(changes: tuple[ChangeProgress, ...]) -> int:
    """Return which version of the order is in force: 1 as accepted, one more with each change that was applied."""
    return max((each.version for each in changes if each.state is ChangeState.APPLIED), default=1)


def has_been(session: Session, number: str, digest: str) -> bool:
    """Tell whether an order has ever been of this content by a change."""
    row = OrderChangeRow
    applied = (col(row.number) == number, col(row.order) == digest, col(row.state) == ChangeState.APPLIED.value)
    return bool(session.scalar(select(exists().where(*applied))))

"""Callbacks that the run of an order did not wait for, written with its batches."""

from __future__ import annotations

from sqlalchemy import and_, delete
from sqlmodel import Session, col

from fulfillment.progress import Batch
from orderbook.desk_tables import LateCallbackRow


def put_late_answers(session: Session, batch: Batch) -> None:
    """Write the late answers that a batch tells of."""
    for each in batch.late_answers:
        place = {"number": batch.number, "no": each.number, "batch": batch.n}
        session.merge(LateCallbackRow(**{**dict(each), **place}))


def forget_late_answers(session: Session, batch: Batch) -> None:
    """Delete the late answers that the former content of this batch told of."""
    told = and_(col(LateCallbackRow.number) == batch.number, col(LateCallbackRow.batch) == batch.n)
    session.execute(delete(LateCallbackRow).where(told))

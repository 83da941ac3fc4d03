"""An order's progress as the book has it: the batch with which a run begins that goes on from the book alone."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from catalog.base import Recorded
from fulfillment.progress import Batch, FalloutProgress, LineProgress, StepProgress, TaskProgress
from fulfillment.states import OrderState
from orderbook.changes import changes_of
from orderbook.holds import holds_of
from orderbook.tables import FalloutRow, LineRow, OrderProgressRow, StepRow, TaskRow

P = TypeVar("P", bound=Recorded)


def whole_progress(session: Session, number: str) -> Batch | None:
    """Return all that is known of an order as one full batch, without audit; None before its first one."""
    head = session.get(OrderProgressRow, number)
    if head is None:
        return None
    return Batch(
        number=number,
        n=head.batch,
        full=True,
        plan=head.plan,
        state=OrderState(head.state),
        at=head.updated_at,
        lines=tuple(_as(LineProgress, each) for each in _rows(session, LineRow, number, "id")),
        steps=tuple(_as(StepProgress, each) for each in _rows(session, StepRow, number, "id")),
        fallouts=tuple(_fallout(each) for each in _rows(session, FalloutRow, number, "step", "no")),
        tasks=tuple(_as(TaskProgress, each) for each in _rows(session, TaskRow, number, "step")),
        holds=holds_of(session, number),
        changes=changes_of(session, number),
        facts=head.facts,
    )


def _rows(session: Session, row: type[Any], number: str, *keys: str) -> Sequence[Any]:
    # Sorted here, since databases disagree about the order of texts.
    return sorted(session.scalars(select(row).where(col(row.number) == number)), key=attrgetter(*keys))


def _as(model: type[P], row: object) -> P:
    return model.model_validate(row, from_attributes=True)


def _fallout(row: FalloutRow) -> FalloutProgress:
    return FalloutProgress.model_validate({**row.model_dump(), "number": row.no})

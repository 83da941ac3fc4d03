"""Tasks as they are read: open until they are done, withdrawn, or their order has ended, and with whom they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from catalog.base import Recorded
from fulfillment.progress import TaskProgress
from orderbook.claim_tables import TaskClaimRow
from orderbook.feed_tables import NotificationRow
from orderbook.tables import OrderProgressRow, OrderRow, TaskRow


class HandOver(StrEnum):
    """How a task came to whom it is with; the value is the action in its order's history."""

    ASSIGNED = "assign"
    CLAIMED = "claim"
    RELEASED = "release"
    REASSIGNED = "reassign"
    ESCALATED = "escalate"


class Claim(Recorded):
    """With whom a task is: a queue since `queued_at`, and one of its people where `assignee` is not empty."""

    no: int
    at: datetime
    how: HandOver
    queue: str | None
    queued_at: datetime
    assignee: str = ""
    due_at: datetime | None = None
    actor: str
    reason: str = ""


class OpenTask(NamedTuple):
    """A task that waits to be done: of which order, how urgent that is, and with whom it is, None before the first."""

    order: str
    priority: str
    task: TaskProgress
    claim: Claim | None


_KEY = ("number", "step", "opened_at")


def open_tasks(session: Session, *conditions: ColumnElement[bool], unclaimed: bool = False) -> tuple[OpenTask, ...]:
    """Return the tasks that wait to be done in orders that have not ended, oldest first.

    With `unclaimed` only those that were never handed to anybody.
    """
    query = select(TaskRow, col(OrderRow.priority)).where(*_open(), *conditions)
    query = query.join(OrderProgressRow, col(OrderProgressRow.number) == col(TaskRow.number))
    query = query.join(OrderRow, col(OrderRow.number) == col(TaskRow.number))
    if unclaimed:
        query = query.where(~exists().where(_of_task()).correlate(TaskRow))
    claims = {} if unclaimed else current_claims(session, (*is_open(), *conditions))
    found = (
        OpenTask(row.number, priority, _progress(row), claims.get((row.number, row.step, row.opened_at)))
        for row, priority in session.execute(query)
    )
    return tuple(sorted(found, key=lambda each: (each.task.opened_at, each.order, each.task.step)))


def open_task(session: Session, number: str, step: str) -> OpenTask | None:
    """Return the task of a step if it waits to be done, else None."""
    found = open_tasks(session, col(TaskRow.number) == number, col(TaskRow.step) == step)
    return found[0] if found else None


def current_claims(
    session: Session, conditions: Iterable[ColumnElement[bool]]
) -> dict[tuple[str, str, datetime], Claim]:
    """Return with whom tasks are, those of which the conditions hold, keyed by order, step and opening."""
    query = _last_claims(select(TaskClaimRow)).where(*conditions)
    return {(row.number, row.step, row.opened_at): as_claim(row) for row in session.scalars(query)}


def loads(session: Session, members: tuple[str, ...]) -> dict[str, int]:
    """Return how many open tasks each of them has; those without any are left out."""
    assignee = col(TaskClaimRow.assignee)
    of_order = col(OrderProgressRow.number) == col(TaskRow.number)
    query = _last_claims(select(assignee, func.count())).join(OrderProgressRow, of_order)
    query = query.where(*_open(), assignee.in_(members)).group_by(assignee)
    return {name: count for name, count in session.execute(query)}  # noqa: C416 - rows are no pairs to `dict`


def told_since(session: Session, at: datetime) -> frozenset[tuple[str, str, str]]:
    """Return kind, subject and level of each notification since then."""
    row = NotificationRow
    query = select(col(row.kind), col(row.subject), col(row.level)).where(col(row.told_at) >= at)
    return frozenset((kind, subject, level) for kind, subject, level in session.execute(query))


def as_claim(row: TaskClaimRow) -> Claim:
    """Return what a row says."""
    return Claim.model_validate(row, from_attributes=True)


def is_open() -> tuple[ColumnElement[bool], ...]:
    """Return what holds of a task that is neither done nor withdrawn."""
    return col(TaskRow.completed_at).is_(None), col(TaskRow.withdrawn_at).is_(None)


def _open() -> tuple[ColumnElement[bool], ...]:
    return *is_open(), col(OrderProgressRow.ended_at).is_(None)


def _last_claims(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Return the query over claims, of each task the last, joined with the tasks that they are of."""
    later = aliased(TaskClaimRow)
    same = (col(getattr(later, key)) == col(getattr(TaskClaimRow, key)) for key in _KEY)
    is_last = ~exists().where(*same, col(later.no) > col(TaskClaimRow.no))
    return query.select_from(TaskClaimRow).join(TaskRow, _of_task()).where(is_last)


def _of_task() -> ColumnElement[bool]:
    return and_(*(col(getattr(TaskClaimRow, key)) == col(getattr(TaskRow, key)) for key in _KEY))


def _progress(row: TaskRow) -> TaskProgress:
    return TaskProgress.model_validate(row, from_attributes=True)

"""What the activities write: plans, batches of progress, failed attempts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, delete, func
from sqlmodel import Session, col, select

from catalog.base import digest
from decomposition.model import OrderPlan
from fulfillment.outcomes import Decision, Failure
from fulfillment.progress import Batch, FalloutProgress, TaskProgress, Written
from fulfillment.states import OrderState
from orderbook.connection import BUSY_TIMEOUT, Connected
from orderbook.tables import (
    AttemptRow,
    AuditProgressRow,
    FalloutRow,
    LineRow,
    OrderProgressRow,
    PlanRow,
    StepRow,
    TaskRow,
)

ENDED = (OrderState.REJECTED, OrderState.CANCELLED, OrderState.COMPLETED, OrderState.FAILED, OrderState.PARTIAL)
"""States after which nothing more happens to an order."""


class Execution(Connected):
    """The order book as the activities write it."""

    def __init__(self, url: str, *, busy_timeout: timedelta = BUSY_TIMEOUT) -> None:
        super().__init__(url, busy_timeout=busy_timeout)
        self._parsed_plan = lru_cache(maxsize=128)(self._parse_plan)

    def store_plan(self, plan: OrderPlan) -> None:
        """Store the plan under its digest; one that is there stays as it is."""
        row = PlanRow(digest=plan.digest, number=plan.order.number, content=plan.model_dump_json())
        self._write(lambda session: _put_plan(session, row))

    def plan(self, digest: str) -> OrderPlan | None:
        """Return the plan of that digest, or None."""
        try:
            return self._parsed_plan(digest)
        except LookupError:
            return None

    def _parse_plan(self, digest: str) -> OrderPlan:
        # What is not there raises, since only results are remembered and it may come any time.
        row = self._read(lambda session: session.get(PlanRow, digest))
        if row is None:
            raise LookupError(digest)
        return OrderPlan.model_validate_json(row.content)

    def write_batch(self, batch: Batch) -> Written:
        """Let the batch stand under its number, in place of what stood there; one older than the last is ignored.

        A workflow task that was lost runs again and may tell another story under the same number (`design.md` §4).
        That other content stood there is told again however often the batch is written, since an answer may be lost.
        """
        return self._write(lambda session: _put_batch(session, batch))

    def last_batch(self, number: str) -> int:
        """Return the number of the order's last batch, 0 before the first: a restarted run counts on from there."""
        query = select(OrderProgressRow.batch).where(OrderProgressRow.number == number)
        return self._read(lambda session: session.exec(query).one_or_none()) or 0

    def record_attempt(
        self, number: str, step: str, round_: int, attempt: int, *, at: datetime, failure: Failure, decision: Decision
    ) -> None:
        """Record a failed attempt; the same one again replaces what it said."""
        told = failure.model_dump(include={"code", "message", "status", "refused", "request", "answer"})
        row = AttemptRow(number=number, step=step, round=round_, attempt=attempt, at=at, decision=decision, **told)
        self._write(lambda session: session.merge(row))


def _put_plan(session: Session, row: PlanRow) -> None:
    if session.get(PlanRow, row.digest) is None:
        session.add(row)


def _put_batch(session: Session, batch: Batch) -> Written:
    # The lock makes a batch and its twin (a call that timed out, and the one after it) write one after the other.
    last = session.get(OrderProgressRow, batch.number, with_for_update=True)
    if last is not None and batch.n < last.batch:
        return Written()
    content = digest(batch.model_dump_json())
    again = last is not None and batch.n == last.batch
    if last is not None and again and content == last.digest:
        return Written(replaced=last.replaced)
    _put_head(session, batch, last, content, replaced=again)
    session.flush()
    if again:
        _forget(session, batch)
    _put_states(session, batch)
    _put_fallouts(session, batch)
    _put_tasks(session, batch)
    for seq, entry in enumerate(batch.audit):
        session.add(AuditProgressRow(number=batch.number, batch=batch.n, seq=seq, **dict(entry)))
    session.flush()
    _put_start(session, batch.number)
    return Written(replaced=again)


def _put_head(session: Session, batch: Batch, last: OrderProgressRow | None, content: str, *, replaced: bool) -> None:
    ended = batch.at if batch.state in ENDED else None
    if ended and last and last.ended_at and (not replaced or last.ended_at < last.updated_at):
        ended = last.ended_at
    row = OrderProgressRow(
        number=batch.number,
        state=batch.state.value,
        plan=batch.plan,
        batch=batch.n,
        digest=content,
        replaced=replaced,
        updated_at=batch.at,
        started_at=None,
        ended_at=ended,
    )
    if last is None:
        # A first batch is inserted, never merged: where a twin was first, the key must clash, so that it is seen.
        session.add(row)
    else:
        session.merge(row)


def _put_start(session: Session, number: str) -> None:
    first = session.exec(select(func.min(StepRow.started_at)).where(StepRow.number == number)).one()
    head = session.get_one(OrderProgressRow, number)
    head.started_at = first


def _forget(session: Session, batch: Batch) -> None:
    """Delete what the former content of this batch brought into the book and nothing will overwrite."""
    for row in (FalloutRow, TaskRow, AuditProgressRow):
        session.execute(delete(row).where(and_(col(row.number) == batch.number, col(row.batch) == batch.n)))


def _put_states(session: Session, batch: Batch) -> None:
    _clear(session, LineRow, batch, (each.id for each in batch.lines))
    _clear(session, StepRow, batch, (each.id for each in batch.steps))
    for line in batch.lines:
        session.add(LineRow(**{**dict(line), "number": batch.number, "state": line.state.value}))
    for step in batch.steps:
        session.add(StepRow(**{**dict(step), "number": batch.number, "state": step.state.value}))


def _clear(session: Session, row: type[LineRow] | type[StepRow], batch: Batch, ids: Iterable[str]) -> None:
    """Delete the rows that the batch writes anew: with a full batch, all."""
    condition: ColumnElement[bool] = col(row.number) == batch.number
    if not batch.full:
        condition = and_(condition, col(row.id).in_(tuple(ids)))
    session.execute(delete(row).where(condition))


def _put_fallouts(session: Session, batch: Batch) -> None:
    for fallout in batch.fallouts:
        stands = session.get(FalloutRow, (batch.number, fallout.step, fallout.number))
        session.merge(_fallout_row(batch, fallout, stands.batch if stands else batch.n))


def _fallout_row(batch: Batch, fallout: FalloutProgress, opened_in: int) -> FalloutRow:
    place = {"number": batch.number, "no": fallout.number, "batch": opened_in}
    return FalloutRow(**{**dict(fallout), **place}, code=fallout.failure.code)


def _put_tasks(session: Session, batch: Batch) -> None:
    for task in batch.tasks:
        stands = session.get(TaskRow, (batch.number, task.step))
        session.merge(_task_row(batch, task, stands.batch if stands else batch.n))


def _task_row(batch: Batch, task: TaskProgress, opened_in: int) -> TaskRow:
    return TaskRow(**dict(task), number=batch.number, batch=opened_in)

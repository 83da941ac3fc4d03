"""What the activities write: plans, batches of progress, failed attempts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, delete, insert
from sqlmodel import Session, SQLModel, col, select

from catalog.base import digest
from decomposition.model import OrderPlan
from fulfillment.outcomes import Decision, Failure
from fulfillment.progress import AuditEntry, Batch, FalloutProgress, TaskProgress, Written
from fulfillment.states import OrderState
from orderbook.changes import forget_changes, put_changes
from orderbook.connection import BUSY_TIMEOUT, Connected
from orderbook.events import Former, put_events
from orderbook.holds import forget_holds, put_holds
from orderbook.late_callbacks import forget_late_answers, put_late_answers
from orderbook.plans import put_plan, stored_plan
from orderbook.progress import whole_progress
from orderbook.tables import (
    AttemptRow,
    AuditProgressRow,
    FalloutRow,
    LineRow,
    OrderProgressRow,
    StepRow,
    TaskRow,
)

ENDED = (OrderState.REJECTED, OrderState.CANCELLED, OrderState.COMPLETED, OrderState.FAILED, OrderState.PARTIAL)
"""States after which nothing more happens to an order."""
PLANS_REMEMBERED = 128

R = TypeVar("R", FalloutRow, TaskRow, AuditProgressRow)


class Execution(Connected):
    """The order book as the activities write it."""

    def __init__(self, url: str, *, busy_timeout: timedelta = BUSY_TIMEOUT) -> None:
        super().__init__(url, busy_timeout=busy_timeout)
        self._plans: dict[str, OrderPlan] = {}

    def store_plan(self, plan: OrderPlan) -> None:
        """Store the plan under its digest; one that is there stays as it is."""
        self._write(lambda session: put_plan(session, plan))
        self._remember(plan)

    def plan(self, digest: str) -> OrderPlan | None:
        """Return the plan of that digest, or None."""
        if remembered := self.remembered_plan(digest):
            return remembered
        plan = self._read(lambda session: stored_plan(session, digest))
        return None if plan is None else self._remember(plan)

    def plan_there(self, digest: str) -> OrderPlan:
        """Return the plan of that digest.

        Raises:
            LookupError: it is not in the book.
        """
        found = self.plan(digest)
        if found is None:
            raise LookupError(f"plan {digest} is not in the order book")
        return found

    def remembered_plan(self, digest: str) -> OrderPlan | None:
        """Return the plan if this process has met it lately: the database is not asked."""
        return self._plans.get(digest)

    def _remember(self, plan: OrderPlan) -> OrderPlan:
        # Any thread may come by: each of these operations is whole, and a plan forgotten too early is read again.
        self._plans[plan.digest] = plan
        for oldest in list(self._plans)[:-PLANS_REMEMBERED]:
            self._plans.pop(oldest, None)
        return plan

    def write_batch(self, batch: Batch) -> Written:
        """Let the batch stand under its number, in place of what stood there; one older than the last is ignored.

        A workflow task that was lost runs again and may tell another story under the same number (`design.md` §4).
        That other content stood there is told again however often the batch is written, since an answer may be lost.
        """
        with_it = self._with_it(batch)
        return self._write(lambda session: _put_batch(session, batch, with_it))

    def _with_it(self, batch: Batch) -> Callable[[Session], None]:  # noqa: ARG002 - for those who know more
        """Return what is to be written together with a batch, in its transaction."""
        return lambda _: None

    def last_batch(self, number: str) -> int:
        """Return the number of the order's last batch, 0 before the first: a restarted run counts on from there."""
        query = select(OrderProgressRow.batch).where(OrderProgressRow.number == number)
        return self._read(lambda session: session.exec(query).one_or_none()) or 0

    def progress(self, number: str) -> Batch | None:
        """Return all that is known of an order as one full batch under the number of its last one, without audit.

        None before the first batch. Lines, steps and tasks are sorted by id, fallouts by step and number.
        """
        return self._read(lambda session: whole_progress(session, number))

    def record_attempt(
        self, number: str, step: str, round_: int, attempt: int, *, at: datetime, failure: Failure, decision: Decision
    ) -> None:
        """Record a failed attempt; the same one again replaces what it said."""
        told = failure.model_dump(include={"code", "message", "status", "refused", "request", "answer"})
        row = AttemptRow(number=number, step=step, round=round_, attempt=attempt, at=at, decision=decision, **told)
        self._write(lambda session: session.merge(row))


def _put_batch(session: Session, batch: Batch, with_it: Callable[[Session], None]) -> Written:
    # The lock makes a batch and its twin (a call that timed out, and the one after it) write one after the other.
    last = session.get(OrderProgressRow, batch.number, with_for_update=True)
    if last is not None and batch.n < last.batch:
        return Written()
    content = digest(batch.model_dump_json())
    again = last is not None and batch.n == last.batch
    if last is not None and again and content == last.digest:
        return Written(replaced=last.replaced)
    # A batch that is missing in between was written into a book that has been set back since.
    missing = batch.n > (last.batch if last else 0) + 1 and not batch.full
    last_state = last.state if last else ""  # the merge below changes it
    _put_head(session, batch, last, content, replaced=again or missing)
    session.flush()
    former = Former(order=last_state)
    if again:
        _forget(session, batch, former)
        forget_holds(session, batch, former.holds)
        forget_late_answers(session, batch)
        forget_changes(session, batch, former.changes)
    _put_states(session, batch, former)
    _put_fallouts(session, batch, former)
    _put_tasks(session, batch, former)
    put_holds(session, batch, former.holds)
    put_late_answers(session, batch)
    put_changes(session, batch, former.changes)
    place = {"number": batch.number, "batch": batch.n}
    _put(session, AuditProgressRow, ({**dict(each), **place, "seq": seq} for seq, each in enumerate(batch.audit)))
    session.flush()
    put_events(session, batch, former)
    with_it(session)
    return Written(replaced=again or missing)


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
        started_at=_start(batch, last),
        ended_at=ended,
        facts=last.facts if batch.facts is None and last is not None else batch.facts,
    )
    if last is None:
        # A first batch is inserted, never merged: where a twin was first, the key must clash, so that it is seen.
        session.add(row)
    else:
        session.merge(row)


def _start(batch: Batch, last: OrderProgressRow | None) -> datetime | None:
    """Return when the first step started."""
    known = [each.started_at for each in batch.steps if each.started_at]
    if last is not None and last.started_at is not None:
        known.append(last.started_at)
    return min(known, default=None)


def _forget(session: Session, batch: Batch, former: Former) -> None:
    """Delete what the former content of this batch brought into the book and nothing will overwrite; note it."""
    for fallout in _taken(session, FalloutRow, batch):
        former.fallouts[fallout.step, fallout.no] = bool(fallout.resolution)
    for task in _taken(session, TaskRow, batch):
        former.tasks[task.step] = _is_over(task)
    former.audit = tuple(
        AuditEntry.model_validate(each, from_attributes=True) for each in _taken(session, AuditProgressRow, batch)
    )


def _taken(session: Session, row: type[R], batch: Batch) -> Sequence[R]:
    """Delete the rows of a table that this batch brought; return them."""
    brought = and_(col(row.number) == batch.number, col(row.batch) == batch.n)
    found = session.scalars(select(row).where(brought)).all()
    session.execute(delete(row).where(brought))
    return found


def _put_states(session: Session, batch: Batch, former: Former) -> None:
    former.lines = _clear(session, LineRow, batch, [each.id for each in batch.lines])
    former.steps = _clear(session, StepRow, batch, [each.id for each in batch.steps])
    for row, states in ((LineRow, batch.lines), (StepRow, batch.steps)):
        _put(session, row, ({**dict(each), "number": batch.number, "state": each.state.value} for each in states))


def _put(session: Session, row: type[SQLModel], values: Iterable[Mapping[str, object]]) -> None:
    """Insert rows as they are: objects for each of thousands would cost more than the database does."""
    if found := list(values):
        session.execute(insert(row), found)


def _clear(session: Session, row: type[LineRow] | type[StepRow], batch: Batch, ids: Sequence[str]) -> Mapping[str, str]:
    """Delete the rows that the batch writes anew, with a full batch all; return the states they had, by id."""
    if not ids and not batch.full:
        return {}
    condition: ColumnElement[bool] = col(row.number) == batch.number
    if not batch.full:
        condition = and_(condition, col(row.id).in_(ids))
    deleted = session.execute(delete(row).where(condition).returning(col(row.id), col(row.state)))
    return {each.id: each.state for each in deleted}


def _put_fallouts(session: Session, batch: Batch, former: Former) -> None:
    for fallout in batch.fallouts:
        stands = session.get(FalloutRow, (batch.number, fallout.step, fallout.number))
        if stands:
            former.fallouts[fallout.step, fallout.number] = bool(stands.resolution)
        session.merge(_fallout_row(batch, fallout, stands.batch if stands else batch.n))


def _fallout_row(batch: Batch, fallout: FalloutProgress, opened_in: int) -> FalloutRow:
    place = {"number": batch.number, "no": fallout.number, "batch": opened_in}
    return FalloutRow(**{**dict(fallout), **place}, code=fallout.failure.code)


def _put_tasks(session: Session, batch: Batch, former: Former) -> None:
    for task in batch.tasks:
        stands = session.get(TaskRow, (batch.number, task.step))
        if stands:
            former.tasks[task.step] = _is_over(stands)
        session.merge(_task_row(batch, task, stands.batch if stands else batch.n))


def _is_over(task: TaskRow) -> bool:
    return task.completed_at is not None or task.withdrawn_at is not None


def _task_row(batch: Batch, task: TaskProgress, opened_in: int) -> TaskRow:
    return TaskRow(**dict(task), number=batch.number, batch=opened_in)

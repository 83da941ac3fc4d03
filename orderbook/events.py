"""The feed of events as the activities write it: what each batch changes in the book, in the same transaction (F7).

The feed is a log of what the book came to know. A batch that replaces another (`design.md` §4) adds how it differs from
that: an event once read is never taken back, and what turned out otherwise is told as a change of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session

from catalog.base import Recorded
from fulfillment.progress import AuditEntry, Batch, ChangeProgress, FalloutProgress, HoldProgress
from fulfillment.report import SYSTEM
from fulfillment.states import OrderState, StepState
from orderbook.feed_tables import EventRow
from orderbook.ordering import Ordered, together

_EVENTS = EventRow.metadata.tables[str(EventRow.__tablename__)]
_UNBEGUN = (OrderState.ACKNOWLEDGED.value, OrderState.PENDING.value, StepState.PENDING.value)
"""A line or a step that is new and in one of these is no news: the order tells that it has begun."""


class Event(Recorded):
    """One change of an order: what `kind` of thing, which (`subject`), its `state` now and `before`.

    `subject` is empty for the order itself, the id of a line, of a step (steps, tasks, commands), `STEP/N` of a
    fallout, the number of a hold or a change. `at` is when the run told it; `position` orders the feed and is used
    once.
    """

    position: int
    number: str
    batch: int
    at: datetime
    kind: str
    subject: str
    state: str
    before: str = ""
    text: str = ""
    actor: str = ""

    @property
    def name(self) -> str:
        """Return what webhooks call it: `order_completed`."""
        return f"{self.kind}_{self.state}"


@dataclass
class Former:
    """What stood in the book before a batch, of all that the batch tells.

    Lines and steps are keyed by id and give the state; fallouts are keyed by step and number, tasks by step, holds by
    number, and tell whether each was over. Changes are keyed by number and give the state. `audit` has the entries that
    the batch replaces.
    """

    order: str = ""
    lines: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)
    fallouts: dict[tuple[str, int], bool] = field(default_factory=dict)
    tasks: dict[str, bool] = field(default_factory=dict)
    holds: dict[int, bool] = field(default_factory=dict)
    changes: dict[int, str] = field(default_factory=dict)
    audit: Collection[AuditEntry] = ()


@dataclass(frozen=True)
class _Change:
    kind: str
    subject: str
    state: str
    before: str = ""
    text: str = ""
    actor: str = ""
    at: datetime | None = None


def put_events(session: Session, batch: Batch, former: Former) -> None:
    """Write what the batch changes; call it last, since readers wait for those who write."""
    told = [
        {**vars(each), "number": batch.number, "batch": batch.n, "at": each.at or batch.at}
        for each in _changes(batch, former)
    ]
    if told:
        together(session, Ordered.EVENTS)
        session.connection().execute(insert(_EVENTS), told)


def _changes(batch: Batch, former: Former) -> Iterator[_Change]:
    """Give what people did first, then what came of it, then where the order stands."""
    for entry in batch.audit:
        if entry.actor != SYSTEM and entry not in former.audit:
            yield _command(entry)
    for hold in batch.holds:
        yield from _hold(hold, former.holds.get(hold.number))
    for change in batch.changes:
        yield from _changed(change, former.changes.get(change.number_of))
    yield from _moves(batch, former)
    for fallout in batch.fallouts:
        yield from _fallout(fallout, former.fallouts.get((fallout.step, fallout.number)))
    yield from _tasks(batch, former)
    yield from _withdrawn(batch, former)
    if batch.state.value != former.order:
        yield _Change("order", "", batch.state.value, former.order)


def _command(entry: AuditEntry) -> _Change:
    text = ": ".join(part for part in (entry.action, entry.detail or entry.reason) if part)
    state = "accepted" if entry.accepted else "refused"
    return _Change("command", entry.step, state, text=text, actor=entry.actor, at=entry.at)


def _hold(hold: HoldProgress, was_over: bool | None) -> Iterator[_Change]:
    subject = str(hold.number)
    if was_over is None:
        yield _Change("hold", subject, "placed", text=hold.reason, actor=hold.actor, at=hold.placed_at)
    if hold.released_at and not was_over:
        text, actor = hold.release_reason, hold.released_by
        yield _Change("hold", subject, "released", "placed", text, actor, hold.released_at)


def _changed(change: ChangeProgress, before: str | None) -> Iterator[_Change]:
    if change.state.value != before:
        text = ": ".join(part for part in (change.kind.value, change.why or change.reason) if part)
        at = change.decided_at or change.asked_at
        yield _Change("change", str(change.number_of), change.state.value, before or "", text, change.actor, at)


def _moves(batch: Batch, former: Former) -> Iterator[_Change]:
    for step in batch.steps:
        yield from _moved("step", step.id, step.state.value, former.steps.get(step.id), step.reason, step.actor)
    for line in batch.lines:
        yield from _moved("line", line.id, line.state.value, former.lines.get(line.id))


def _moved(
    kind: str, subject: str, state: str, before: str | None, text: str = "", actor: str = ""
) -> Iterator[_Change]:
    if state != before and (before is not None or state not in _UNBEGUN):
        yield _Change(kind, subject, state, before or "", text, actor)


def _fallout(fallout: FalloutProgress, was_over: bool | None) -> Iterator[_Change]:
    subject = f"{fallout.step}/{fallout.number}"
    if was_over is None:
        text = f"{fallout.failure.code}: {fallout.failure.message}"
        yield _Change("fallout", subject, "opened", text=text, at=fallout.opened_at)
    if fallout.resolution and not was_over:
        text = ": ".join(part for part in (fallout.resolution, fallout.reason) if part)
        yield _Change("fallout", subject, "resolved", "opened", text, fallout.actor, fallout.resolved_at)


def _tasks(batch: Batch, former: Former) -> Iterator[_Change]:
    for task in batch.tasks:
        was_over = former.tasks.get(task.step)
        if was_over is None:
            yield _Change("task", task.step, "opened", text=task.title, at=task.opened_at)
        if task.completed_at and not was_over:
            yield _Change("task", task.step, "completed", "opened", task.title, task.actor, task.completed_at)
        if task.withdrawn_at and not was_over:
            yield _Change("task", task.step, "withdrawn", "opened", task.title, at=task.withdrawn_at)


def _withdrawn(batch: Batch, former: Former) -> Iterator[_Change]:
    """Give what the content that this batch replaces had opened, and this one does not."""
    text = "told anew without it"
    fallouts = [(each.step, each.number) for each in batch.fallouts]
    for step, number in (key for key in former.fallouts if key not in fallouts):
        yield _Change("fallout", f"{step}/{number}", "withdrawn", "opened", text)
    holds = [each.number for each in batch.holds]
    for no in (key for key in former.holds if key not in holds):
        yield _Change("hold", str(no), "withdrawn", "placed", text)
    changes = [each.number_of for each in batch.changes]
    for number in (key for key in former.changes if key not in changes):
        yield _Change("change", str(number), "withdrawn", former.changes[number], text)
    tasks = [each.step for each in batch.tasks]
    for step in (key for key in former.tasks if key not in tasks):
        yield _Change("task", step, "withdrawn", "opened", text)

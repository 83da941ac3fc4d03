"""The history of one order: every command, every automatic decision, every failed try, in the order of time (F7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from operator import attrgetter
from typing import assert_never

from sqlmodel import Session, col, or_, select

from decomposition.wording import duration
from fulfillment.outcomes import CancelWork, Decision, Park, RetryLater, RunAlternative, SkipStep
from fulfillment.progress import AuditEntry
from fulfillment.report import SYSTEM
from orderbook.connection import Connected
from orderbook.feed_tables import NotificationRow
from orderbook.tables import AttemptRow, Audited, AuditProgressRow, AuditServiceRow, LateAnswerRow


class HistoryKind(StrEnum):
    """What an entry is: what somebody asked for, what was decided without them, a try, a message, what was told."""

    COMMAND = "command"
    DECISION = "decision"
    ATTEMPT = "attempt"
    MESSAGE = "message"
    NOTIFICATION = "notification"


class HistoryEntry(AuditEntry):
    """Who did what, when and why; of an attempt also what the fallout rules decided about it."""

    kind: HistoryKind


class History(Connected):
    """The order book as it is read for what has happened."""

    def history(self, number: str) -> tuple[HistoryEntry, ...]:
        """Return what happened to an order, by time; with an empty number what concerns no order."""
        return self._read(lambda session: _history(session, number))


def _history(session: Session, number: str) -> tuple[HistoryEntry, ...]:
    service = session.scalars(select(AuditServiceRow).where(col(AuditServiceRow.number) == number)).all()
    progress = session.scalars(select(AuditProgressRow).where(col(AuditProgressRow.number) == number)).all()
    audited = [*sorted(service, key=attrgetter("id")), *sorted(progress, key=attrgetter("batch", "seq"))]
    # An attempt is written before the batch that tells what followed: of equal times it is the first.
    found = [*_attempts(session, number), *(_audited(each) for each in audited)]
    found += [*_late_answers(session, number), *(_notifications(session, number) if number else ())]
    return tuple(_without_echoes(sorted(found, key=attrgetter("at"))))


def _without_echoes(entries: Iterable[HistoryEntry]) -> Iterator[HistoryEntry]:
    """Leave out a run's entry about a retry where the attempt before it says so: both tell of one decision."""
    told: dict[str, bool] = {}
    for each in entries:
        if each.kind is HistoryKind.ATTEMPT:
            told[each.step] = True
        elif each.kind is HistoryKind.DECISION and each.action == "retry" and told.pop(each.step, False):
            continue
        yield each


def _audited(row: Audited) -> HistoryEntry:
    kind = HistoryKind.DECISION if row.actor == SYSTEM else HistoryKind.COMMAND
    if row.action == "callback" or row.action.startswith("message"):
        kind = HistoryKind.MESSAGE
    return HistoryEntry(kind=kind, **dict(AuditEntry.model_validate(row, from_attributes=True)))


def _attempts(session: Session, number: str) -> Iterator[HistoryEntry]:
    rows = session.scalars(select(AttemptRow).where(col(AttemptRow.number) == number)).all()
    for row in sorted(rows, key=attrgetter("step", "round", "attempt")):
        known = "nothing happened" if row.refused else "whether it worked is unknown"
        failed = f"try {row.attempt} failed with `{row.code}` ({known}): {row.message.rstrip('.')}"
        detail = f"{failed}; {_decided(row.decision)}"
        yield _entry(HistoryKind.ATTEMPT, row, "attempt", detail)


def _decided(decision: Decision) -> str:
    rule = f"by rule `{decision.rule}` " if decision.rule else ""
    match decision:
        case RetryLater():
            return f"{rule}tried again after {_length(decision)}"
        case Park():
            return f"{rule}parked" + (f": {decision.why}" if decision.why else "")
        case SkipStep() | RunAlternative() | CancelWork():
            return decision.why
        case _:
            assert_never(decision)


def _length(decision: RetryLater) -> str:
    seconds = decision.delay.total_seconds()
    return duration(decision.delay) if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _late_answers(session: Session, number: str) -> Iterator[HistoryEntry]:
    rows = session.scalars(select(LateAnswerRow).where(col(LateAnswerRow.number) == number)).all()
    for row in sorted(rows, key=attrgetter("id")):
        yield _entry(HistoryKind.MESSAGE, row, "callback", f"{row.why}: {row.answer}")


def _notifications(session: Session, number: str) -> Iterator[HistoryEntry]:
    row = NotificationRow
    of_order = or_(col(row.subject) == number, col(row.subject).startswith(f"{number}/", autoescape=True))
    for each in session.scalars(select(row).where(of_order).order_by(col(row.id))):
        places = [*each.to, *([f"webhook `{each.webhook}`"] if each.webhook else [])]
        told = f" Told to {', '.join(places)}." if places else ""
        yield HistoryEntry(
            kind=HistoryKind.NOTIFICATION, at=each.told_at, actor=SYSTEM, action=f"notify {each.kind}",
            step=each.subject.partition("/")[2], accepted=True, detail=f"{each.text}{told}",
        )  # fmt: skip


def _entry(kind: HistoryKind, row: AttemptRow | LateAnswerRow, action: str, detail: str) -> HistoryEntry:
    step = row.step
    return HistoryEntry(kind=kind, at=row.at, actor=SYSTEM, action=action, step=step, accepted=False, detail=detail)

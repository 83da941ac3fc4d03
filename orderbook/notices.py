"""What the service writes about telling people: notifications, and how far each webhook has been told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, func, or_, select

from catalog.base import Recorded
from orderbook.connection import Connected
from orderbook.feed_tables import NotificationRow, WebhookCursorRow
from orderbook.ordering import Ordered, in_turn


class Notification(Recorded):
    """What somebody is to be told, once for each `kind`, `subject` and `level`: a task's reminder, an order at risk.

    It is posted to `webhook`, where None to those that hear notifications; `to` names people for its readers.
    """

    kind: str
    subject: str
    level: str
    text: str
    webhook: str | None = None
    to: tuple[str, ...] = ()


class Told(Notification):
    """A notification that the order book has; ids grow in the order of telling."""

    id: int
    told_at: datetime


class WebhookState(Recorded):
    """How far a webhook has been told: the last event and the last notification that it has or does not hear.

    Who holds the claim posts to it, until the claim ends. `tries` counts failures since the last success.
    """

    name: str
    position: int
    notified: int
    claimed_by: str = ""
    claimed_until: datetime | None = None
    tries: int = 0
    next_try_at: datetime | None = None
    last_error: str = ""
    delivered_at: datetime | None = None


class Notices(Connected):
    """The order book as it keeps what people and webhooks were told."""

    def tell(self, notification: Notification, at: datetime) -> bool:
        """Keep a notification, unless one of its kind, subject and level is there; return whether it is new."""
        return self._write(lambda session: _put(session, notification, at))

    def notifications(self, *, after: int = 0, limit: int = 1_000) -> tuple[Told, ...]:
        """Return notifications in the order of their telling, those after that id."""
        row = NotificationRow
        query = select(row).where(col(row.id) > after).order_by(col(row.id)).limit(limit)
        return self._read(lambda session: _told(session.scalars(query)))

    def notifications_for(self, webhook: str, *, hears_all: bool, after: int, limit: int) -> tuple[Told, ...]:
        """Return the notifications to a webhook, those after that id; with `hears_all` those to nobody else too."""
        row = NotificationRow
        wanted = col(row.webhook) == webhook
        if hears_all:
            wanted = or_(wanted, col(row.webhook).is_(None))
        query = select(row).where(col(row.id) > after, wanted).order_by(col(row.id)).limit(limit)
        return self._read(lambda session: _told(session.scalars(query)))

    def notifications_end(self) -> int:
        """Return the id of the last notification, 0 before the first."""
        return self._read(lambda session: session.scalar(select(func.max(NotificationRow.id)))) or 0

    def add_webhook(self, name: str, position: int) -> None:
        """Make a webhook known that is told what comes after that event, and after the last notification."""
        notified = self.notifications_end()
        row = WebhookCursorRow(**dict(WebhookState(name=name, position=position, notified=notified)))
        self._write(lambda session: None if session.get(WebhookCursorRow, name) else session.add(row))

    def webhooks(self) -> tuple[WebhookState, ...]:
        """Return the webhooks that were ever told anything, by name."""
        rows = self._read(lambda session: session.scalars(select(WebhookCursorRow)).all())
        return tuple(sorted((_state(each) for each in rows), key=lambda each: each.name))

    def claim_webhook(self, name: str, by: str, now: datetime, until: datetime) -> WebhookState | None:
        """Let `by` post to the webhook until then; None where another one does, or it is not yet to be tried again."""
        return self._write(lambda session: _claim(session, name, by, now, until))

    def keep_webhook(self, state: WebhookState) -> bool:
        """Keep how far the webhook has been told; return False, and change nothing, if the claim went to another."""
        return self._write(lambda session: _keep(session, state))


def _put(session: Session, notification: Notification, at: datetime) -> bool:
    in_turn(session, Ordered.NOTIFICATIONS)
    row = NotificationRow
    same = (col(getattr(row, each)) == getattr(notification, each) for each in ("kind", "subject", "level"))
    if session.scalar(select(row.id).where(*same)) is not None:
        return False
    session.add(NotificationRow(**dict(notification), told_at=at))
    return True


def _told(rows: Iterable[NotificationRow]) -> tuple[Told, ...]:
    return tuple(Told.model_validate(each, from_attributes=True) for each in rows)


def _state(row: WebhookCursorRow) -> WebhookState:
    return WebhookState.model_validate(row, from_attributes=True)


def _claim(session: Session, name: str, by: str, now: datetime, until: datetime) -> WebhookState | None:
    row = session.get(WebhookCursorRow, name, with_for_update=True)
    if row is None or (row.next_try_at is not None and row.next_try_at > now):
        return None
    if row.claimed_by not in ("", by) and row.claimed_until is not None and row.claimed_until > now:
        return None
    row.claimed_by, row.claimed_until = by, until
    return _state(row)


def _keep(session: Session, state: WebhookState) -> bool:
    row = session.get(WebhookCursorRow, state.name, with_for_update=True)
    if row is None or row.claimed_by != state.claimed_by:
        return False
    for name, value in state:
        setattr(row, name, value)
    return True

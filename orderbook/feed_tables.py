"""Rows of the feed of events, and of what people and webhooks were told. Each table has one writer (`design.md` §2)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Integer, UniqueConstraint
from sqlmodel import Field

from orderbook.columns import FreeText, Instant, Texts
from orderbook.tables import Row

Position = BigInteger().with_variant(Integer, "sqlite")
"""Counts up for ever: more than 32 bits, which SQLite's `INTEGER` has by itself."""

# Written by the activities.


class EventRow(Row, table=True):
    """One change, in the order in which the book came to know them; a position is never used twice."""

    __tablename__ = "events"
    # Without it SQLite gives the position of a last row that was deleted to the next one.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's form

    position: int | None = Field(default=None, primary_key=True, sa_type=Position)
    number: str = Field(index=True)
    batch: int
    at: datetime = Field(sa_type=Instant)
    kind: str
    subject: str
    state: str
    before: str
    text: str = Field(sa_type=FreeText)
    actor: str = Field(sa_type=FreeText)


# Written by the service.


class NotificationRow(Row, table=True):
    """What somebody was told; once for each kind, subject and level."""

    __tablename__ = "notifications"
    __table_args__ = (UniqueConstraint("kind", "subject", "level"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=Position)
    kind: str
    subject: str
    level: str
    text: str = Field(sa_type=FreeText)
    webhook: str | None
    to: tuple[str, ...] = Field(sa_type=Texts)
    told_at: datetime = Field(sa_type=Instant)


class WebhookCursorRow(Row, table=True):
    """How far a webhook has been told, who posts to it now, and what went wrong last."""

    __tablename__ = "webhook_cursors"

    name: str = Field(primary_key=True)
    position: int = Field(sa_type=Position)
    notified: int = Field(sa_type=Position)
    claimed_by: str
    claimed_until: datetime | None = Field(sa_type=Instant)
    tries: int
    next_try_at: datetime | None = Field(sa_type=Instant)
    last_error: str = Field(sa_type=FreeText)
    delivered_at: datetime | None = Field(sa_type=Instant)

"""Rows of who has which task, written by the service alone."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from orderbook.columns import FreeText, Instant
from orderbook.tables import Row


class TaskClaimRow(Row, table=True):
    """The `no`-th time that a task was handed to somebody; its last row says whose it is, so the key decides races."""

    __tablename__ = "task_claims"

    number: str = Field(primary_key=True)
    step: str = Field(primary_key=True)
    opened_at: datetime = Field(primary_key=True, sa_type=Instant)
    no: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    how: str
    queue: str | None
    queued_at: datetime = Field(sa_type=Instant)
    assignee: str = Field(index=True)
    due_at: datetime | None = Field(sa_type=Instant)
    actor: str = Field(sa_type=FreeText)
    reason: str = Field(sa_type=FreeText)


class QueueTurnRow(Row, table=True):
    """Who got the last task that a queue handed out; locked while the next one is chosen."""

    __tablename__ = "queue_turns"

    queue: str = Field(primary_key=True)
    last: str

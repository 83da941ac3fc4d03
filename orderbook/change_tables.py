"""Rows of orders that change while they run: the versions that were asked for, and what came of each change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field

from orderbook.columns import FreeText, Instant, Texts
from orderbook.tables import Row

# Written by the service.


class OrderVersionRow(Row, table=True):
    """A version of an order that somebody has asked for, by digest; the first who did, made from version `base`.

    Whether it ever came into force, its order's changes tell.
    """

    __tablename__ = "order_versions"

    number: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    base: int
    content: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    actor: str = Field(sa_type=FreeText)
    role: str = Field(sa_type=FreeText)
    reason: str = Field(sa_type=FreeText)


# Written by the activities.


class OrderChangeRow(Row, table=True):
    """A change, as `ChangeProgress` has it; `batch` is the one that first told of it."""

    __tablename__ = "order_changes"

    number: str = Field(primary_key=True, foreign_key="order_progress.number")
    number_of: int = Field(primary_key=True)
    batch: int
    kind: str
    state: str
    asked_at: datetime = Field(sa_type=Instant)
    actor: str = Field(sa_type=FreeText)
    role: str = Field(sa_type=FreeText)
    reason: str = Field(sa_type=FreeText)
    lines: tuple[str, ...] = Field(sa_type=Texts)
    order: str
    base: int
    override: bool
    version: int
    decided_at: datetime | None = Field(sa_type=Instant)
    why: str = Field(sa_type=FreeText)

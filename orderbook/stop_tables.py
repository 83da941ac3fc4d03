"""Rows of what people have stopped: holds of orders, and systems that are switched off."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from orderbook.columns import FreeText, Instant, Texts
from orderbook.tables import Row

# Written by the service.


class SystemSwitchRow(Row, table=True):
    """Where a system's switch stands, since when, by whom and why; one that nobody ever switched has no row."""

    __tablename__ = "system_switches"

    system: str = Field(primary_key=True)
    offline: bool
    since: datetime = Field(sa_type=Instant)
    actor: str = Field(sa_type=FreeText)
    reason: str = Field(sa_type=FreeText)


# Written by the activities.


class HoldRow(Row, table=True):
    """A hold, as `HoldProgress` has it; `no` is its number within the order, `batch` the one that placed it."""

    __tablename__ = "holds"

    number: str = Field(primary_key=True, foreign_key="order_progress.number")
    no: int = Field(primary_key=True)
    batch: int
    lines: tuple[str, ...] = Field(sa_type=Texts)
    actor: str = Field(sa_type=FreeText)
    role: str = Field(sa_type=FreeText)
    reason: str = Field(sa_type=FreeText)
    placed_at: datetime = Field(sa_type=Instant)
    released_at: datetime | None = Field(sa_type=Instant)
    released_by: str = Field(sa_type=FreeText)
    release_reason: str = Field(sa_type=FreeText)

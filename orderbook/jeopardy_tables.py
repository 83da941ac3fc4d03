"""Rows of what is in danger of being late, as the clock last saw it; written by the service (`design.md` §2)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from orderbook.columns import FreeText, Instant
from orderbook.tables import Row


class OrderJeopardyRow(Row, table=True):
    """How an open order stood when the clock last looked: at which batch, by which rules, and when to look again."""

    __tablename__ = "order_jeopardy"

    number: str = Field(primary_key=True)
    level: str = Field(index=True)
    promise: str
    since: datetime = Field(sa_type=Instant)
    promised: datetime | None = Field(sa_type=Instant)
    predicted_completion: datetime = Field(sa_type=Instant)
    batch: int
    rules: str
    looked_at: datetime = Field(sa_type=Instant)
    next_look_at: datetime | None = Field(sa_type=Instant, index=True)


class StepJeopardyRow(Row, table=True):
    """A step that is at risk or late; one that is on time has no row."""

    __tablename__ = "step_jeopardy"

    number: str = Field(primary_key=True)
    step: str = Field(primary_key=True)
    title: str = Field(sa_type=FreeText)
    level: str
    since: datetime = Field(sa_type=Instant)
    at_risk_at: datetime | None = Field(sa_type=Instant)
    late_at: datetime = Field(sa_type=Instant)

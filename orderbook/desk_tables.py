"""Rows of the fallouts' desk: who looks after a fallout (the service writes), and late answers (activities write)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from orderbook.columns import FreeText, Instant
from orderbook.tables import Row


class FalloutAssignmentRow(Row, table=True):
    """Who looks after a fallout; `owner` is empty where nobody does any more."""

    __tablename__ = "fallout_assignments"

    number: str = Field(primary_key=True)
    step: str = Field(primary_key=True)
    no: int = Field(primary_key=True)
    owner: str = Field(index=True)
    at: datetime = Field(sa_type=Instant)
    actor: str = Field(sa_type=FreeText)
    reason: str = Field(sa_type=FreeText)


class LateCallbackRow(Row, table=True):
    """A callback that the run of an order did not wait for, as `LateAnswerProgress` has it, by the batch that told."""

    __tablename__ = "late_callbacks"

    number: str = Field(primary_key=True)
    step: str = Field(primary_key=True)
    no: int = Field(primary_key=True)
    batch: int
    round: int
    at: datetime = Field(sa_type=Instant)
    why: str = Field(sa_type=FreeText)
    answer: str = Field(sa_type=FreeText)

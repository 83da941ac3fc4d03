"""Rows of the order book. Each table has one writer: the service, or the activities (`design.md` §2).

Attributes are named as the fields of the models they hold, so that a row is read back by those names. Foreign keys stay
within one writer's tables: neither writer can be stopped by what the other has not written.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import MetaData, Text
from sqlmodel import Field, SQLModel

from catalog.products import Attribute
from catalog.values import NamedValues
from fulfillment.outcomes import Decision, Failure
from fulfillment.progress import FactsMemory, StepKept
from orderbook.columns import (
    DecisionJson,
    FactsJson,
    FailureJson,
    Form,
    FreeText,
    Instant,
    KeptJson,
    Length,
    Sources,
    Texts,
    Values,
)

REVISION = "0006"
"""The migration that makes a database fit these tables."""


class Row(SQLModel):
    """The order book's tables, apart from any others that a process may know."""

    metadata: ClassVar[MetaData] = MetaData()


class Audited(Row):
    """Columns of an audit entry, whoever wrote it."""

    at: datetime = Field(sa_type=Instant)
    actor: str = Field(sa_type=FreeText)
    role: str = Field(sa_type=FreeText)
    action: str = Field(sa_type=FreeText)
    step: str = Field(sa_type=FreeText)
    accepted: bool
    detail: str = Field(sa_type=FreeText)
    reason: str = Field(sa_type=FreeText)


# Written by the service.


class CatalogVersionRow(Row, table=True):
    """An immutable catalog version; `canonical` is the text that the digest covers."""

    __tablename__ = "catalog_versions"

    digest: str = Field(primary_key=True)
    label: str = Field(unique=True)
    canonical: str = Field(sa_type=Text)
    sources: tuple[tuple[str, str], ...] = Field(sa_type=Sources)
    author: str = Field(sa_type=FreeText)
    created_at: datetime = Field(sa_type=Instant)
    note: str = Field(sa_type=FreeText)


class OrderRow(Row, table=True):
    """An accepted order; its progress is another table, by another writer."""

    __tablename__ = "orders"

    number: str = Field(primary_key=True)
    account: str = Field(index=True)
    priority: str
    digest: str
    content: str = Field(sa_type=Text)
    catalog: str = Field(foreign_key="catalog_versions.digest")
    accepted_at: datetime = Field(sa_type=Instant, index=True)
    actor: str = Field(sa_type=FreeText)


class AuditServiceRow(Audited, table=True):
    """What the service audits: submits, publishing, switches; `number` is empty where no order is concerned."""

    __tablename__ = "audit_service"

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(index=True)


class LateAnswerRow(Row, table=True):
    """A callback for a round or an order that is over."""

    __tablename__ = "late_answers"

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(index=True)
    step: str
    round: int
    at: datetime = Field(sa_type=Instant)
    why: str = Field(sa_type=FreeText)
    answer: str = Field(sa_type=FreeText)


class LostExecutionRow(Row, table=True):
    """An execution that the sweeper, or a restart, found closed or gone while its order was open."""

    __tablename__ = "lost_executions"

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(index=True)
    found_at: datetime = Field(sa_type=Instant)
    run_id: str
    how: str
    detail: str = Field(sa_type=FreeText)
    restarted_at: datetime | None = Field(default=None, sa_type=Instant)
    actor: str = Field(default="", sa_type=FreeText)
    reason: str = Field(default="", sa_type=FreeText)


# Written by the activities.


class OrderProgressRow(Row, table=True):
    """Where an order stands, and which batch says so; `replaced`: other content stood under that batch before.

    `facts` are those that the last batch to bring any brought.
    """

    __tablename__ = "order_progress"

    number: str = Field(primary_key=True)
    state: str = Field(index=True)
    plan: str
    batch: int
    digest: str
    replaced: bool
    updated_at: datetime = Field(sa_type=Instant)
    started_at: datetime | None = Field(sa_type=Instant)
    ended_at: datetime | None = Field(sa_type=Instant)
    facts: FactsMemory | None = Field(sa_type=FactsJson)


class PlanRow(Row, table=True):
    """A plan, by digest."""

    __tablename__ = "plans"

    digest: str = Field(primary_key=True)
    number: str = Field(index=True)
    content: str = Field(sa_type=Text)


class LineRow(Row, table=True):
    """One line of an order, as `LineProgress` has it."""

    __tablename__ = "lines"

    number: str = Field(primary_key=True, foreign_key="order_progress.number")
    id: str = Field(primary_key=True)
    product: str
    title: str = Field(sa_type=FreeText)
    parent: str | None
    state: str
    waived: tuple[str, ...] = Field(sa_type=Texts)


class StepRow(Row, table=True):
    """One step of an order, as `StepProgress` has it."""

    __tablename__ = "steps"

    number: str = Field(primary_key=True, foreign_key="order_progress.number")
    id: str = Field(primary_key=True)
    group: str = Field(sa_type=FreeText)
    title: str = Field(sa_type=FreeText)
    type: str
    state: str = Field(index=True)
    reason: str = Field(sa_type=FreeText)
    actor: str = Field(sa_type=FreeText)
    after: tuple[str, ...] = Field(sa_type=Texts)
    sources: tuple[str, ...] = Field(sa_type=Texts)
    round: int
    attempts: int
    started_at: datetime | None = Field(sa_type=Instant)
    ended_at: datetime | None = Field(sa_type=Instant)
    due: datetime | None = Field(sa_type=Instant)
    outputs: NamedValues = Field(sa_type=Values)
    system: str = Field(default="", index=True)
    kept: StepKept | None = Field(sa_type=KeptJson)


class AttemptRow(Row, table=True):
    """One failed attempt, written by the call itself and so before any batch tells of it."""

    __tablename__ = "attempts"

    number: str = Field(primary_key=True)
    step: str = Field(primary_key=True)
    round: int = Field(primary_key=True)
    attempt: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    code: str = Field(sa_type=FreeText)
    message: str = Field(sa_type=FreeText)
    status: int | None
    refused: bool
    decision: Decision = Field(sa_type=DecisionJson)
    request: str = Field(sa_type=FreeText)
    answer: str = Field(sa_type=FreeText)


class FalloutRow(Row, table=True):
    """A fallout, as `FalloutProgress` has it; `no` is its number within the step, `batch` the one that opened it."""

    __tablename__ = "fallouts"

    number: str = Field(primary_key=True, foreign_key="order_progress.number")
    step: str = Field(primary_key=True)
    no: int = Field(primary_key=True)
    batch: int
    round: int
    system: str = Field(index=True)
    operation: str
    code: str = Field(sa_type=FreeText)
    failure: Failure = Field(sa_type=FailureJson)
    unknown: bool
    rule: str | None
    why: str = Field(sa_type=FreeText)
    queue: str | None
    alternative: str | None
    attempts: int
    opened_at: datetime = Field(sa_type=Instant)
    resolution: str = Field(index=True)
    actor: str = Field(sa_type=FreeText)
    reason: str = Field(sa_type=FreeText)
    resolved_at: datetime | None = Field(sa_type=Instant)
    notify: tuple[str, ...] = Field(sa_type=Texts)
    cancels: str | None = None


class TaskRow(Row, table=True):
    """A person's task, as `TaskProgress` has it; `batch` is the one that opened it."""

    __tablename__ = "tasks"

    number: str = Field(primary_key=True, foreign_key="order_progress.number")
    step: str = Field(primary_key=True)
    batch: int
    title: str = Field(sa_type=FreeText)
    instructions: str = Field(sa_type=FreeText)
    queue: str | None
    form: tuple[Attribute, ...] = Field(sa_type=Form)
    due_after: timedelta | None = Field(default=None, sa_type=Length)
    products: tuple[str, ...] = Field(default=(), sa_type=Texts)
    opened_at: datetime = Field(sa_type=Instant)
    completed_at: datetime | None = Field(sa_type=Instant, index=True)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    actor: str = Field(sa_type=FreeText)
    values: NamedValues = Field(sa_type=Values)


class AuditProgressRow(Audited, table=True):
    """What an order's history audits, by the batch that told."""

    __tablename__ = "audit_progress"

    number: str = Field(primary_key=True)
    batch: int = Field(primary_key=True)
    seq: int = Field(primary_key=True)

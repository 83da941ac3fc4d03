"""What people and programs read from the order book: frozen, complete, the two writers' tables joined."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import PlainSerializer, computed_field

from catalog.base import Recorded
from catalog.values import NamedValues, Scalar, to_text
from decomposition.order import Order
from fulfillment.jeopardy import Jeopardy
from fulfillment.outcomes import Decision, Failure
from fulfillment.progress import (
    ChangeProgress,
    FactsMemory,
    FalloutProgress,
    HoldProgress,
    LineFacts,
    LineProgress,
    StepProgress,
    TaskProgress,
)
from fulfillment.states import OrderState

Plain: TypeAlias = str | int | float | bool | None
"""A value as JSON has it; the type is the catalog's business here."""


def _plain(values: NamedValues) -> dict[str, Plain]:
    return {each.name: _native(each.value, money=each.type == "money") for each in values}


def _native(value: Scalar, *, money: bool) -> Plain:
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal() if not money and Decimal(repr(float(value))) == value:
            return float(value)
        case _:
            return to_text(value)


PlainValues = Annotated[NamedValues, PlainSerializer(_plain, return_type=dict[str, Plain], when_used="json")]
"""Named values, in JSON as `{name: value}`: money and whatever a float would round are text there."""


class StoredOrder(Recorded):
    """An accepted order and the catalog version (digest) that it is pinned to."""

    order: Order
    catalog: str
    accepted_at: datetime
    actor: str


class Acceptance(StrEnum):
    """What became of an order that was handed in: stored, known already, or its number is another order's."""

    NEW = "new"
    SAME = "same"
    CONFLICT = "conflict"


class Accepted(Recorded):
    """The verdict, and the order that the number stands for: for `same` and `conflict` the first one."""

    kind: Acceptance
    stored: StoredOrder


class CatalogVersion(Recorded):
    """A catalog version without its content."""

    digest: str
    label: str
    author: str
    created_at: datetime
    note: str


class LostExecution(Recorded):
    """An execution that was found closed or gone while its order was open; `detail` is a sentence for people.

    `run_id` is Temporal's, empty where it has none; `how` one of `cancelled`, `completed`, `failed`, `gone`,
    `terminated`, `timed out`.
    """

    found_at: datetime
    run_id: str
    how: str
    detail: str


class OpenOrder(Recorded):
    """An order that has not ended, and when it was last heard of; None before its first progress."""

    number: str
    updated_at: datetime | None


class OrderSummary(Recorded):
    """One order in a list; the two counts are of what waits for a person.

    `lost` is set while the order cannot go on because its execution is lost. `jeopardy` is how an open order stood when
    the clock last looked, None before that. `waits_for` is the order that changes an asset which this one is to change
    too: it is pending until that one has ended, and is planned then.
    """

    number: str
    account: str
    state: OrderState
    priority: str
    catalog: str
    accepted_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    open_fallouts: int = 0
    open_tasks: int = 0
    lost: LostExecution | None = None
    jeopardy: Jeopardy | None = None
    waits_for: str | None = None


class Attempt(Recorded):
    """One failed attempt of a step, and what the fallout rules decided about it."""

    round: int
    attempt: int
    at: datetime
    failure: Failure
    decision: Decision


class StepView(StepProgress):
    """A step as people see it."""

    outputs: PlainValues = ()


class FalloutState(StrEnum):
    """Where a fallout stands (`domain.md` F3)."""

    OPEN = "open"
    ASSIGNED = "assigned"
    RESOLVED = "resolved"


class FalloutView(FalloutProgress):
    """A fallout as people see it; `order` is whose it is, `history` the failed attempts of its round, in order.

    `owner` is who looks after it, empty where nobody does.
    """

    order: str
    owner: str = ""
    history: tuple[Attempt, ...] = ()

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated property
    @property
    def state(self) -> FalloutState:
        """Where it stands: once resolved, it stays so."""
        if self.resolution:
            return FalloutState.RESOLVED
        return FalloutState.ASSIGNED if self.owner else FalloutState.OPEN


class TaskView(TaskProgress):
    """A task as people see it: in which queue it is now and, where somebody has it, with whom."""

    order: str
    assignee: str = ""
    assigned_at: datetime | None = None
    due_at: datetime | None = None
    values: PlainValues = ()

    @property
    def is_open(self) -> bool:
        """True until it is done or withdrawn."""
        return self.completed_at is None and self.withdrawn_at is None


NOBODY_RUNS = "no such order is running"
"""Why an answer is late that came while Temporal had no execution of its order."""


class LateAnswer(Recorded):
    """A callback that came when its round or its order was over.

    Those that the run of the order knows have a `number` within the step: with them a step can be completed.
    """

    number: int | None = None
    step: str
    round: int
    at: datetime
    why: str
    answer: str


class LineFactsView(LineFacts):
    """The facts of one line as people see them."""

    values: PlainValues = ()


class FactsView(FactsMemory):
    """The facts that somebody has set, as people see them."""

    order: PlainValues = ()
    lines: tuple[LineFactsView, ...] = ()


class OrderView(OrderSummary):
    """Everything about one order: lines, steps and tasks by id, fallouts and late answers by time, resolved too.

    `plan` is the digest of its plan, None before there is one. `version` is the order's: 1 as accepted, one more with
    each of its `changes` that was applied.
    """

    plan: str | None = None
    updated_at: datetime | None = None
    version: int = 1
    changes: tuple[ChangeProgress, ...] = ()
    lines: tuple[LineProgress, ...] = ()
    steps: tuple[StepView, ...] = ()
    facts: FactsView = FactsView()
    fallouts: tuple[FalloutView, ...] = ()
    tasks: tuple[TaskView, ...] = ()
    holds: tuple[HoldProgress, ...] = ()
    late_answers: tuple[LateAnswer, ...] = ()

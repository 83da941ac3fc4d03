"""What the order book is told: batch `n` of an order's progress, replaceable as a whole (`design.md` §4)."""

from __future__ import annotations

from datetime import datetime

from catalog.base import Recorded
from catalog.products import Attribute
from catalog.values import NamedValues
from fulfillment.outcomes import Failure
from fulfillment.states import OrderState, StepState


class LineProgress(Recorded):
    """State of one commercial line; `waived` names steps skipped by hand."""

    id: str
    product: str
    title: str
    parent: str | None
    state: OrderState
    waived: tuple[str, ...] = ()


class StepKept(Recorded):
    """What a run must remember of a step besides what people see; the fields are those of `state.StepMemory`."""

    tries: int = 0
    unknown: bool = False
    awaiting: bool = False
    wake: str = ""
    due: datetime | None = None
    callback: str | None = None
    in_skipped_branch: bool = False
    waived: bool = False
    task_opened: bool = False
    facts: NamedValues = ()
    line_facts: NamedValues = ()


class StepProgress(Recorded):
    """All that people see of a step; `reason` is in words, `actor` set where a person did it.

    `kept` is for a run that goes on from the order book alone; None where there is nothing to keep.
    """

    id: str
    group: str
    title: str
    type: str
    state: StepState
    reason: str
    actor: str = ""
    after: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    round: int = 1
    attempts: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outputs: NamedValues = ()
    kept: StepKept | None = None


class FalloutProgress(Recorded):
    """A fallout: `number` counts how often the step has parked; open until `resolution` is set (`domain.md` F3)."""

    step: str
    number: int
    round: int
    system: str
    operation: str
    failure: Failure
    unknown: bool
    rule: str | None
    why: str
    queue: str | None
    attempts: int
    opened_at: datetime
    resolution: str = ""
    actor: str = ""
    reason: str = ""
    resolved_at: datetime | None = None


class TaskProgress(Recorded):
    """A person's task; `step` identifies it within the order."""

    step: str
    title: str
    instructions: str = ""
    queue: str | None = None
    form: tuple[Attribute, ...] = ()
    opened_at: datetime
    completed_at: datetime | None = None
    actor: str = ""
    values: NamedValues = ()


class AuditEntry(Recorded):
    """Who did what, when and why; refused and unreadable messages too. `step` is empty for the order as a whole."""

    at: datetime
    actor: str
    role: str = ""
    action: str
    step: str = ""
    accepted: bool
    detail: str = ""
    reason: str = ""


class LineFacts(Recorded):
    """The facts of one line that somebody has set."""

    line: str
    values: NamedValues = ()


class FactsMemory(Recorded):
    """The facts that somebody has set, of the order and by line, sorted by line."""

    order: NamedValues = ()
    lines: tuple[LineFacts, ...] = ()


class Batch(Recorded):
    """Changes since batch `n - 1`, or all there is when `full`.

    Steps and lines are whole states, not differences; fallouts and tasks those opened or changed; `facts` are all
    that are set, or None where they did not change.
    """

    number: str
    n: int
    full: bool
    plan: str
    state: OrderState
    at: datetime
    lines: tuple[LineProgress, ...] = ()
    steps: tuple[StepProgress, ...] = ()
    fallouts: tuple[FalloutProgress, ...] = ()
    tasks: tuple[TaskProgress, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    facts: FactsMemory | None = None


class Written(Recorded):
    """The book has the batch; `replaced` says that other content stood under its number, so the next must be full."""

    replaced: bool = False


class Recalled(Recorded):
    """What the book knows of an order as one full batch; None before the first."""

    earlier: Batch | None = None

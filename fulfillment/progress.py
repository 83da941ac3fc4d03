"""What the order book is told: batch `n` of an order's progress, replaceable as a whole (`design.md` §4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from catalog.base import Recorded
from catalog.products import Attribute
from catalog.values import NamedValues
from decomposition.revisions import RevisionKind
from fulfillment.change import Verdict
from fulfillment.outcomes import Cancels, Failure
from fulfillment.states import OrderState, StepState


class LineProgress(Recorded):
    """State of one commercial line; `waived` names steps skipped by hand."""

    id: str
    product: str
    title: str
    parent: str | None
    state: OrderState
    waived: tuple[str, ...] = ()


class Growing(Recorded):
    """A step group was chosen as the alternative to a parked step, at `at`, and is being planned once it is `asked`.

    `rule` chose it; without one, `actor` did, for `reason`.
    """

    group: str
    at: datetime
    rule: str | None = None
    actor: str = ""
    reason: str = ""
    asked: bool = False


class StepKept(Recorded):
    """What a run must remember of a step besides what people see; `state.StepMemory` tells what each field means."""

    tries: int = 0
    unknown: bool = False
    awaiting: bool = False
    wake: str = ""
    due: datetime | None = None
    moved_to: datetime | None = None
    moved_why: str = ""
    moves: int = 0
    callback: str | None = None
    in_skipped_branch: bool = False
    waived: bool = False
    growing: Growing | None = None
    task_opened: bool = False
    held: bool = False
    facts: NamedValues = ()
    line_facts: NamedValues = ()
    edited: NamedValues = ()
    first_tried_at: datetime | None = None
    accepted: NamedValues = ()
    given_up: bool = False
    late_answers: int = 0
    unwanted: Verdict | None = None
    unwanted_in: int = 0
    begun_in: int = 1
    judging: Failure | None = None
    judgings: int = 0


class StepProgress(Recorded):
    """All that people see of a step; `reason` is in words, `actor` set where a person did it.

    `due` is when it goes on by itself: its start, its next try, or the end of its wait for an answer or a condition.
    `system` is the one that it calls, empty where it calls none.
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
    due: datetime | None = None
    outputs: NamedValues = ()
    system: str = ""
    kept: StepKept | None = None


class FalloutProgress(Recorded):
    """A fallout: `number` counts how often the step has parked; open until `resolution` is set (`domain.md` F3).

    `notify` are the webhooks that its rule has told of it. `cancels` is what the rule wants cancelled, until that has
    been asked for.
    """

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
    alternative: str | None = None
    attempts: int
    opened_at: datetime
    resolution: str = ""
    actor: str = ""
    reason: str = ""
    resolved_at: datetime | None = None
    notify: tuple[str, ...] = ()
    cancels: Cancels | None = None


class TaskProgress(Recorded):
    """A person's task; `step` identifies it within the order. One that a change does not want any more is withdrawn.

    `due_after` is how much working time it may take, `products` are those of the order lines behind it.
    """

    step: str
    title: str
    instructions: str = ""
    queue: str | None = None
    form: tuple[Attribute, ...] = ()
    due_after: timedelta | None = None
    products: tuple[str, ...] = ()
    opened_at: datetime
    completed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    actor: str = ""
    values: NamedValues = ()


class HoldProgress(Recorded):
    """What a person has stopped, of the whole order where `lines` is empty; it stands until it is released."""

    number: int
    lines: tuple[str, ...] = ()
    actor: str
    role: str = ""
    reason: str
    placed_at: datetime
    released_at: datetime | None = None
    released_by: str = ""
    release_reason: str = ""


class LateAnswerProgress(Recorded):
    """A callback that nobody waited for when it came, whole; `number` counts those of the step.

    An operator may complete the step with the outputs that it gives.
    """

    step: str
    number: int
    round: int
    at: datetime
    why: str
    answer: str


class ChangeState(StrEnum):
    """Where a change of an order stands."""

    PLANNING = "planning"
    APPLIED = "applied"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ChangeProgress(Recorded):
    """A change that somebody asked for; `number_of` counts those of the order.

    `version` is the order's version after it, once it is applied; `why` tells why it was refused or withdrawn, or which
    points of no return it passed. While one is `planning`, nothing new starts.
    """

    number_of: int
    kind: RevisionKind
    state: ChangeState
    asked_at: datetime
    actor: str
    role: str = ""
    reason: str = ""
    lines: tuple[str, ...] = ()
    order: str = ""
    base: int = 0
    override: bool = False
    version: int = 0
    decided_at: datetime | None = None
    why: str = ""


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

    Steps and lines are whole states, not differences; fallouts, tasks and holds those opened or changed; `facts` are
    all that are set, or None where they did not change.
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
    holds: tuple[HoldProgress, ...] = ()
    late_answers: tuple[LateAnswerProgress, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    facts: FactsMemory | None = None
    changes: tuple[ChangeProgress, ...] = ()


class Written(Recorded):
    """The book has the batch; `replaced` says that other content stood under its number, so the next must be full."""

    replaced: bool = False


class Recalled(Recorded):
    """What the book knows of an order as one full batch; None before the first."""

    earlier: Batch | None = None

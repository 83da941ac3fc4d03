"""The run plan: of an order's plan, what running it needs, small enough for a workflow's history (`design.md` §4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field

from catalog.base import Recorded
from catalog.calendars import Calendars
from catalog.cardinality import Read
from catalog.products import Attribute
from catalog.steps import OnTimeout, StepType
from catalog.systems import OutputMapping
from decomposition.clock import Length
from fulfillment.change import Verdict


class RunCallback(Recorded):
    """How the answer of an asynchronous operation is read; see `catalog.systems.Callback`."""

    deadline: timedelta
    success: str | None = None
    outputs: tuple[OutputMapping, ...] = ()
    error_code: str = "response.body.code"
    error_message: str = "response.body.message"
    refused_codes: tuple[str, ...] = ()


class RunInput(Recorded):
    """A named value that a call sends; `declared` says what it may be, where the catalog does."""

    name: str
    declared: Attribute | None = None


class RunDefinition(Recorded):
    """A step definition as the run reads it; `id` is `GROUP.STEP`.

    `outputs` are what completing by hand must give, `form` what a person fills in; `reads` what its condition and
    its input read of earlier steps. `until`, `pause_timeout` and `on_timeout` are a pause's; `reads_facts` says that
    the input of a call reads facts. `due` is how much working time a person's task may take.
    """

    id: str
    type: StepType
    title: str
    group_title: str
    when: str | None = None
    skip_branch: bool = False
    operation: str | None = None
    task_queue: str | None = None
    timeout: timedelta = timedelta(seconds=10)
    callback: RunCallback | None = None
    outputs: tuple[OutputMapping, ...] = ()
    form: tuple[Attribute, ...] = ()
    queue: str | None = None
    instructions: str = ""
    due: timedelta | None = None
    reads: tuple[Read, ...] = ()
    until: str | None = None
    pause_timeout: timedelta | None = None
    on_timeout: OnTimeout = OnTimeout.FALLOUT
    reads_facts: bool = False
    inputs: tuple[RunInput, ...] = ()


class RunAfter(Recorded):
    """A prerequisite and its lag; see `decomposition.model.After`."""

    step: str
    lag: timedelta = timedelta(0)
    # Left out while empty: of many steps that wait for many it would be most of what travels.
    working: tuple[Length, ...] = Field(default=(), exclude_if=lambda value: not value)


class Datum(Recorded):
    """A value that a condition reads, by its dotted path; `tagged` as `catalog.values.to_tagged` writes it."""

    path: str
    tagged: str


class RunStep(Recorded):
    """One step; `sources` are line ids, `origin` the commercial lines behind them, `data` what its conditions read.

    `not_before` is the time from which on its schedule lets it start, `delay` how long that is after all before it has
    ended. `after_as` names an earlier step that waits for
    the same, in place of `after`: where each of 250 waits for the same 250, telling all would be 62,500 entries.
    `undoes` and `amends` name the step that it undoes, or makes up for. `planned_as` is the id by which the planner
    knows it, where that is not its own: a step that is done anew, or comes back, stands under another.
    """

    id: str
    definition: str
    after: tuple[RunAfter, ...] = ()
    after_as: str = ""
    sources: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()
    data: tuple[Datum, ...] = ()
    not_before: datetime | None = None
    delay: Length | None = Field(default=None, exclude_if=lambda value: value is None)
    undoes: str = ""
    amends: str = ""
    planned_as: str = ""


class RunLine(Recorded):
    """One commercial line, for the roll-up; `cancelled`: a change took it out of the order."""

    id: str
    product: str
    title: str
    parent: str | None = None
    cancelled: bool = False


class RunProvided(Recorded):
    """An output of a replaced step, and the step that gives it instead."""

    output: str
    step: str


class RunExtension(Recorded):
    """Steps that were added for a parked one: the group `group` takes the place of `step`, and ends with `last`."""

    step: str
    group: str
    steps: tuple[str, ...]
    last: tuple[str, ...]
    provided: tuple[RunProvided, ...] = ()


class RunPlan(Recorded):
    """What `FulfillOrder` runs; `plan` is the digest of the stored plan, `catalog` that of its catalog version.

    `extensions` are how it has grown while it ran, oldest first; `unwanted` is what changes have let go of so far: with
    it a run goes on whose book was told of a change, and not of all its steps.

    `order_facts` and `line_facts` are what may become known of the order and of its lines, sorted by name.
    `calendars` are those that lags and delays count by. `rejected` says why nothing of it is run: what the order was to
    change is gone.
    """

    format: int
    number: str
    account: str
    priority: str
    plan: str
    catalog: str
    definitions: tuple[RunDefinition, ...]
    steps: tuple[RunStep, ...]
    lines: tuple[RunLine, ...]
    tables: tuple[RunTable, ...] = ()
    order_facts: tuple[Attribute, ...] = ()
    line_facts: tuple[Attribute, ...] = ()
    extensions: tuple[RunExtension, ...] = ()
    version: int = 1
    unwanted: tuple[RunUnwanted, ...] = ()
    rejected: str = ""
    calendars: Calendars = Field(default=(), exclude_if=lambda value: not value)


class RunUnwanted(Recorded):
    """A step that the order does not want any more, or not as it was done, since `version`."""

    step: str
    verdict: Verdict
    version: int


class RunTable(Recorded):
    """A value table that a condition looks up: keys and values as their text, with their types."""

    name: str
    key_type: str
    value_type: str
    rows: tuple[tuple[str, str], ...]


class RunGrowth(Recorded):
    """What an extension adds to a run plan, so that the rest does not travel again; `plan` is the new plan's digest."""

    plan: str
    definitions: tuple[RunDefinition, ...] = ()
    steps: tuple[RunStep, ...] = ()
    tables: tuple[RunTable, ...] = ()
    extension: RunExtension


class RunVerdict(Recorded):
    """What a change wants of a step that the plan had before."""

    step: str
    verdict: Verdict
    why: str = ""


class RunChange(Recorded):
    """A change to apply: the whole run plan after it, and what it wants of the steps that are not simply kept."""

    plan: RunPlan
    verdicts: tuple[RunVerdict, ...] = ()
    overridden: tuple[str, ...] = ()


def grown(plan: RunPlan, growth: RunGrowth) -> RunPlan:
    """Return the plan with what an extension adds."""
    return plan.model_copy(
        update={
            "plan": growth.plan,
            "definitions": plan.definitions + growth.definitions,
            "steps": plan.steps + growth.steps,
            "tables": plan.tables + growth.tables,
            "extensions": (*plan.extensions, growth.extension),
        }
    )

"""The plan of an order: frozen data with a digest, recorded once and then only read (`domain.md` P1-P3, P6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import cached_property

from pydantic import Field

from catalog.base import Code, Frozen, Name, digest
from catalog.calendars import Calendars
from catalog.cardinality import Read
from catalog.functions import Function
from catalog.products import Attribute
from catalog.rules import ValueTable
from catalog.steps import StepDefinition
from catalog.systems import Operation
from catalog.values import NamedValues
from decomposition.assets import Asset
from decomposition.clock import Lag, Lagged, Length, both
from decomposition.extensions import Extension, InsteadOf, stand_ins
from decomposition.lines import Line, LineId, Trial
from decomposition.order import Order
from decomposition.records import Records
from decomposition.revisions import Revision

PLAN_FORMAT = 1
"""Format of the plans this code writes; a reader stays while an open order has its format."""

StepId = str
"""Id of a step: `GROUP.STEP`, then `@LINE` or `~` and ten hex digits, by its scope (`domain.md` D1).

A step that an extension adds under an id that is taken already gets `+` and a number at its end.
"""


class Because(Frozen):
    """One reason why a step is there: a scenario, and the line it matched (None: the order as a whole)."""

    scenario: Code
    line: LineId | None


class After(Frozen):
    """A step that must have ended before, and how long after its end this one may start.

    Both have to be over since then: `lag` in all time, and what `working` says, by calendar.
    """

    step: StepId
    lag: timedelta = timedelta(0)
    working: tuple[Length, ...] = Field(default=(), exclude_if=lambda value: not value)


def waiting(lags: Mapping[StepId, Lagged]) -> tuple[After, ...]:
    """Return what a step waits for, sorted by step, of the lag after each."""
    return tuple(After(step=code, lag=lags[code].lag, working=lags[code].working) for code in sorted(lags))


class Step(Frozen):
    """One instance of a step definition.

    `sources` are the lines its scenarios matched, sorted; for a whole-order scenario, none. `origin`: the commercial
    lines behind them, over all levels; for a whole-order scenario, all. `after` is sorted by step.

    `not_before` is what its schedule says, `undated` why that says nothing; `delay` is how long after all before it has
    ended it may start, where that is no longer lag, since it counts working time. Planned times count from the
    acceptance of the order; a start after `latest_start` delays the predicted completion, and of a `critical` step any
    delay does.

    `data_of` is the digest of the plan whose order and lines it reads, where that is not its own: a step that had begun
    before a change goes on with what it was begun with, and what undoes it reads the same. `undoes` and `amends` name
    the step that it undoes, or makes up for.
    """

    id: StepId
    group: Name
    name: Name
    after: tuple[After, ...] = ()
    sources: tuple[LineId, ...] = ()
    origin: tuple[LineId, ...] = ()
    because: tuple[Because | InsteadOf, ...] = ()
    not_before: datetime | None = None
    undated: str = ""
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    latest_start: datetime | None = None
    critical: bool = False
    # Left out where they say nothing: plans that never changed keep the bytes, and the digest, they always had.
    data_of: str = Field(default="", exclude_if=lambda value: not value)
    undoes: StepId | None = Field(default=None, exclude_if=lambda value: value is None)
    amends: StepId | None = Field(default=None, exclude_if=lambda value: value is None)
    delay: Length | None = Field(default=None, exclude_if=lambda value: value is None)

    @property
    def slack(self) -> timedelta:
        """How much later than planned it may start without delaying the predicted completion."""
        if self.planned_start is None or self.latest_start is None:
            return timedelta(0)
        return max(timedelta(0), self.latest_start - self.planned_start)

    @property
    def definition(self) -> str:
        """`GROUP.STEP`: which definition this is an instance of."""
        return f"{self.group}.{self.name}"


class Definition(Frozen):
    """A step definition as the plan uses it, with its lane and, for a callout, its operation and task queue.

    `function` is what an automatic task computes.
    """

    group: Name
    group_title: str
    step: StepDefinition
    operation: Operation | None = None
    function: Function | None = None
    reads: tuple[Read, ...] = ()
    task_queue: str | None = None

    @property
    def id(self) -> str:
        """`GROUP.STEP`."""
        return f"{self.group}.{self.step.name}"

    @property
    def title(self) -> str:
        """What people call the step."""
        return self.step.title or self.step.name.replace("_", " ")


class Dropped(Frozen):
    """A declared prerequisite that this order has no instance of, recorded instead of silently absent.

    `title` is what people call the prerequisite, empty where the catalog has no such step.
    """

    step: StepId
    prerequisite: str
    why: str
    title: str = ""


class OrderPlan(Frozen):
    """Everything needed to run, show and explain one order, without the catalog.

    `task_queue` of a definition is None for the shared queue. Definitions are sorted by id, steps by id, value tables
    by name; tables are those that requests or conditions of the plan look up. `order_facts` and `line_facts` are what
    may become known while it runs. `assets` are those that its lines meet, as they were, and the bundles above them.
    `critical_path` is the chain of steps, in the order of time, that decides about `predicted_completion`.
    `calendars` are those that steps of its catalog name, as they were at its acceptance.
    `extensions` are how it has grown while it ran, `revisions` how the order was changed, both
    oldest first; a plan as accepted has none.
    """

    format: int = PLAN_FORMAT
    catalog: str
    accepted_at: datetime
    order: Order
    lines: tuple[Line, ...]
    definitions: tuple[Definition, ...]
    steps: tuple[Step, ...]
    dropped: tuple[Dropped, ...] = ()
    trace: tuple[Trial, ...] = ()
    tables: tuple[ValueTable, ...] = ()
    titles: tuple[ProductTitle, ...] = ()
    order_attributes: NamedValues = ()
    order_facts: tuple[Attribute, ...] = ()
    line_facts: tuple[Attribute, ...] = ()
    predicted_completion: datetime | None = None
    critical_path: tuple[StepId, ...] = ()
    # Left out while empty: the plans of orders that only add keep their digests.
    assets: tuple[Asset, ...] = Field(default=(), exclude_if=lambda value: not value)
    calendars: Calendars = Field(default=(), exclude_if=lambda value: not value)
    # Left out while empty: a plan that never grew has the bytes, and the digest, it always had.
    extensions: tuple[Extension, ...] = Field(default=(), exclude_if=lambda value: not value)
    revisions: tuple[Revision, ...] = Field(default=(), exclude_if=lambda value: not value)

    @property
    def version(self) -> int:
        """Which version of the order it is for: 1 as accepted, one more with every change."""
        return 1 + len(self.revisions)

    @property
    def late_by(self) -> timedelta | None:
        """How long after the end of the requested day the order is predicted to complete; None if that is in time."""
        requested = self.order.requested_completion
        if requested is None or self.predicted_completion is None:
            return None
        late = self.predicted_completion - datetime.combine(requested, time(), UTC) - timedelta(days=1)
        return late if late > timedelta(0) else None

    @property
    def digest(self) -> str:
        """The plan's identity, by content."""
        return digest(self.model_dump_json())

    @cached_property
    def records(self) -> Records:
        """What expressions read of the order and its lines, built once."""
        titles = {each.code: each.name for each in self.titles}
        return Records(self.order, self.order_attributes, self.lines, titles, self.assets)

    @cached_property
    def _lines(self) -> dict[LineId, Line]:
        return {each.id: each for each in self.lines}

    @cached_property
    def _definitions(self) -> dict[str, Definition]:
        return {each.id: each for each in self.definitions}

    @cached_property
    def _steps(self) -> dict[StepId, Step]:
        return {each.id: each for each in self.steps}

    @cached_property
    def unwanted(self) -> frozenset[StepId]:
        """The steps that changes of the order no longer want as they were done; they stay as history."""
        return frozenset(step for each in self.revisions for step in each.unwanted)

    @cached_property
    def _predecessors(self) -> dict[StepId, StepId]:
        return {one.by: one.step for each in self.revisions for one in each.successors}

    def predecessor(self, step: StepId) -> StepId | None:
        """Return the step that `step` does anew, or None."""
        return self._predecessors.get(step)

    def planned_as(self, step: StepId) -> StepId:
        """Return the id by which the planner knows a step: its own, or that of the first that it does anew."""
        while (before := self._predecessors.get(step)) is not None:
            step = before
        return step

    @cached_property
    def replaced(self) -> Mapping[StepId, Extension]:
        """The extension that took its place, by each step that was replaced."""
        return {each.cause.step: each for each in self.extensions}

    @cached_property
    def _last(self) -> Mapping[StepId, tuple[StepId, ...]]:
        return {each: found.last for each, found in self.replaced.items()}

    def stand_ins(self, step: StepId) -> tuple[StepId, ...]:
        """Return what is waited for in place of a step: itself, or the last steps of what replaced it."""
        return stand_ins(step, self._last)

    def waits(self, step: Step) -> tuple[After, ...]:
        """Return what `step` waits for as the plan has grown: in place of a replaced step, the end of its group."""
        if not any(each.step in self._last for each in step.after):
            return step.after
        lags: dict[StepId, Lag] = {}
        for after in step.after:
            for each in self.stand_ins(after.step):
                lags[each] = both(after, lags.get(each))
        return waiting(lags)

    def line(self, line: LineId) -> Line:
        """Return the line of this id."""
        return self._lines[line]

    def has_line(self, line: LineId) -> bool:
        """Tell whether the plan has a line of this id, be it cancelled."""
        return line in self._lines

    def step(self, step: StepId) -> Step | None:
        """Return the step of this id, or None."""
        return self._steps.get(step)

    def products_of(self, step: Step) -> tuple[ProductTitle, ...]:
        """Return the products that a step is about, of its sources and of the commercial lines behind them, by code."""
        codes = {self._lines[each].product: None for each in (*step.sources, *step.origin)}
        return tuple(each for each in self.titles if each.code in codes)

    def definition_of(self, step: Step) -> Definition:
        """Return what `step` is an instance of."""
        return self._definitions[step.definition]


class ProductTitle(Frozen):
    """The name of a product, so that a plan never shows a code without it, and its classifications, nearest first."""

    code: Code
    name: str
    # Left out where there are none, so that plans made before keep their digest.
    classes: tuple[Code, ...] = Field(default=(), exclude_if=lambda classes: not classes)

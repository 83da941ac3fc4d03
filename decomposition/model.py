"""The plan of an order: frozen data with a digest, recorded once and then only read (`domain.md` P1-P3, P6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import cached_property

from pydantic import Field

from catalog.base import Code, Frozen, Name, digest
from catalog.cardinality import Read
from catalog.functions import Function
from catalog.products import Attribute
from catalog.rules import ValueTable
from catalog.steps import StepDefinition
from catalog.systems import Operation
from catalog.values import NamedValues
from decomposition.extensions import Extension, InsteadOf, stand_ins
from decomposition.lines import Line, LineId, Trial
from decomposition.order import Order
from decomposition.records import Records

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
    """A step that must have ended before, and how long after its end this one may start."""

    step: StepId
    lag: timedelta = timedelta(0)


class Step(Frozen):
    """One instance of a step definition.

    `sources` are the lines its scenarios matched, sorted; for a whole-order scenario, none. `origin`: the commercial
    lines behind them, over all levels; for a whole-order scenario, all. `after` is sorted by step.

    `not_before` is what its schedule says, `undated` why that says nothing. Planned times count from the acceptance of
    the order; a start after `latest_start` delays the predicted completion, and of a `critical` step any delay does.
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
    may become known while it runs. `critical_path` is the chain of steps, in the order of time, that decides about
    `predicted_completion`. `extensions` are how it has grown while it ran, oldest first; a plan as accepted has none.
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
    # Left out while empty: a plan that never grew has the bytes, and the digest, it always had.
    extensions: tuple[Extension, ...] = Field(default=(), exclude_if=lambda value: not value)

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
        return Records(self.order, self.order_attributes, self.lines, {each.code: each.name for each in self.titles})

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
        lags: dict[StepId, timedelta] = {}
        for after in step.after:
            for each in self.stand_ins(after.step):
                lags[each] = max(after.lag, lags.get(each, after.lag))
        return tuple(After(step=each, lag=lags[each]) for each in sorted(lags))

    def line(self, line: LineId) -> Line:
        """Return the line of this id."""
        return self._lines[line]

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

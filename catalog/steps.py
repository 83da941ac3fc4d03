"""Step groups: lanes of step definitions with their dependencies (`domain.md` C6, P2, P4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self, TypeAlias, assert_never

from pydantic import BeforeValidator, Field, model_validator

from catalog.base import Frozen, Name, Path
from catalog.changes import OnAmendField, PointField
from catalog.fields import Duration, ExpressionText, from_mapping, sorted_by, written_as
from catalog.people import Ahead
from catalog.products import STEP_SCOPES, Attributes, Scope, ScopeKind, scope_of
from catalog.schedules import Schedule


class StepType(StrEnum):
    """What a step does."""

    AUTO_TASK = "auto_task"
    CALLOUT = "callout"
    MANUAL_TASK = "manual_task"
    MILESTONE = "milestone"
    PAUSE = "pause"
    STAGED_ASSETIZE = "staged_assetize"


class PairKind(StrEnum):
    """How a dependency pairs instances: `origin` is the default (`domain.md` P2)."""

    ORIGIN = "origin"
    ALL = "all"
    BUNDLE = "bundle"
    LINE = "line"
    BY = "by"


class Pairing(Frozen):
    """A declared pairing, written as its kind or as `{by: EXPRESSION}`, evaluated on each side's lines."""

    # Without default, since the canonical form leaves defaults out, and `by` alone is another pairing.
    kind: PairKind
    """Which instances are meant."""
    by: ExpressionText | None = None
    """Expression over `order` and `line` that gives the same on both sides."""


def _pairing(raw: object) -> object:
    if isinstance(raw, str):
        if raw not in (PairKind.ORIGIN, PairKind.ALL, PairKind.BUNDLE, PairKind.LINE):
            raise ValueError(f"expected one of origin, all, bundle, line, or a mapping with `by`, got {raw!r}")
        return {"kind": raw}
    if isinstance(raw, Mapping) and set(raw) == {"by"}:
        return {"kind": "by", **raw}
    return raw


_BY = {"type": "string", "description": "Expression over `order` and `line`, equal on both sides."}
_PAIRINGS = [
    {"enum": [each.value for each in PairKind if each is not PairKind.BY]},
    {"type": "object", "properties": {"by": _BY}, "required": ["by"], "additionalProperties": False},
]


class Unpaired(StrEnum):
    """What happens when the prerequisite has instances but none pairs with this one."""

    REFUSE = "refuse"
    START = "start"


StepName = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]{0,31}\.)?[a-z][a-z0-9_]{0,31}$")]
"""A step of the same group, or `GROUP.STEP` of another."""


class Dependency(Frozen):
    """A prerequisite of a step: `step` names one of the same group, or `group.step` of another.

    A `required` prerequisite without any instance refuses the order; otherwise it is dropped and recorded.
    """

    step: StepName
    """The prerequisite: a step of the same group, or `GROUP.STEP`."""
    pair: Annotated[Pairing, written_as(_pairing, anyOf=_PAIRINGS)] = Pairing(kind=PairKind.ORIGIN)
    """Which of its instances are meant."""
    required: bool = False
    """Whether an order without any instance of it is refused; otherwise the dependency is dropped."""
    unpaired: Unpaired = Unpaired.REFUSE
    """What happens where there are instances, but none pairs."""
    lag: Duration = timedelta(0)
    """How long after its end this step may start."""
    calendar: Name | None = Field(default=None, exclude_if=lambda value: value is None)
    """By which `lag` counts working time; without one, all time counts."""
    propagates: bool = Field(default=False, exclude_if=lambda value: not value)
    """Whether this step is undone and done anew when a change has the prerequisite undone."""


def _dependencies(raw: object) -> object:
    if isinstance(raw, str):
        raw = [raw]
    if isinstance(raw, list | tuple):
        return tuple({"step": each} if isinstance(each, str) else each for each in raw)
    return raw


Dependencies: TypeAlias = Annotated[
    tuple[Dependency, ...],
    BeforeValidator(_dependencies, json_schema_input_type=StepName | tuple[StepName | Dependency, ...]),
]


class InputMapping(Frozen):
    """One named value that the operation's request reads as `input.NAME`."""

    name: Name
    """What the request or the function calls it."""
    value: ExpressionText
    """Expression that gives it."""


def _inputs(raw: object) -> object:
    if isinstance(raw, Mapping):
        return tuple({"name": name, "value": value} for name, value in raw.items())
    return raw


Inputs: TypeAlias = Annotated[
    tuple[InputMapping, ...],
    BeforeValidator(_inputs, json_schema_input_type=Mapping[Name, ExpressionText]),
    sorted_by("name"),
]


class StepBase(Frozen):
    """What every type of step has. `when` is asked when the step would start; false skips it (`domain.md` E4).

    `jeopardy_threshold` is how long before its expected end it is at risk (`domain.md` H2).
    """

    name: Name
    """What plans, dependencies and expressions call it."""
    title: str = ""
    """What people read; the name if left out."""
    scope: Annotated[Scope, scope_of(STEP_SCOPES)] = Scope(kind=ScopeKind.PLAN)
    """How many instances there are."""
    when: ExpressionText | None = None
    """Condition that is asked when the step would start; false skips it."""
    skip_branch: bool = False
    """Whether skipping it also skips what depends on it alone."""
    after: Dependencies = ()
    """What must have ended before: names of steps, `GROUP.STEP` for those of other groups, or mappings."""
    expected_duration: Duration = timedelta(0)
    """How long it takes when all goes well."""
    calendar: Annotated[Name | None, Field(exclude_if=lambda value: value is None)] = None
    """By which that is working time, and its planned start within hours; without one, all time counts."""
    # Left out of what digests cover where it is not given: catalogs that know nothing of it keep theirs.
    jeopardy_threshold: Annotated[Duration | None, Field(exclude_if=lambda value: value is None)] = None
    """How long before its expected end it is at risk."""
    schedule: Schedule | None = None
    """From which date on it may start; when everything before it has ended, if left out."""
    on_cancel: Annotated[Name | None, Field(exclude_if=lambda value: value is None)] = None
    """Step group that undoes it; without one there is nothing to undo."""
    on_amend: Annotated[OnAmendField | None, Field(exclude_if=lambda value: value is None)] = None
    """What a change of its data means once it has begun: `ignore`, `redo`, or a step group."""
    point_of_no_return: Annotated[PointField | None, Field(exclude_if=lambda value: value is None)] = None
    """Which changes of its lines are refused from its start on."""

    @model_validator(mode="after")
    def _warns_while_it_runs(self) -> Self:
        if self.jeopardy_threshold and timedelta(0) < self.expected_duration < self.jeopardy_threshold:
            raise ValueError("jeopardy_threshold counts back from the expected_duration, so it cannot be longer")
        return self


class Callout(StepBase):
    """Calls a system: `operation` is `SYSTEM.OPERATION`."""

    type: Literal[StepType.CALLOUT]
    """Calls a system."""
    operation: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}\.[a-z][a-z0-9_]{0,31}$")]
    """What is called, `SYSTEM.OPERATION`."""
    input: Inputs = ()
    """Values that the operation's request reads as `input.NAME`: expressions by name."""


class AutoTask(StepBase):
    """Has a worker compute a function of the catalog; the function's outputs become the step's."""

    type: Literal[StepType.AUTO_TASK]
    """Has a worker compute a function."""
    function: Name
    """Its name in the section `functions`."""
    input: Inputs = ()
    """Values of the function's inputs: expressions by name."""


class ManualTask(StepBase):
    """Waits for a person, who fills in the form; its values become the step's outputs.

    `due` counts from the task's opening, in working time of its queue's calendar.
    """

    type: Literal[StepType.MANUAL_TASK]
    """Waits for a person."""
    queue: Name | None = None
    """Where it waits for people: a queue of the environment."""
    due: Ahead | None = None
    """How much working time it may take, from when it opens."""
    instructions: str = ""
    """What the person is to do."""
    form: Attributes = ()
    """What to fill in, by name; the values are the step's outputs."""


class Milestone(StepBase):
    """A point reached when its dependencies complete; does no work."""

    type: Literal[StepType.MILESTONE]
    """Is reached when all before it has ended; does no work."""


class StagedAssetize(StepBase):
    """A point reached like a milestone, at which the customer has what the step's lines deliver (`domain.md` A6).

    What was ordered on these lines, and all that it was decomposed to, becomes the account's assets, while the rest of
    the order goes on. Without such a step that happens at the end of the order.
    """

    type: Literal[StepType.STAGED_ASSETIZE]
    """Is reached when all before it has ended; makes assets of its lines."""


class OnTimeout(StrEnum):
    """What the end of a pause's time-out means: a fallout for a person, or that the order goes on."""

    FALLOUT = "fallout"
    CONTINUE = "continue"


class Pause(StepBase):
    """Waits until a condition holds, asked when it starts and whenever a fact is set; without `timeout`, for ever."""

    type: Literal[StepType.PAUSE]
    """Waits until a condition holds."""
    until: ExpressionText
    """The condition; it reads a fact, and is asked when the pause starts and whenever a fact is set."""
    timeout: Duration | None = None
    """How long it waits; for ever if left out."""
    on_timeout: OnTimeout = OnTimeout.FALLOUT
    """What happens when that time is over."""


StepDefinition: TypeAlias = Annotated[
    AutoTask | Callout | ManualTask | Milestone | Pause | StagedAssetize, Field(discriminator="type")
]


def expressions_of(step: StepDefinition) -> tuple[str, ...]:
    """Return the expressions of a step that are read while it runs: its condition, then what its type adds."""
    own: tuple[str, ...]
    match step:
        case AutoTask() | Callout():
            own = tuple(each.value for each in step.input)
        case Pause():
            own = (step.until,)
        case ManualTask() | Milestone() | StagedAssetize():
            own = ()
        case _:
            assert_never(step)
    return own if step.when is None else (step.when, *own)


def groups_for_changes(step: StepDefinition) -> Mapping[Path, Name]:
    """Return the step groups that a step names for changes of orders under way, by the key at which it does."""
    mending = step.on_amend.group if step.on_amend else None
    named: tuple[tuple[Path, Name | None], ...] = ((("on_cancel",), step.on_cancel), (("on_amend", "group"), mending))
    return {key: name for key, name in named if name is not None}


class StepGroup(Frozen):
    """A lane: steps that belong together, brought in by scenarios, or as the `alternative` to a step that failed.

    One that steps name as `on_cancel` or `on_amend` is there for changes: each time for one step, on that step's data.
    """

    name: Name
    """What scenarios, dependencies and expressions call it."""
    title: str = ""
    """What people read; the name if left out."""
    # Left out where false: catalogs without alternatives keep the digests they had.
    alternative: bool = Field(default=False, exclude_if=lambda value: not value)
    """Whether it takes the place of a step that failed instead of being brought in by a scenario."""
    steps: Annotated[tuple[StepDefinition, ...], from_mapping("name"), sorted_by("name")]
    """Its steps, by name."""

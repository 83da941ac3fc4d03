"""Step groups: lanes of step definitions with their dependencies (`domain.md` C6, P2, P4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self, TypeAlias, assert_never

from pydantic import BeforeValidator, Field, model_validator

from catalog.base import Frozen, Name
from catalog.fields import Duration, ExpressionText, from_mapping, sorted_by
from catalog.people import Ahead
from catalog.products import STEP_SCOPES, Attributes, Scope, ScopeKind, scope_of
from catalog.schedules import Schedule


class StepType(StrEnum):
    """What a step does; `staged_assetize` comes later."""

    AUTO_TASK = "auto_task"
    CALLOUT = "callout"
    MANUAL_TASK = "manual_task"
    MILESTONE = "milestone"
    PAUSE = "pause"


class PairKind(StrEnum):
    """How a dependency pairs instances: `origin` is the default (`domain.md` P2)."""

    ORIGIN = "origin"
    ALL = "all"
    BUNDLE = "bundle"
    LINE = "line"
    BY = "by"


class Pairing(Frozen):
    """A declared pairing, written as its kind or as `{by: EXPRESSION}`, evaluated on each side's lines."""

    kind: PairKind = PairKind.ORIGIN
    by: ExpressionText | None = None


def _pairing(raw: object) -> object:
    if isinstance(raw, str):
        if raw not in (PairKind.ORIGIN, PairKind.ALL, PairKind.BUNDLE, PairKind.LINE):
            raise ValueError(f"expected one of origin, all, bundle, line, or a mapping with `by`, got {raw!r}")
        return {"kind": raw}
    if isinstance(raw, Mapping) and set(raw) == {"by"}:
        return {"kind": "by", **raw}
    return raw


class Unpaired(StrEnum):
    """What happens when the prerequisite has instances but none pairs with this one."""

    REFUSE = "refuse"
    START = "start"


class Dependency(Frozen):
    """A prerequisite of a step: `step` names one of the same group, or `group.step` of another.

    A `required` prerequisite without any instance refuses the order; otherwise it is dropped and recorded.
    """

    step: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]{0,31}\.)?[a-z][a-z0-9_]{0,31}$")]
    pair: Annotated[Pairing, BeforeValidator(_pairing)] = Pairing()
    required: bool = False
    unpaired: Unpaired = Unpaired.REFUSE
    lag: Duration = timedelta(0)


def _dependencies(raw: object) -> object:
    if isinstance(raw, str):
        raw = [raw]
    if isinstance(raw, list | tuple):
        return tuple({"step": each} if isinstance(each, str) else each for each in raw)
    return raw


class InputMapping(Frozen):
    """One named value that the operation's request reads as `input.NAME`."""

    name: Name
    value: ExpressionText


def _inputs(raw: object) -> object:
    if isinstance(raw, Mapping):
        return tuple({"name": name, "value": value} for name, value in raw.items())
    return raw


class StepBase(Frozen):
    """What every type of step has. `when` is asked when the step would start; false skips it (`domain.md` E4).

    `jeopardy_threshold` is how long before its expected end it is at risk (`domain.md` H2).
    """

    name: Name
    title: str = ""
    scope: Annotated[Scope, scope_of(STEP_SCOPES)] = Scope(kind=ScopeKind.PLAN)
    when: ExpressionText | None = None
    skip_branch: bool = False
    after: Annotated[tuple[Dependency, ...], BeforeValidator(_dependencies)] = ()
    expected_duration: Duration = timedelta(0)
    # Left out of what digests cover where it is not given: catalogs that know nothing of it keep theirs.
    jeopardy_threshold: Annotated[Duration | None, Field(exclude_if=lambda value: value is None)] = None
    schedule: Schedule | None = None

    @model_validator(mode="after")
    def _warns_while_it_runs(self) -> Self:
        if self.jeopardy_threshold and timedelta(0) < self.expected_duration < self.jeopardy_threshold:
            raise ValueError("jeopardy_threshold counts back from the expected_duration, so it cannot be longer")
        return self


class Callout(StepBase):
    """Calls a system: `operation` is `SYSTEM.OPERATION`."""

    type: Literal[StepType.CALLOUT]
    operation: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}\.[a-z][a-z0-9_]{0,31}$")]
    input: Annotated[tuple[InputMapping, ...], BeforeValidator(_inputs), sorted_by("name")] = ()


class AutoTask(StepBase):
    """Has a worker compute a function of the catalog; the function's outputs become the step's."""

    type: Literal[StepType.AUTO_TASK]
    function: Name
    input: Annotated[tuple[InputMapping, ...], BeforeValidator(_inputs), sorted_by("name")] = ()


class ManualTask(StepBase):
    """Waits for a person, who fills in the form; its values become the step's outputs.

    `due` counts from the task's opening, in working time of its queue's calendar.
    """

    type: Literal[StepType.MANUAL_TASK]
    queue: Name | None = None
    due: Ahead | None = None
    instructions: str = ""
    form: Attributes = ()


class Milestone(StepBase):
    """A point reached when its dependencies complete; does no work."""

    type: Literal[StepType.MILESTONE]


class OnTimeout(StrEnum):
    """What the end of a pause's time-out means: a fallout for a person, or that the order goes on."""

    FALLOUT = "fallout"
    CONTINUE = "continue"


class Pause(StepBase):
    """Waits until a condition holds, asked when it starts and whenever a fact is set; without `timeout`, for ever."""

    type: Literal[StepType.PAUSE]
    until: ExpressionText
    timeout: Duration | None = None
    on_timeout: OnTimeout = OnTimeout.FALLOUT


StepDefinition: TypeAlias = Annotated[AutoTask | Callout | ManualTask | Milestone | Pause, Field(discriminator="type")]


def expressions_of(step: StepDefinition) -> tuple[str, ...]:
    """Return the expressions of a step that are read while it runs: its condition, then what its type adds."""
    own: tuple[str, ...]
    match step:
        case AutoTask() | Callout():
            own = tuple(each.value for each in step.input)
        case Pause():
            own = (step.until,)
        case ManualTask() | Milestone():
            own = ()
        case _:
            assert_never(step)
    return own if step.when is None else (step.when, *own)


class StepGroup(Frozen):
    """A lane: steps that belong together, brought in by scenarios, or as the `alternative` to a step that failed."""

    name: Name
    title: str = ""
    # Left out where false: catalogs without alternatives keep the digests they had.
    alternative: bool = Field(default=False, exclude_if=lambda value: not value)
    steps: Annotated[tuple[StepDefinition, ...], from_mapping("name"), sorted_by("name")]

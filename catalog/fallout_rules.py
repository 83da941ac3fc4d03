"""Fallout rules: which failures they are for, how often to try again, and what then (`domain.md` F1, F2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from pydantic import ConfigDict, Field, field_validator, model_validator

from catalog.base import Code, Frozen, Name
from catalog.fields import Duration
from catalog.patterns import matches, problem_of
from catalog.rules import Priority
from catalog.steps import StepType

CONDITION_ERROR = "CONDITION_ERROR"
"""Error code of a step whose condition has no value; it is asked again when a rule or somebody retries."""

PAUSE_TIMED_OUT = "PAUSE_TIMED_OUT"
"""Error code of a pause whose condition did not hold in time."""


class RetryPolicyKind(StrEnum):
    """How long to wait between tries."""

    IMMEDIATE = "immediate"
    FIXED = "fixed"
    STAGGERED = "staggered"
    EXPONENTIAL = "exponential"


def _retries_or_intervals(schema: dict[str, Any]) -> None:
    schema.pop("required")
    schema["anyOf"] = [{"required": ["retries"]}, {"required": ["intervals"]}]


class RetryPolicy(Frozen):
    """`retries` further tries: at once, `interval` apart, after each of `intervals`, or doubling up to `cap`.

    `jitter` is the share of each wait that is cut at random, so that many orders do not come back at the same moment.
    """

    model_config = ConfigDict(json_schema_extra=_retries_or_intervals)

    policy: RetryPolicyKind = RetryPolicyKind.FIXED
    """How long to wait between tries."""
    retries: int = Field(ge=0, le=1_000)
    """How many further tries; with `intervals` and left out, as many as there are."""
    interval: Duration = timedelta(seconds=1)
    """Time between tries; doubled from try to try if exponential."""
    intervals: tuple[Duration, ...] = ()
    """If staggered: the time before each further try; the last one repeats."""
    cap: Duration = timedelta(hours=1)
    """The longest that the time between tries grows to."""
    jitter: float = Field(default=0.0, ge=0, le=1, allow_inf_nan=False)
    """Share of each wait, 0 to 1, that may be cut."""

    @model_validator(mode="before")
    @classmethod
    def _counted(cls, raw: object) -> object:
        """Take the number of intervals for the number of retries that is left out."""
        if isinstance(raw, Mapping) and "retries" not in raw and isinstance(raw.get("intervals"), list | tuple):
            return {**raw, "retries": len(raw["intervals"])}
        return raw

    @model_validator(mode="after")
    def _fits(self) -> RetryPolicy:
        staggered = self.policy is RetryPolicyKind.STAGGERED
        if staggered and not self.intervals:
            raise ValueError("`staggered` needs `intervals`: a list of waits, one before each retry")
        if self.intervals and not staggered:
            raise ValueError("`intervals` belong to `policy: staggered`")
        return self


class Exactness(NamedTuple):
    """How exact a rule is: field by field, the first that differs decides, and the greater one is more exact."""

    subject: int
    error: int
    product: int
    priority: int
    order_priority: bool
    attempt: int


class FalloutRule(Frozen):
    """What to do about a failed try: retry so and so often, then exactly one outcome.

    It matches where all that it names fits: step (`GROUP.STEP`), operation (`SYSTEM.OPERATION`), system, step type,
    error `code` or `pattern` (a regular expression over the whole code), product or classification of the step's
    lines, the order's priority, and `attempt`, the try from which on it is in force.

    The outcome is the queue, unless `skip` or `alternative` names another; the queue is then for when that cannot be.
    """

    name: Name
    """What fallouts and issues call it."""
    step: str | None = None
    """Of which step, `GROUP.STEP`."""
    group: Name | None = None
    """Of which step group."""
    operation: str | None = None
    """Of which operation, `SYSTEM.OPERATION`."""
    system: Name | None = None
    """Of which system."""
    type: StepType | None = None
    """Of which type of step."""
    code: str | None = None
    """About this error code."""
    pattern: str | None = None
    """About error codes that match this regular expression as a whole."""
    product: Code | None = None
    """Of steps for this product."""
    classification: Code | None = None
    """Of steps for products of this classification."""
    order_priority: Priority | None = None
    """Of orders of this priority."""
    attempt: int | None = Field(default=None, ge=1, le=1_001)
    """From this try on, counted since the round began or an operator last retried."""
    priority: int = 0
    """Decides between rules that are equally exact; the greater one wins."""
    retry: RetryPolicy = RetryPolicy(retries=0)
    """Further tries; none if left out."""
    queue: Name | None = None
    """Where the step waits for a person when no try is left."""
    skip: bool = False
    """Instead of a queue: the order goes on without the step."""
    alternative: Name | None = None
    """Instead of a queue: the step group that takes the step's place."""
    cancel_lines: bool = False
    """Instead of a queue: the lines concerned are cancelled."""
    cancel_order: bool = False
    """Instead of a queue: the order is cancelled."""
    notify: Annotated[tuple[Name, ...], Field(max_length=20)] = ()
    """Webhooks that are told once when no try is left."""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None and (problem := problem_of(pattern)):
            raise ValueError(f"not a regular expression: {problem}")
        return pattern

    @model_validator(mode="after")
    def _one_of_each(self) -> FalloutRule:
        if self.code is not None and self.pattern is not None:
            raise ValueError("give code or pattern, not both")
        if self.product is not None and self.classification is not None:
            raise ValueError("give product or classification, not both")
        if len(self.outcomes) > 1:
            raise ValueError(f"give one outcome, not {' and '.join(f'`{each}`' for each in self.outcomes)}")
        return self

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes it names besides the queue."""
        given = {
            "skip": self.skip,
            "alternative": self.alternative is not None,
            "cancel_lines": self.cancel_lines,
            "cancel_order": self.cancel_order,
        }
        return tuple(name for name, wanted in given.items() if wanted)

    @property
    def exactness(self) -> Exactness:
        """How exact it is; of two rules that match, the more exact one wins."""
        subject = (self.step, self.group, self.operation, self.system, self.type)
        return Exactness(
            subject=next((len(subject) - at for at, named in enumerate(subject) if named is not None), 0),
            error=_rank(self.code, self.pattern),
            product=_rank(self.product, self.classification),
            priority=self.priority,
            order_priority=self.order_priority is not None,
            attempt=self.attempt or 0,
        )

    def is_for(self, step: str, operation: str | None, step_type: StepType) -> bool:
        """Tell whether it is for failures of this step (`GROUP.STEP`), operation (`SYSTEM.OPERATION`) and type."""
        return (
            self.step in (None, step)
            and self.group in (None, step.partition(".")[0])
            and self.operation in (None, operation)
            and self.system in (None, (operation or "").partition(".")[0])
            and self.type in (None, step_type)
        )

    def is_about(self, code: str) -> bool:
        """Tell whether it is for this error code."""
        return self.code in (None, code) and (self.pattern is None or matches(self.pattern, code))


def _rank(exact: str | None, wide: str | None) -> int:
    return 2 if exact is not None else 1 if wide is not None else 0

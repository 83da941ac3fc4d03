"""Fallout rules: which failures they are for, how often to try again, and what then (`domain.md` F1, F2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field, field_validator, model_validator

from catalog.base import Code, Frozen, Name
from catalog.fields import Duration
from catalog.rules import Priority
from catalog.steps import StepType


class RetryPolicyKind(StrEnum):
    """How long to wait between tries."""

    IMMEDIATE = "immediate"
    FIXED = "fixed"
    STAGGERED = "staggered"
    EXPONENTIAL = "exponential"


class RetryPolicy(Frozen):
    """`retries` further tries: at once, `interval` apart, after each of `intervals`, or doubling up to `cap`.

    `jitter` is the share of each wait that is cut at random, so that many orders do not come back at the same moment.
    """

    policy: RetryPolicyKind = RetryPolicyKind.FIXED
    retries: int = Field(ge=0, le=1_000)
    interval: Duration = timedelta(seconds=1)
    intervals: tuple[Duration, ...] = ()
    cap: Duration = timedelta(hours=1)
    jitter: float = Field(default=0.0, ge=0, le=1, allow_inf_nan=False)

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
    step: str | None = None
    group: Name | None = None
    operation: str | None = None
    system: Name | None = None
    type: StepType | None = None
    code: str | None = None
    pattern: str | None = None
    product: Code | None = None
    classification: Code | None = None
    order_priority: Priority | None = None
    attempt: int | None = Field(default=None, ge=1, le=1_001)
    priority: int = 0
    retry: RetryPolicy = RetryPolicy(retries=0)
    queue: Name | None = None
    skip: bool = False
    alternative: Name | None = None
    cancel_lines: bool = False
    cancel_order: bool = False
    notify: Annotated[tuple[Name, ...], Field(max_length=20)] = ()

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"not a regular expression: {error}") from None
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
        return self.code in (None, code) and (self.pattern is None or re.fullmatch(self.pattern, code) is not None)


def _rank(exact: str | None, wide: str | None) -> int:
    return 2 if exact is not None else 1 if wide is not None else 0

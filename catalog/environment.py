"""The environment of an installation: where systems are, and the fallout rules in force (`domain.md` C8, C9, F1, F2).

As of now and outside the catalog's digest: no order pins it.
"""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from catalog.base import Frozen, Name
from catalog.fields import Duration, from_mapping, sorted_by
from catalog.steps import StepType


class SystemAddress(Frozen):
    """How a system is reached. Credentials are names of environment variables, never the secrets themselves.

    `rate` (calls per second, over all workers) and `concurrency` (calls at a time, of each worker) need a system with a
    task queue of its own.
    """

    name: Name
    base_url: str = Field(pattern=r"^https?://[^\s]+[^/\s]$")
    credentials: str | None = None
    callback_credentials: str | None = None
    idempotency_header: str = Field(default="Idempotency-Key", pattern=r"^[A-Za-z0-9-]+$")
    keys_remembered: Duration | None = None
    timeout: Duration | None = None
    rate: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    concurrency: int | None = Field(default=None, ge=1)


class RetryPolicyKind(StrEnum):
    """How long to wait between tries."""

    FIXED = "fixed"
    EXPONENTIAL = "exponential"


class RetryPolicy(Frozen):
    """`retries` further tries: `interval` apart, or doubling from it up to `cap`."""

    policy: RetryPolicyKind = RetryPolicyKind.FIXED
    retries: int = Field(ge=0, le=1_000)
    interval: Duration = timedelta(seconds=1)
    cap: Duration = timedelta(hours=1)


class FalloutRule(Frozen):
    """What to do about a failed try: retry so and so often, then queue for a person.

    It matches where all that it names fits: step (`GROUP.STEP`), operation (`SYSTEM.OPERATION`), system, step type,
    error `code` or `pattern` (a regular expression over the whole code).
    """

    name: Name
    step: str | None = None
    group: Name | None = None
    operation: str | None = None
    system: Name | None = None
    type: StepType | None = None
    code: str | None = None
    pattern: str | None = None
    priority: int = 0
    retry: RetryPolicy = RetryPolicy(retries=0)
    queue: Name | None = None

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
    def _one_error(self) -> FalloutRule:
        if self.code is not None and self.pattern is not None:
            raise ValueError("give code or pattern, not both")
        return self


class Queue(Frozen):
    """Where fallouts and tasks wait for people."""

    name: Name
    title: str = ""


class Environment(Frozen):
    """All of an installation's configuration that no order pins.

    `functions` is where workers find theirs besides the built-in ones: `module:attribute`, a mapping by name.
    """

    name: str = ""
    functions: Annotated[str, Field(pattern=r"^([A-Za-z_][\w.]*:[A-Za-z_]\w*)?$")] = ""
    systems: Annotated[tuple[SystemAddress, ...], from_mapping("name"), sorted_by("name")] = ()
    queues: Annotated[tuple[Queue, ...], from_mapping("name"), sorted_by("name")] = ()
    fallout_rules: Annotated[tuple[FalloutRule, ...], from_mapping("name")] = ()

    def system(self, name: str) -> SystemAddress | None:
        """Return where the system `name` is, or None."""
        return next((each for each in self.systems if each.name == name), None)

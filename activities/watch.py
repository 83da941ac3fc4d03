"""What those who watch see of a call: where every log record belongs, how each try ended, and how long it took."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextvars import ContextVar
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never

from temporalio import activity

from fulfillment.effects import Call
from fulfillment.outcomes import CancelWork, Decision, Park, RetryLater, RunAlternative, SkipStep

PLACE: ContextVar[Mapping[str, str | int]] = ContextVar("place", default=MappingProxyType({}))
"""Order, step and attempt that this activity works on, by those names; whoever formats a log record asks for it."""

STEPS = "dro_steps"
SECONDS = "dro_call_seconds"

logger = logging.getLogger(__name__)


class Ending(StrEnum):
    """How one try of a call ended; `accepted` is a success whose answer comes later."""

    SUCCEEDED = "succeeded"
    ACCEPTED = "accepted"
    RETRIED = "retried"
    PARKED = "parked"
    SKIPPED = "skipped"
    REPLACED = "replaced"
    CANCELLED = "cancelled"

    @classmethod
    def of(cls, decision: Decision) -> Ending:
        """Return how a failed try ended by what the fallout rules decided."""
        match decision:
            case RetryLater():
                return cls.RETRIED
            case Park():
                return cls.PARKED
            case SkipStep():
                return cls.SKIPPED
            case RunAlternative():
                return cls.REPLACED
            case CancelWork():
                return cls.CANCELLED
            case _:
                assert_never(decision)


class Watch:
    """One try of a call, from its begin; a try that is cut off, by the end of its worker, is never told of."""

    def __init__(self, call: Call, attempt: int) -> None:
        PLACE.set({"order": call.number, "step": call.step, "attempt": attempt})
        self._operation = call.operation
        self._begin = time.monotonic()

    def ended(self, ending: Ending) -> None:
        """Count the try, and how long it took until now."""
        seconds = time.monotonic() - self._begin
        system, _, operation = self._operation.partition(".")
        meter = activity.metric_meter()
        labels = {"system": system, "operation": operation}
        meter.create_counter(STEPS, "Tries of calls by how they ended").add(1, {**labels, "outcome": ending.value})
        meter.create_histogram_float(SECONDS, "Seconds from request to answer", "s").record(seconds, labels)
        told = {"operation": self._operation, "outcome": ending.value, "seconds": round(seconds, 3)}
        logger.debug("Call ended", extra=told)

"""States of steps, lines and orders (`domain.md` E2, O4)."""

from __future__ import annotations

from enum import StrEnum


class StepState(StrEnum):
    """Where a step stands (`domain.md` E2)."""

    PENDING = "pending"
    SCHEDULED = "scheduled"
    READY = "ready"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    FATALLY_FAILED = "fatally_failed"
    SKIPPED = "skipped"
    ON_HOLD = "on_hold"
    AMENDED = "amended"
    CANCELLED = "cancelled"
    DISCARDED = "discarded"


class OrderState(StrEnum):
    """State of an order or of one of its lines: TM Forum 622's list."""

    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    PENDING = "pending"
    HELD = "held"
    IN_PROGRESS = "in_progress"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    FAILED = "failed"
    PARTIAL = "partial"
    ASSESSING_CANCELLATION = "assessing_cancellation"
    PENDING_CANCELLATION = "pending_cancellation"

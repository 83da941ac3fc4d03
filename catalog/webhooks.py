"""Webhooks of an environment: who outside is told of events and notifications (`domain.md` F7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from catalog.base import Frozen, Name
from catalog.words import did_you_mean

_ORDER_STATES = (
    "acknowledged",
    "rejected",
    "pending",
    "held",
    "in_progress",
    "cancelled",
    "completed",
    "failed",
    "partial",
    "assessing_cancellation",
    "pending_cancellation",
)
_STEP_STATES = (
    "pending",
    "scheduled",
    "ready",
    "in_progress",
    "completed",
    "failed",
    "fatally_failed",
    "skipped",
    "on_hold",
    "amended",
    "cancelled",
    "discarded",
)
EVENTS: Mapping[str, tuple[str, ...]] = {
    "order": _ORDER_STATES,
    "line": _ORDER_STATES,
    "step": _STEP_STATES,
    "fallout": ("opened", "resolved", "withdrawn"),
    "task": ("opened", "completed", "withdrawn"),
    "hold": ("placed", "released", "withdrawn"),
    "change": ("planning", "applied", "refused", "withdrawn"),
    "command": ("accepted", "refused"),
}
"""What an event can be about, and what can have become of that; its name is `KIND_STATE`: `order_completed`."""

NOTIFICATION = "notification"
"""What a webhook names that hears the notifications which no rule or queue sends elsewhere."""


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    known = [*EVENTS, NOTIFICATION, *(f"{kind}_{state}" for kind, states in EVENTS.items() for state in states)]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known, "")
            hint = hint if hint.startswith("Did") else f"Kinds are {', '.join(f'`{each}`' for each in EVENTS)}."
            raise ValueError(f"there is no event `{name}`. {hint}")
    return names


class Webhook(Frozen):
    """Where events are posted to, in order and at least once.

    `events` are names (`fallout_opened`), or kinds for all of theirs (`fallout`). `credentials` names the environment
    variable whose value is sent as bearer token and signs each body.
    """

    name: Name
    """What rules and queues call it."""
    url: str = Field(pattern=r"^https?://[^\s]+$")
    """Where events are posted to."""
    credentials: str | None = None
    """Environment variable with the secret: sent as bearer token, and used to sign each body."""
    events: Annotated[tuple[str, ...], AfterValidator(_known)] = ()
    """What it hears: events like `fallout_opened`, or kinds like `fallout`, or `notification`."""

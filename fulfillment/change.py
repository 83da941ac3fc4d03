"""What a change of an order under way wants of a step, and what becomes of a step that is no longer wanted (A1).

The planner compares and the run applies; both ask `consequence` what becomes of a step that is no longer wanted, so
that what is shown first and what then happens cannot differ unless the step has moved meanwhile.
"""

from __future__ import annotations

from enum import StrEnum

from catalog.base import Recorded
from catalog.steps import StepType
from fulfillment.states import StepState


class Verdict(StrEnum):
    """What a change wants of a step."""

    KEPT = "kept"
    """It stays, with its state and results."""
    ADDED = "added"
    """It is new: wanted by the new version, or there to undo or to make up for another."""
    AMENDED = "amended"
    """It stays, and its on-amend group makes up for the difference."""
    REDONE = "redone"
    """It is not wanted as it was done: a successor does it anew."""
    UNWANTED = "unwanted"
    """It is no longer wanted."""


class Consequence(StrEnum):
    """What becomes of a step that is unwanted or redone."""

    DISCARDED = "discarded"
    """Nothing has happened, and nothing will."""
    WITHDRAWN = "withdrawn"
    """A task, pause or timer that is open is taken back; nothing has happened."""
    UNDONE = "undone"
    """Its effect exists, or may exist, and is undone by its on-cancel group, if it has one."""
    UNDONE_LATER = "undone once it has ended"
    """Its call is in flight and finishes first."""
    UNCHANGED = "unchanged"
    """It was skipped, or an earlier change has dealt with it."""


class Effect(StrEnum):
    """What is known of a step's effect in the world."""

    NONE = "none"
    POSSIBLE = "possible"
    CERTAIN = "certain"


class StepFact(Recorded):
    """Where a step stands, as far as a change asks. `begun`: its work has started in this or an earlier try.

    `calling`: its call is in flight.
    """

    id: str
    state: StepState = StepState.PENDING
    effect: Effect = Effect.NONE
    begun: bool = False
    calling: bool = False


def consequence(fact: StepFact, type_: StepType) -> Consequence:
    """Return what becomes of a step that is no longer wanted as it is (`domain.md` A1)."""
    if fact.calling:
        return Consequence.UNDONE_LATER
    if fact.state in (StepState.SKIPPED, StepState.CANCELLED, StepState.AMENDED, StepState.DISCARDED):
        return Consequence.UNCHANGED
    if fact.state is StepState.COMPLETED or fact.effect is not Effect.NONE:
        return Consequence.UNDONE
    if fact.state is StepState.IN_PROGRESS and type_ in (StepType.MANUAL_TASK, StepType.PAUSE):
        return Consequence.WITHDRAWN
    return Consequence.DISCARDED

"""What may follow what in the life of a step (`domain.md` E2).

Rule 1: everything that affects a step's state stands in the table below; the rest of the room only says what happened.
Rule 2: an entry that is not there is a mistake of the caller: `move` raises, and nothing has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from fulfillment.rollup import ENDED
from fulfillment.states import StepState


class Happening(StrEnum):
    """What can happen to a step, in the words that the diagram shows."""

    TIME_AHEAD = "its time lies ahead"
    PREREQUISITES_ENDED = "prerequisites ended"
    TIME_CAME = "its time came"
    RESCHEDULED = "moved by a person"
    STARTED_EARLY = "started by a person"
    CONDITION_FALSE = "condition false"
    BRANCH_SKIPPED = "branch skipped"
    CONDITION_FAILED = "condition has no value"
    REACHED = "milestone reached"
    STARTED = "started"
    ACCEPTED = "accepted, answers later"
    SUCCEEDED = "succeeded"
    RETRY_DECIDED = "failed, will be tried again"
    RETRY_DUE = "next try is due"
    PARKED = "failed, needs a person"
    RETRIED = "retried by a person"
    OFFLINE = "its system is offline"
    ONLINE = "its system is back"
    SKIPPED_BY_RULE = "skipped by a fallout rule"
    SKIPPED_BY_HAND = "skipped by a person"
    REPLACED = "replaced by its alternative"
    COMPLETED_BY_HAND = "completed by a person"
    EDITED = "edited and retried by a person"
    GIVEN_UP = "given up by a person"
    DISCARDED_AFTER = "what it waits for was given up"
    UNWANTED = "no longer wanted, nothing happened"
    UNDOING = "no longer wanted, is undone"
    REDOING = "done anew after a change"
    REPLANNED = "a change gave it other prerequisites or data"
    NOTHING_TO_UNDO = "nothing to undo"


class NoSuchMove(Exception):
    """The table has no entry: whoever asked for the move is wrong about the step."""

    def __init__(self, state: StepState, happening: Happening) -> None:
        super().__init__(f"A step that is `{state.value}` cannot take `{happening.value}`.")
        self.state = state
        self.happening = happening


_PARTED = {
    Happening.UNWANTED: StepState.DISCARDED,
    Happening.UNDOING: StepState.CANCELLED,
    Happening.REDOING: StepState.AMENDED,
}
"""What a change does to a step that has begun."""

TABLE: Mapping[StepState, Mapping[Happening, StepState]] = MappingProxyType(
    {
        StepState.PENDING: {
            Happening.TIME_AHEAD: StepState.SCHEDULED,
            Happening.PREREQUISITES_ENDED: StepState.READY,
            Happening.BRANCH_SKIPPED: StepState.SKIPPED,
            Happening.DISCARDED_AFTER: StepState.DISCARDED,
            Happening.NOTHING_TO_UNDO: StepState.SKIPPED,
            Happening.UNWANTED: StepState.DISCARDED,
        },
        StepState.SCHEDULED: {
            Happening.TIME_CAME: StepState.READY,
            Happening.RESCHEDULED: StepState.SCHEDULED,
            Happening.STARTED_EARLY: StepState.READY,
            Happening.REPLANNED: StepState.PENDING,
            Happening.UNWANTED: StepState.DISCARDED,
        },
        StepState.READY: {
            Happening.CONDITION_FALSE: StepState.SKIPPED,
            Happening.CONDITION_FAILED: StepState.FATALLY_FAILED,
            Happening.RETRY_DECIDED: StepState.FAILED,
            Happening.REACHED: StepState.COMPLETED,
            Happening.STARTED: StepState.IN_PROGRESS,
            Happening.REPLANNED: StepState.PENDING,
            **_PARTED,
        },
        StepState.IN_PROGRESS: {
            Happening.ACCEPTED: StepState.IN_PROGRESS,
            Happening.SUCCEEDED: StepState.COMPLETED,
            Happening.RETRY_DECIDED: StepState.FAILED,
            Happening.PARKED: StepState.FATALLY_FAILED,
            Happening.OFFLINE: StepState.ON_HOLD,
            Happening.SKIPPED_BY_HAND: StepState.SKIPPED,
            **_PARTED,
        },
        StepState.FAILED: {
            Happening.RETRY_DUE: StepState.READY,
            Happening.RETRIED: StepState.READY,
            Happening.EDITED: StepState.READY,
            Happening.PARKED: StepState.FATALLY_FAILED,
            Happening.SKIPPED_BY_HAND: StepState.SKIPPED,
            **_PARTED,
        },
        StepState.FATALLY_FAILED: {
            Happening.RETRIED: StepState.READY,
            Happening.EDITED: StepState.READY,
            Happening.REPLACED: StepState.SKIPPED,
            Happening.SKIPPED_BY_RULE: StepState.SKIPPED,
            Happening.SKIPPED_BY_HAND: StepState.SKIPPED,
            Happening.COMPLETED_BY_HAND: StepState.COMPLETED,
            Happening.GIVEN_UP: StepState.FATALLY_FAILED,
            **_PARTED,
        },
        StepState.COMPLETED: {
            Happening.UNDOING: StepState.CANCELLED,
            Happening.REDOING: StepState.AMENDED,
        },
        StepState.SKIPPED: {},
        StepState.ON_HOLD: {
            Happening.ONLINE: StepState.READY,
            Happening.SKIPPED_BY_HAND: StepState.SKIPPED,
            Happening.COMPLETED_BY_HAND: StepState.COMPLETED,
            **_PARTED,
        },
        StepState.AMENDED: {},
        StepState.CANCELLED: {},
        StepState.DISCARDED: {},
    }
)
"""The next state, by state and happening. States without entries are final.

A completed step has ended all the same: only a change of the order takes it further, and nobody waits for it again.
A step that was given up stays `fatally_failed`, and has ended: it was neither delivered nor undone.
"""


def move(state: StepState, happening: Happening) -> StepState:
    """Return the state that follows.

    Raises:
        NoSuchMove: the table has no entry.
    """
    following = TABLE[state].get(happening)
    if following is None:
        raise NoSuchMove(state, happening)
    return following


def mermaid() -> str:
    """Return the table as a Mermaid state diagram; states that nothing leads to or from are left out."""
    arrows = [
        f"    {state.value} --> {following.value}: {happening.value}"
        for state, moves in TABLE.items()
        for happening, following in moves.items()
    ]
    ends = sorted({following for moves in TABLE.values() for following in moves.values()} & ENDED)
    return "\n".join(
        ["stateDiagram-v2", "    [*] --> pending", *arrows, *(f"    {state.value} --> [*]" for state in ends)]
    )

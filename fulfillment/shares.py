"""What each step says of its lines: what a change no longer wants, and what undoes it, count otherwise than the rest.

A line that stays does not look back: what is not wanted any more, and the undoing of it, say nothing once they have
ended. Of a line that was cancelled only these are asked: it is cancelled when all is undone (`domain.md` O4, A3).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fulfillment.state import StepRecord
from fulfillment.states import StepState


class Share(NamedTuple):
    """A step of a line, and the step that it undoes, if it does; `replaced` by an alternative, which speaks for it."""

    step: StepRecord
    undone: StepRecord | None = None
    replaced: bool = False


class Counted(NamedTuple):
    """What the steps of a line say of it: their states, but for those given up, and whether there are such."""

    states: tuple[StepState, ...]
    given_up: bool


def counted(shares: Iterable[Share], *, cancelled: bool = False) -> Counted:
    """Return what the steps of a line say of it."""
    speaking = [each for each in shares if (_of_cancelled(each) if cancelled else _of_living(each))]
    states = (_state(each, cancelled=cancelled) for each in speaking if not each.step.given_up)
    return Counted(tuple(states), any(each.step.given_up for each in speaking))


def _of_living(share: Share) -> bool:
    past = share.step.ended and (share.step.unwanted is not None or share.undone is not None)
    return share.step.given_up or not past


def _of_cancelled(share: Share) -> bool:
    """Tell whether a step says something of a cancelled line: what is kept is kept for the sake of others."""
    if share.undone is not None:
        return not (share.replaced and share.step.ended)
    return share.step.unwanted is not None


def _state(share: Share, *, cancelled: bool) -> StepState:
    step = share.step
    if not cancelled or not step.ended:
        return step.seen_from_above
    return StepState.CANCELLED if share.undone is None or _is_undone(share, share.undone) else StepState.COMPLETED


def _is_undone(share: Share, undone: StepRecord) -> bool:
    """Tell whether nothing is left of the undone step, as far as this one was to undo it."""
    step = share.step
    nothing_to_undo = undone.state not in (StepState.CANCELLED, StepState.AMENDED)
    let_be = step.state is StepState.DISCARDED or (
        step.state is StepState.SKIPPED and (step.waived or bool(step.fallouts))
    )
    return nothing_to_undo or not let_be

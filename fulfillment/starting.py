"""What keeps a step from starting whose prerequisites have ended: a change at work, a hold, or nothing to undo."""

from __future__ import annotations

from fulfillment.board import Board
from fulfillment.changes import what_it_is
from fulfillment.holds import in_words
from fulfillment.state import StepRecord
from fulfillment.states import StepState


def halted(board: Board, step: str) -> str | None:
    """Return why nothing of a step may begin now, or None if it may."""
    if (change := board.changes.at_work) is not None:
        return f"waits until {what_it_is(change)}, is worked out"
    hold = board.held_by(step)
    return None if hold is None else in_words(hold)


def nothing_to_undo(board: Board, step: str) -> str | None:
    """Return why a step that undoes another, or makes up for it, has nothing to do; None if it has, or is no such step.

    Nothing happened where the other was discarded or skipped; what is still wanted is never undone.
    """
    planned = board.steps[step]
    if planned.undoes:
        undone = board.records[planned.undoes]
        if undone.state not in (StepState.CANCELLED, StepState.AMENDED):
            return f"nothing to undo: {board.name(undone.id)} is {undone.state.value}"
    if planned.amends:
        amended = board.records[planned.amends]
        if amended.state in (StepState.SKIPPED, StepState.DISCARDED) and not board.is_replaced(amended.id):
            return f"nothing to make up for: {board.name(amended.id)} is {amended.state.value}"
    return None


def branch_before(board: Board, step: str) -> list[StepRecord]:
    """Return the steps before a step whose skipped branches it belongs to: undoing something is no branch of what is
    done again.
    """
    undone = board.undone_by(step)
    before = [each.step for each in board.steps[step].after]
    return [board.records[each] for each in before if board.undone_by(each) in (None, undone)]

"""Whose outputs a step reads, also after changes: what is done anew, or undone, must not be mistaken for another."""

from __future__ import annotations

from fulfillment.board import Board


def planned_as(board: Board, step: str) -> str:
    """Return the id by which the planner knows a step: one that is done anew stands under another."""
    return board.steps[step].planned_as or step


def read_by(board: Board, step: str, definition: str) -> tuple[str, ...]:
    """Return the instances of a definition whose outputs a step reads, in step-id order: those it depends on.

    What undoes a step, or makes up for it, reads that one, what that one read, and the steps of its own group.
    """
    before = board.instances_before(step, definition)
    of = about(board, step)
    if not of:
        return tuple(each for each in before if _reads(board, step, each))
    if board.steps[of].definition == definition:
        return (of,)
    own = [each for each in before if about(board, each) == of]
    return tuple(sorted({*own, *read_by(board, of, definition)}))


def about(board: Board, step: str) -> str:
    """Return the step that a step undoes, or makes up for; empty if it does neither."""
    return board.steps[step].undoes or board.steps[step].amends


def _reads(board: Board, reader: str, step: str) -> bool:
    """Tell whether a step reads another one: not if a change had let go of that before its own work began."""
    found, mine = board.records[step], board.records[reader]
    return found.unwanted is None or (mine.started_at is not None and mine.begun_in < found.unwanted_in)

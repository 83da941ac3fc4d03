"""What a person is told who comes too late for a task (`domain.md` H1)."""

from __future__ import annotations

from fulfillment.board import Board


def completed_already(board: Board, step: str) -> str:
    """Return who completed the task of a step and when; empty while it waits, or where there is none."""
    task = board.records[step].task if step in board.records else None
    if task is None or task.completed_at is None:
        return ""
    return (
        f"{board.name(step)} was completed by `{task.actor}` at {task.completed_at:%Y-%m-%d %H:%M:%S} UTC; nothing is"
        " left to do."
    )

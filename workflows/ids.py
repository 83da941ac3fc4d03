"""The id of an order's workflow, and back; the task queue of a system that has its own."""

from __future__ import annotations

PREFIX = "order/"


def workflow_id(number: str) -> str:
    """Return the id of the workflow that fulfils the order."""
    return PREFIX + number


def number_of(workflow_id: str) -> str:
    """Return the number of the order that the workflow fulfils."""
    return workflow_id.removeprefix(PREFIX)


def own_queue(task_queue: str, system: str) -> str:
    """Return the task queue of a system's own, beside the orders' `task_queue`, so that installations never mix."""
    return f"{task_queue}.{system}"

"""The id of an order's workflow, and back."""

from __future__ import annotations

PREFIX = "order/"


def workflow_id(number: str) -> str:
    """Return the id of the workflow that fulfils the order."""
    return PREFIX + number


def number_of(workflow_id: str) -> str:
    """Return the number of the order that the workflow fulfils."""
    return workflow_id.removeprefix(PREFIX)

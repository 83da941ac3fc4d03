"""Schedules: from which date on a step may start (`domain.md` P5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from catalog.base import NAME_PATTERN, Frozen, Name
from catalog.fields import Offset, written_as


class BaseKind(StrEnum):
    """What a schedule counts from; `ready` is the moment at which everything before the step has ended."""

    READY = "ready"
    REQUESTED_DATE = "requested_date"
    REQUESTED_START = "requested_start"
    ORDER_DATE = "order_date"
    ATTRIBUTE = "attribute"


class Base(Frozen):
    """A base, written as its kind or as `{attribute: NAME}`: a date of the step's source lines."""

    # Without default, since the canonical form leaves defaults out, and an attribute alone is another base.
    kind: BaseKind
    """Which date."""
    attribute: Name | None = None
    """Name of the attribute, with `kind: attribute`."""


def _base(raw: object) -> object:
    if isinstance(raw, str):
        kinds = [each for each in BaseKind if each is not BaseKind.ATTRIBUTE]
        if raw not in kinds:
            raise ValueError(f"expected one of {', '.join(kinds)}, or a mapping with `attribute`, got {raw!r}")
        return {"kind": raw}
    if isinstance(raw, Mapping) and set(raw) == {"attribute"}:
        return {"kind": "attribute", **raw}
    return raw


_ATTRIBUTE = {"type": "string", "pattern": NAME_PATTERN, "description": "A date of the step's source lines."}
_WRITTEN = [
    {"enum": [each.value for each in BaseKind if each is not BaseKind.ATTRIBUTE]},
    {
        "type": "object",
        "properties": {"attribute": _ATTRIBUTE},
        "required": ["attribute"],
        "additionalProperties": False,
    },
]


class Take(StrEnum):
    """Which date counts when source lines differ (`domain.md` P1)."""

    EARLIEST = "earliest"
    LATEST = "latest"


class Schedule(Frozen):
    """A step starts no earlier than `offset` after its base, or before it where the offset is negative.

    A date begins at midnight UTC. Where the base has no date the step starts when it is ready, and the plan says so.
    """

    base: Annotated[Base, written_as(_base, anyOf=_WRITTEN)] = Base(kind=BaseKind.READY)
    """What is counted from."""
    offset: Offset = timedelta(0)
    """How long after the base, or before it with a minus."""
    calendar: Name | None = Field(default=None, exclude_if=lambda value: value is None)
    """By which `offset` counts working time; without one, all time counts."""
    take: Take = Take.EARLIEST
    """Which date counts where source lines differ."""

"""Schedules: from which date on a step may start (`domain.md` P5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from catalog.base import Frozen, Name
from catalog.fields import Offset


class BaseKind(StrEnum):
    """What a schedule counts from; `ready` is the moment at which everything before the step has ended."""

    READY = "ready"
    REQUESTED_DATE = "requested_date"
    REQUESTED_START = "requested_start"
    ORDER_DATE = "order_date"
    ATTRIBUTE = "attribute"


class Base(Frozen):
    """A base, written as its kind or as `{attribute: NAME}`: a date of the step's source lines."""

    kind: BaseKind = BaseKind.READY
    attribute: Name | None = None


def _base(raw: object) -> object:
    if isinstance(raw, str):
        kinds = [each for each in BaseKind if each is not BaseKind.ATTRIBUTE]
        if raw not in kinds:
            raise ValueError(f"expected one of {', '.join(kinds)}, or a mapping with `attribute`, got {raw!r}")
        return {"kind": raw}
    if isinstance(raw, Mapping) and set(raw) == {"attribute"}:
        return {"kind": "attribute", **raw}
    return raw


class Take(StrEnum):
    """Which date counts when source lines differ (`domain.md` P1)."""

    EARLIEST = "earliest"
    LATEST = "latest"


class Schedule(Frozen):
    """A step starts no earlier than `offset` after its base, or before it where the offset is negative.

    A date begins at midnight UTC. Where the base has no date the step starts when it is ready, and the plan says so.
    """

    base: Annotated[Base, BeforeValidator(_base)] = Base()
    offset: Offset = timedelta(0)
    take: Take = Take.EARLIEST

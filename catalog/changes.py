"""What a step declares about changes of orders under way (`domain.md` A1-A3)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, model_validator

from catalog.base import NAME_PATTERN, Frozen, Name
from catalog.fields import written_as


class AmendKind(StrEnum):
    """What becomes of a step that has begun, when a change gives it other data."""

    IGNORE = "ignore"
    REDO = "redo"
    GROUP = "group"


class OnAmend(Frozen):
    """The answer of a step to other data, written as `ignore` or `redo`, or as `{group: NAME}`.

    `ignore` leaves what was done, `redo` undoes it and does it anew, `group` runs a step group that makes up for the
    difference. Without any, a call or a task that has begun refuses a change of its data.
    """

    kind: AmendKind
    """`ignore`, `redo` or `group`."""
    group: Name | None = None
    """With `group`: the step group that makes up for the difference."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.group is not None) != (self.kind is AmendKind.GROUP):
            raise ValueError("write `ignore`, `redo`, or a mapping with `group` alone")
        return self


def _on_amend(raw: object) -> object:
    if isinstance(raw, str):
        if raw not in (AmendKind.IGNORE, AmendKind.REDO):
            raise ValueError(f"expected ignore, redo, or a mapping with `group`, got {raw!r}")
        return {"kind": raw}
    if isinstance(raw, Mapping) and set(raw) == {"group"}:
        return {"kind": AmendKind.GROUP, **raw}
    return raw


_GROUP = {"type": "string", "pattern": NAME_PATTERN, "description": "Step group that makes up for the difference."}
_WRITTEN = [
    {"enum": [AmendKind.IGNORE.value, AmendKind.REDO.value]},
    {"type": "object", "properties": {"group": _GROUP}, "required": ["group"], "additionalProperties": False},
]
OnAmendField = Annotated[OnAmend, written_as(_on_amend, anyOf=_WRITTEN)]
"""As designers write it."""


class Denied(StrEnum):
    """Which changes a point of no return refuses."""

    AMEND = "amend"
    CANCEL = "cancel"
    BOTH = "both"


class Reach(StrEnum):
    """How far a point of no return reaches: over the step's own lines, or over the whole bundles that they are in."""

    LINE = "line"
    BUNDLE = "bundle"


class PointOfNoReturn(Frozen):
    """From the moment the step starts, changes of its lines are refused, unless somebody with authority insists."""

    deny: Denied = Denied.BOTH
    """Which changes: `amend`, `cancel` or `both`."""
    over: Reach = Reach.LINE
    """Over which lines: the step's own, or the whole bundle."""


def _point(raw: object) -> object:
    return {"deny": raw} if isinstance(raw, str) else raw


PointField = Annotated[PointOfNoReturn, BeforeValidator(_point, json_schema_input_type=Denied | PointOfNoReturn)]
"""As designers write it: a mapping, or `amend`, `cancel` or `both` alone."""

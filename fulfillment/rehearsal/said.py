"""What people ask of an order in a design test: when, and whether it is taken; amendments with the order they want."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from catalog.base import Frozen
from catalog.fields import Duration, written_as
from catalog.words import did_you_mean
from decomposition.order import Order
from fulfillment.commands import KINDS, Amend, Command
from fulfillment.states import StepState

REHEARSED = tuple(each for each in KINDS if each != "withdraw_change")
"""The commands that a test may give: all but the one that takes back what is worked out, which takes no time here."""


class Moment(Frozen):
    """When a step is first found in a state."""

    step: str
    """The step."""
    state: StepState
    """The state that it is first found in."""


def _moment(raw: object) -> object:
    if isinstance(raw, Mapping) and not raw.keys() & {"step", "state"}:
        if len(raw) != 1:
            raise ValueError("name one step, with the state that it is to be in")
        return {"step": each, "state": state} if (each := next(iter(raw))) and (state := raw[each]) else raw
    return raw


class Said(Frozen):
    """A command given `at` a time after the order's acceptance, or after a step was in a state for the first time.

    `refused` is part of the reason why it is not taken. An amendment has the `order` that it wants, or its file.
    """

    at: Duration = timedelta(0)
    """How long after the order's acceptance, or after the moment of `once`, it is given."""
    once: Annotated[Moment | None, BeforeValidator(_moment, json_schema_input_type=Mapping[str, StepState])] = None
    """After which step is first in which state: `{GROUP.STEP: STATE}`."""
    refused: str | None = None
    """Part of the reason why it is not taken; left out, it is to be taken."""
    order: Order | None = None
    """Of an amendment: the whole order that is wanted."""
    order_file: str | None = None
    """Of an amendment: the file of that order, as a path from the test's folder."""
    command: Command
    """What is asked."""

    @model_validator(mode="after")
    def _has_an_order_to_amend_to(self) -> Self:
        if isinstance(self.command, Amend) and (self.order is None) == (self.order_file is None):
            raise ValueError("an amendment has `order` or `order_file`, one of them")
        return self


_OWN = ("at", "once", "refused")
_TO = ("order", "order_file")
"""What only an amendment has."""


def _said(raw: object) -> object:
    """Take `{at, kind, steps, ...}` apart: what belongs to the command, and the rest; unknown keys are refused here."""
    if not isinstance(raw, Mapping) or "command" in raw:
        return raw
    kind = str(raw.get("kind"))
    if kind not in REHEARSED:
        raise ValueError(f"`kind` names a command. {did_you_mean(kind, REHEARSED, 'Commands')}")
    of_test = (*_OWN, *_TO) if kind == "amend" else _OWN
    own = {name: value for name, value in raw.items() if name in of_test}
    given = {name: value for name, value in raw.items() if name not in own}
    known = tuple(each for each in KINDS[kind].model_fields if each not in _TO)
    for name in given:
        if name not in known:
            raise ValueError(f"`{kind}` has no `{name}`. {did_you_mean(name, (*known, *of_test), 'It has')}")
    for name in ("steps", "lines"):
        if isinstance(given.get(name), str):
            given[name] = (given[name],)
    # The digest is that of the order given, the base the version in force, unless the test says another.
    return {**own, "command": {"order": "", "base": 0, **given} if kind == "amend" else given}


_FIELDS = sorted({field for kind in REHEARSED for field in KINDS[kind].model_fields} - {"order"})
_SAID: dict[str, Any] = {
    "type": "object",
    "properties": {
        **{field: {} for field in _FIELDS},
        "at": {"type": "string", "description": "How long after the order's acceptance, or after `once`, it is given."},
        "once": {
            "type": "object",
            "additionalProperties": {"enum": [each.value for each in StepState]},
            "description": "After which step is first in which state.",
        },
        "refused": {"type": "string", "description": "Part of the reason why it is not taken."},
        "order": {"description": "Of an amendment: the whole order that is wanted."},
        "order_file": {"type": "string", "description": "Of an amendment: the file of that order."},
        "kind": {"enum": list(REHEARSED), "description": "Which command; the other keys are what it takes."},
    },
    "required": ["kind"],
    "additionalProperties": False,
}

SaidField = Annotated[Said, written_as(_said, **_SAID)]
"""As designers write it: `{at, kind, ...}`."""

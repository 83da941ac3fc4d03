"""The nine systems and their operations: the one table everything else asks."""

from __future__ import annotations

from typing import NamedTuple

from examples.smartbytes.backoffice.goods import Activate, Register, Release, Reserve, Ship
from examples.smartbytes.backoffice.money import Accrue, Authorize, Capture, Invoice, Open, Recognize, Satisfy
from examples.smartbytes.backoffice.requests import EffectRequest
from examples.smartbytes.backoffice.undoing import Undo


class Operation(NamedTuple):
    """One operation of one system, and what it is asked with."""

    system: str
    name: str
    request: type[EffectRequest]


OPERATIONS = (
    Operation("payments", "authorize", Authorize),
    Operation("payments", "capture", Capture),
    Operation("payments", "void", Undo),
    Operation("payments", "refund", Undo),
    Operation("inventory", "reserve", Reserve),
    Operation("inventory", "release", Release),
    Operation("shipping", "ship", Ship),
    Operation("shipping", "take_back", Undo),
    Operation("licensing", "activate", Activate),
    Operation("licensing", "revoke", Undo),
    Operation("warranty", "register", Register),
    Operation("warranty", "cancel", Undo),
    Operation("billing", "invoice", Invoice),
    Operation("billing", "credit", Undo),
    Operation("revenue", "recognize", Recognize),
    Operation("revenue", "reverse", Undo),
    Operation("obligations", "open", Open),
    Operation("obligations", "satisfy", Satisfy),
    Operation("obligations", "reopen", Undo),
    Operation("obligations", "close", Undo),
    Operation("compensation", "accrue", Accrue),
    Operation("compensation", "claw_back", Undo),
)

SYSTEMS = tuple(dict.fromkeys(each.system for each in OPERATIONS))
"""Names of the systems, in the order of the table."""

LOOKUP = "/lookup"
"""What follows an operation's name where its lookup is meant."""


def find(system: str, name: str) -> Operation | None:
    """Return an operation by its names, or `None`."""
    return next((each for each in OPERATIONS if (each.system, each.name) == (system, name)), None)


def operation_names(system: str) -> tuple[str, ...]:
    """Return the operations of a system, or of every system for `*`."""
    return tuple(each.name for each in OPERATIONS if system in (each.system, "*"))

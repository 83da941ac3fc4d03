"""What the workflow takes and gives: one model per message."""

from __future__ import annotations

from catalog.base import Recorded
from fulfillment.commands import Command
from fulfillment.states import OrderState


class StartOrder(Recorded):
    """Which order to fulfil; what it is stands in the order book. `catalog` is the digest of its version."""

    number: str
    account: str
    priority: str
    catalog: str = ""


class Ask(Recorded):
    """A person's command, as the update `command` takes it."""

    command: Command


class CallbackMessage(Recorded):
    """A system's late answer, as the signal `callback` takes it; `body` is JSON text."""

    step: str
    round: int
    body: str


class Ended(Recorded):
    """How the order ended."""

    state: OrderState

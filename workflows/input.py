"""What the workflow takes and gives: one model per message."""

from __future__ import annotations

from catalog.base import Recorded
from fulfillment.commands import Command
from fulfillment.states import OrderState

NOT_READY = "NotReady"
"""Type of the error by which an order that is just being prepared puts a command off: it may be asked again at once."""


class StartOrder(Recorded):
    """Which order to fulfil; what it is stands in the order book. `catalog` is the digest of its version.

    With `restart` it goes on from what the order book knows; `carried` is the run that continues as new, packed.
    """

    number: str
    account: str
    priority: str
    catalog: str = ""
    restart: bool = False
    carried: str = ""


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

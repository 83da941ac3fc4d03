"""What the workflow takes and gives: one model per message."""

from __future__ import annotations

from catalog.base import Recorded
from fulfillment.commands import Command
from fulfillment.runplan import RunPlan
from fulfillment.states import OrderState

NOT_ALLOWED = "NotAllowed"
"""Type of the error by which an order refuses a command, at once or, for a change, after it was worked out."""
NOT_READY = "NotReady"
"""Type of the error by which an order that is just being prepared puts a command off: it may be asked again at once."""


CHANGE_REFUSED = "ChangeRefused"
"""Type of the error with which a change ends that the order has taken and then refused: its history has it already."""


class StartOrder(Recorded):
    """Which order to fulfil; what it is stands in the order book. `catalog` is the digest of its version.

    `planned` is the digest of the plan that was stored when the order was accepted, `plan` what to run of it, where
    that is short enough to travel. With `restart` it goes on from what the order book knows; `carried` is the run that
    continues as new, packed.
    """

    number: str
    account: str
    priority: str
    catalog: str = ""
    restart: bool = False
    carried: str = ""
    planned: str = ""
    plan: RunPlan | None = None


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

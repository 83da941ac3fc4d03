"""Where a run stands, as its workflow tells when asked: what `dro doctor --reconcile` holds against the order book."""

from __future__ import annotations

from catalog.base import Recorded
from fulfillment.states import OrderState, StepState


class StepStanding(Recorded):
    """Where one step stands."""

    id: str
    state: StepState
    round: int = 1


class Standing(Recorded):
    """Where an order stands; `untold` says that changes are on their way to the order book.

    `plan` is the plan's digest, empty before there is one; `steps` are in step-id order.
    """

    number: str
    state: OrderState
    plan: str = ""
    untold: bool = False
    open_fallouts: int = 0
    steps: tuple[StepStanding, ...] = ()

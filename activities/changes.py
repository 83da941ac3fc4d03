"""The activity that works a change of an order out: compares the plan as it stands with what is wanted of it now."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from functools import partial

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.stored import stored_catalog, stored_plan
from activities.watch import PLACE
from decomposition.order import Order
from fulfillment.commands import Amend
from fulfillment.effects import PlanChange
from fulfillment.events import ChangePlanned
from fulfillment.replanning import replan
from orderbook.claiming import MOVED, Blocked
from orderbook.owned import assets_of
from orderbook.store import OrderBook

logger = logging.getLogger(__name__)


class ChangeActivities:
    """What an order's workflow asks of the order book when it is to change."""

    def __init__(self, book: OrderBook) -> None:
        self._book = book

    @activity.defn
    def plan_change(self, effect: PlanChange) -> ChangePlanned:
        """Plan a change on the order's pinned catalog, store the plan that is to run then, and return what to apply; or
        return why the change is refused. Repeated, it plans the same again.
        """
        PLACE.set({"order": effect.number})
        plan, amended = stored_plan(self._book, effect.plan), self._amended(effect)
        catalog = stored_catalog(self._book, plan.catalog)
        assets = assets_of(self._book, amended or plan.order, catalog)
        told, changed = replan(plan, effect, amended, catalog, assets, partial(stored_plan, self._book))
        if changed is not None:
            claimed = self._book.claim(changed, assets, catalog, datetime.now(UTC), waits=False)
            if claimed is MOVED:
                raise ApplicationError(f"What order {effect.number} changes has moved meanwhile.", type="AssetsMove")
            if isinstance(claimed, Blocked):
                refused = f"Order {claimed.number} is changing the asset {claimed.claim.asset} at present."
                told, changed = ChangePlanned(number_of=effect.number_of, refused=refused), None
        if changed is None:
            logger.info("Change %d is refused: %s", effect.number_of, told.refused)
        else:
            logger.info("Change %d makes version %d of the order", effect.number_of, changed.version)
        return told

    def _amended(self, effect: PlanChange) -> Order | None:
        if not isinstance(effect.wanted, Amend):
            return None
        order = self._book.version(effect.number, effect.wanted.order)
        if order is None:
            # The accepted content is a version like those that came later: an order may be changed back to it.
            accepted = self._book.order(effect.number)
            order = accepted.order if accepted and accepted.order.digest == effect.wanted.order else None
        if order is None:
            message = f"Order {effect.number} has no version {effect.wanted.order} in the order book."
            raise ApplicationError(message, type="VersionUnknown")
        return order

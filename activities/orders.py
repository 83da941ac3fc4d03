"""Activities on the order book: plan the order, open a task, write progress."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from functools import partial

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.stored import stored_catalog, stored_plan
from activities.watch import PLACE
from catalog.base import Refused
from catalog.calendars import Calendars
from catalog.catalog import Catalog
from decomposition.needs import needs
from decomposition.plan import plan
from fulfillment.effects import Extend, OpenTask, Prepare
from fulfillment.events import Extended
from fulfillment.growing import grow
from fulfillment.planning import rejected, run_plan
from fulfillment.progress import Batch, Recalled, Written
from fulfillment.rollup import ORDER_ENDED
from fulfillment.runplan import RunPlan
from orderbook.claiming import STORED, Blocked
from orderbook.store import OrderBook
from orderbook.views import StoredOrder

logger = logging.getLogger(__name__)

_LOOKS = 5
"""How often assets are looked at that others change between a look and the claim."""

_NO_ALARM = ApplicationErrorCategory.BENIGN


class OrderActivities:
    """What an order's workflow asks of the order book; each may be repeated without harm."""

    def __init__(self, book: OrderBook, calendars: Calendars = ()) -> None:
        self._book = book
        self._calendars = calendars

    @activity.defn
    def prepare_order(self, effect: Prepare) -> RunPlan:
        """Plan the order on its pinned catalog, store the plan, and return what to run; or return a stored plan.

        The order was planned with the same code before it was accepted, so a refusal here is a defect of ours; it is
        tried again for ever, since a fixed worker can go on. But what it is to change may have changed, or ended, while
        it waited for its claim: then the order is rejected.
        """
        PLACE.set({"order": effect.number})
        if effect.plan:
            former = partial(stored_plan, self._book)
            return run_plan(former(effect.plan), former)
        stored = self._book.order(effect.number)
        if stored is None:
            raise ApplicationError(f"Order {effect.number} is not in the order book.", type="OrderUnknown")
        catalog = stored_catalog(self._book, stored.catalog)
        for _ in range(_LOOKS):
            assets = self._book.assets_for(stored.order, catalog)
            planned = plan(stored.order, catalog, assets, now=stored.accepted_at, calendars=self._calendars)
            if isinstance(planned, Refused):
                return _rejected(stored, catalog, planned)
            claimed = self._book.claim(planned, assets, catalog, datetime.now(UTC))
            if isinstance(claimed, Blocked):
                # Asked again after a while, for as long as it takes: the delays are those of every regular activity.
                raise ApplicationError(f"Order {effect.number} {claimed}.", type="Waits", category=_NO_ALARM)
            if claimed is STORED:
                logger.info("Order begins: %d steps are planned", len(planned.steps))
                return run_plan(planned)
        raise ApplicationError(f"What order {effect.number} changes is changed all the time.", type="AssetsMove")

    @activity.defn
    def extend_plan(self, effect: Extend) -> Extended:
        """Plan the alternative to a step on the order's pinned catalog, store the plan that grew by it, and return what
        is new; or return why there is none.
        """
        PLACE.set({"order": effect.number, "step": effect.step})
        former = stored_plan(self._book, effect.plan)
        told, grown = grow(former, stored_catalog(self._book, former.catalog), effect)
        if grown is not None:
            self._book.store_plan(grown)
            logger.info("Plan grows by the alternative %s: %d steps", effect.group, len(grown.extensions[-1].steps))
        return told

    @activity.defn
    def recall_order(self, effect: Prepare) -> Recalled:
        """Return how far the order had come, as the order book knows it."""
        return Recalled(earlier=self._book.progress(effect.number))

    @activity.defn
    def open_task(self, effect: OpenTask) -> None:
        """Acknowledge that a person is asked, as a row of its own in the Web UI.

        The task reaches the book with the next batch of progress.
        """

    @activity.defn
    def write_progress(self, batch: Batch) -> Written:
        """Write a batch of progress; writing it again replaces what stands under its number."""
        PLACE.set({"order": batch.number})
        written = self._book.write_batch(batch)
        _tell(batch)
        return written


def _rejected(stored: StoredOrder, catalog: Catalog, refused: Refused) -> RunPlan:
    """Return what to run of an order that cannot be fulfilled any more: nothing, for these reasons.

    A calendar that this worker lacks is no such reason: it is the worker that has to change.
    """
    told = "\n".join(str(issue) for issue in refused.issues)
    if not needs(stored.order, catalog).any or any(each.check == "unknown_calendar" for each in refused.issues):
        raise ApplicationError(told, type="PlanRefused")
    logger.info("Order is rejected: %s", told)
    return rejected(stored.order, catalog, " ".join(each.message for each in refused.issues))


def _tell(batch: Batch) -> None:
    """Log what people wait for; a batch that is written again, or tells all there is, tells it again."""
    for each in batch.fallouts:
        if not each.resolution:
            where = {"step": each.step, "attempt": each.attempts}
            logger.info("Step parked by %s: %s", each.failure.code, each.why, extra=where)
    if batch.state in ORDER_ENDED:
        logger.info("Order ended: %s", batch.state)

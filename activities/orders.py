"""Activities on the order book: plan the order, open a task, write progress."""

from __future__ import annotations

from temporalio import activity
from temporalio.exceptions import ApplicationError

from catalog.base import Refused
from decomposition.plan import plan
from fulfillment.effects import OpenTask, Prepare
from fulfillment.planning import run_plan
from fulfillment.progress import Batch, Written
from fulfillment.runplan import RunPlan
from orderbook.store import OrderBook


class OrderActivities:
    """What an order's workflow asks of the order book; each may be repeated without harm."""

    def __init__(self, book: OrderBook) -> None:
        self._book = book

    @activity.defn
    def prepare_order(self, effect: Prepare) -> RunPlan:
        """Plan the order on its pinned catalog, store the plan, and return what to run.

        The order was planned with the same code before it was accepted, so a refusal here is a defect of ours; it is
        tried again for ever, since a fixed worker can go on.
        """
        stored = self._book.order(effect.number)
        if stored is None:
            raise ApplicationError(f"Order {effect.number} is not in the order book.", type="OrderUnknown")
        catalog = self._book.catalog(stored.catalog)
        if catalog is None:
            raise ApplicationError(f"Catalog {stored.catalog} is not in the order book.", type="CatalogUnknown")
        planned = plan(stored.order, catalog, now=stored.accepted_at)
        if isinstance(planned, Refused):
            raise ApplicationError("\n".join(str(issue) for issue in planned.issues), type="PlanRefused")
        self._book.store_plan(planned)
        return run_plan(planned)

    @activity.defn
    def open_task(self, effect: OpenTask) -> None:
        """Acknowledge that a person is asked, as a row of its own in the Web UI.

        The task reaches the book with the next batch of progress.
        """

    @activity.defn
    def write_progress(self, batch: Batch) -> Written:
        """Write a batch of progress; writing it again replaces what stands under its number."""
        return self._book.write_batch(batch)

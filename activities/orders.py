"""Activities on the order book: plan the order, open a task, write progress."""

from __future__ import annotations

import logging

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.watch import PLACE
from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.extend import extend
from decomposition.extensions import Cause
from decomposition.model import OrderPlan
from decomposition.plan import plan
from fulfillment.effects import Extend, OpenTask, Prepare
from fulfillment.events import Extended
from fulfillment.planning import LARGEST_GROWN, growth, run_plan
from fulfillment.progress import Batch, Recalled, Written
from fulfillment.rollup import ORDER_ENDED
from fulfillment.runplan import RunPlan
from orderbook.store import OrderBook

logger = logging.getLogger(__name__)


class OrderActivities:
    """What an order's workflow asks of the order book; each may be repeated without harm."""

    def __init__(self, book: OrderBook) -> None:
        self._book = book

    @activity.defn
    def prepare_order(self, effect: Prepare) -> RunPlan:
        """Plan the order on its pinned catalog, store the plan, and return what to run; or return a stored plan.

        The order was planned with the same code before it was accepted, so a refusal here is a defect of ours; it is
        tried again for ever, since a fixed worker can go on.
        """
        PLACE.set({"order": effect.number})
        if effect.plan:
            return run_plan(self._stored(effect.plan))
        stored = self._book.order(effect.number)
        if stored is None:
            raise ApplicationError(f"Order {effect.number} is not in the order book.", type="OrderUnknown")
        planned = plan(stored.order, self._catalog(stored.catalog), now=stored.accepted_at)
        if isinstance(planned, Refused):
            raise ApplicationError("\n".join(str(issue) for issue in planned.issues), type="PlanRefused")
        self._book.store_plan(planned)
        logger.info("Order begins: %d steps are planned", len(planned.steps))
        return run_plan(planned)

    @activity.defn
    def extend_plan(self, effect: Extend) -> Extended:
        """Plan the alternative to a step on the order's pinned catalog, store the plan that grew by it, and return what
        is new; or return why there is none.
        """
        PLACE.set({"order": effect.number, "step": effect.step})
        former = self._stored(effect.plan)
        cause = Cause(
            step=effect.step,
            group=effect.group,
            number=effect.fallout,
            rule=effect.rule,
            actor=effect.actor,
            reason=effect.reason,
        )
        extended = extend(former, self._catalog(former.catalog), cause, effect.at)
        if isinstance(extended, Refused):
            return Extended(step=effect.step, refused=_in_words(extended))
        if (size := len(run_plan(extended).model_dump_json())) > LARGEST_GROWN:
            message = f"The plan would have {size / 1024:,.0f} KiB, and Temporal carries no more than"
            return Extended(step=effect.step, refused=f"{message} {LARGEST_GROWN // 1024:,} KiB at once.")
        self._book.store_plan(extended)
        logger.info("Plan grows by the alternative %s: %d steps", effect.group, len(extended.extensions[-1].steps))
        return Extended(step=effect.step, growth=growth(former, extended))

    def _catalog(self, digest: str) -> Catalog:
        found = self._book.catalog(digest)
        if found is None:
            raise ApplicationError(f"Catalog {digest} is not in the order book.", type="CatalogUnknown")
        return found

    def _stored(self, digest: str) -> OrderPlan:
        found = self._book.plan(digest)
        if found is None:
            raise ApplicationError(f"Plan {digest} is not in the order book.", type="PlanUnknown")
        return found

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


def _in_words(refused: Refused) -> str:
    """Return why something is refused, then what to do about it, each thing once."""
    said = (*(each.message for each in refused.issues), *(each.hint for each in refused.issues if each.hint))
    return " ".join(dict.fromkeys(said))


def _tell(batch: Batch) -> None:
    """Log what people wait for; a batch that is written again, or tells all there is, tells it again."""
    for each in batch.fallouts:
        if not each.resolution:
            where = {"step": each.step, "attempt": each.attempts}
            logger.info("Step parked by %s: %s", each.failure.code, each.why, extra=where)
    if batch.state in ORDER_ENDED:
        logger.info("Order ended: %s", batch.state)

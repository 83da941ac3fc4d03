"""What the fallout rules decide about failures that happened in no call: of callbacks, pauses and conditions."""

from __future__ import annotations

import logging

from temporalio import activity

from activities.watch import PLACE
from catalog.environment import Environment
from fulfillment.effects import Judge
from fulfillment.events import Judged
from fulfillment.judging import judged
from orderbook.store import OrderBook

logger = logging.getLogger(__name__)


class FalloutActivities:
    """Asks the fallout rules in force on behalf of orders, which do not know the environment."""

    def __init__(self, book: OrderBook, environment: Environment) -> None:
        self._book = book
        self._environment = environment

    @activity.defn
    def judge(self, effect: Judge) -> Judged:
        """Return what the rules in force decide about a failure.

        Raises:
            BookError: the plan cannot be read now; without the products of the step another rule might match.
        """
        PLACE.set({"order": effect.number, "step": effect.step, "attempt": effect.attempts})
        answer = judged(effect, self._book.plan(effect.plan), self._environment.fallout_rules)
        logger.info("Failure %s is judged: %s", effect.failure.code, answer.decision.kind)
        return answer

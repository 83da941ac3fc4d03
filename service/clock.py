"""The clock of each worker process: what must be looked at again and again, each minute.

Any number of clocks do no harm: starting an order that runs already changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from orderbook.errors import BookError
from orderbook.store import OrderBook
from service.orders import start
from service.settings import Settings

PERIOD = timedelta(minutes=1)
PATIENCE = timedelta(seconds=60)
"""How long an order may stand in the book without its workflow: a submit that was cut short is repaired after it."""

logger = logging.getLogger(__name__)


async def keep_time(client: Client, book: OrderBook, settings: Settings, period: timedelta = PERIOD) -> None:
    """Sweep now and after each period, until cancelled; what cannot be reached is tried again next time."""
    while True:
        try:
            await sweep(client, book, settings, datetime.now(UTC))
        except (BookError, RPCError) as error:
            logger.warning("The sweeper could not look for orders that wait to be started: %s", error)
        await asyncio.sleep(period.total_seconds())


async def sweep(client: Client, book: OrderBook, settings: Settings, now: datetime) -> tuple[str, ...]:
    """Start the orders that were accepted over a minute before `now` and have no workflow; return their numbers."""
    waiting = await asyncio.to_thread(book.unstarted, now - PATIENCE)
    for each in waiting:
        if stored := await asyncio.to_thread(book.order, each.number):
            await start(client, settings, stored)
            logger.info("Order %s had been accepted but not started: it is now.", each.number)
    return tuple(each.number for each in waiting)

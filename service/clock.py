"""The clock of each worker process: what must be looked at again and again, each minute.

Any number of clocks do no harm: starting an order that runs already changes nothing, and a loss is recorded once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from orderbook.errors import BookError
from orderbook.store import OrderBook
from service.announcing import announce
from service.jeopardy import watch_for_jeopardy
from service.lost import find_lost
from service.orders import start
from service.reminders import keep_people
from service.settings import Settings
from service.systems import tell_waiting

PERIOD = timedelta(minutes=1)
PATIENCE = timedelta(seconds=60)
"""How long an order may stand in the book without its workflow before it is repaired: a submit may be under way."""

logger = logging.getLogger(__name__)


async def keep_time(client: Client, book: OrderBook, settings: Settings, period: timedelta = PERIOD) -> None:
    """Look now and after each period, until cancelled; what cannot be reached is tried again next time."""
    while True:
        now = datetime.now(UTC)
        await _tried("orders that wait to be started", sweep(client, book, settings, now))
        await _tried("orders whose execution is lost", find_lost(client, book, now, PATIENCE))
        await _tried("orders that wait for a system which is back", tell_waiting(client, book))
        await _tried("orders in danger of being late", watch_for_jeopardy(book, settings, now))
        await _tried("people who wait or are waited for", keep_people(book, settings, now))
        await _tried("fallouts whose rule tells webhooks", announce(book, now))
        await asyncio.sleep(period.total_seconds())


async def _tried(what: str, work: Awaitable[object]) -> None:
    try:
        await work
    except (BookError, RPCError) as error:
        logger.warning("The sweeper could not look for %s: %s", what, error)


async def sweep(client: Client, book: OrderBook, settings: Settings, now: datetime) -> tuple[str, ...]:
    """Start the orders that were accepted over a minute before `now` and have no workflow; return their numbers."""
    waiting = await asyncio.to_thread(book.unstarted, now - PATIENCE)
    for each in waiting:
        if stored := await asyncio.to_thread(book.order, each.number):
            await start(client, settings, stored)
            logger.info("Order %s had been accepted but not started: it is now.", each.number)
    return tuple(each.number for each in waiting)

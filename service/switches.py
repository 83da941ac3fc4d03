"""A worker's copy of the systems' switches: asked before every call, so that no call waits for the order book."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from types import MappingProxyType

from orderbook.errors import BookError
from orderbook.store import OrderBook
from orderbook.switches import SystemSwitch

PERIOD = timedelta(seconds=2)

logger = logging.getLogger(__name__)


class SwitchCopy:
    """Which systems are switched off, as of the last look; kept while the order book cannot be read."""

    def __init__(self, book: OrderBook) -> None:
        self._book = book
        self._offline: Mapping[str, SystemSwitch] = MappingProxyType({})
        self._was_read = True

    async def offline(self, system: str) -> SystemSwitch | None:
        """Return the switch of a system that is off, or None; before it keeps a step waiting, the book is asked again.

        So a system that has just come back keeps nobody waiting, and one that is on costs no look.
        """
        if system not in self._offline:
            return None
        await self.look()
        return self._offline.get(system)

    async def look(self) -> None:
        """Read the switches anew."""
        try:
            found = await asyncio.to_thread(self._book.switches)
        except BookError as error:
            # Told once: every two seconds anew, it would bury what else goes wrong meanwhile.
            if self._was_read:
                logger.warning("The switches of systems stay as they were, the order book cannot be read: %s", error)
            self._was_read = False
            return
        self._was_read = True
        self._offline = MappingProxyType({each.system: each for each in found if each.offline})

    async def keep_looking(self, period: timedelta = PERIOD) -> None:
        """Read the switches after each period, until cancelled."""
        while True:
            await asyncio.sleep(period.total_seconds())
            await self.look()


@asynccontextmanager
async def following(book: OrderBook, period: timedelta = PERIOD) -> AsyncIterator[SwitchCopy]:
    """Keep a copy of the switches while the context is open."""
    copy = SwitchCopy(book)
    await copy.look()
    looking = asyncio.create_task(copy.keep_looking(period), name="switches")
    try:
        yield copy
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking

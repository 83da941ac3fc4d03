"""The task queues of systems that their catalogs give one of their own, and the workers that poll them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

from temporalio.worker import Worker

from catalog.base import Refused
from catalog.catalog import Catalog
from orderbook.errors import BookError
from orderbook.store import OrderBook
from service.catalogs import catalog_in_use
from service.settings import Settings
from workflows.ids import own_queue

LOOK_AGAIN = timedelta(minutes=1)

logger = logging.getLogger(__name__)


class OwnQueue(NamedTuple):
    """The task queue `name` that only calls of `system` wait in."""

    system: str
    name: str


def served_catalogs(book: OrderBook, settings: Settings) -> tuple[Catalog, ...]:
    """Return the catalogs that a worker serves: those that open orders are pinned to, and the one in use, if any.

    Raises:
        BookError: the order book cannot be read.
    """
    pinned = [book.catalog(each) for each in book.open_catalogs()]
    use = catalog_in_use(settings, book)
    return (*(each for each in pinned if each), *(() if isinstance(use, Refused) else (use.catalog,)))


def own_queues(book: OrderBook, settings: Settings) -> tuple[OwnQueue, ...]:
    """Return the queues of systems that have their own in any served catalog, by system.

    Raises:
        BookError: the order book cannot be read.
    """
    return queues_of(served_catalogs(book, settings), settings.task_queue)


def queues_of(catalogs: Iterable[Catalog], task_queue: str) -> tuple[OwnQueue, ...]:
    """Return the queues of systems that have their own in any of the catalogs, by system."""
    systems = {each.name for catalog in catalogs for each in catalog.systems if each.own_queue}
    return tuple(OwnQueue(name, own_queue(task_queue, name)) for name in sorted(systems))


class Pollers:
    """One worker for each own queue, started when its queue turns up; a queue no longer named is polled on."""

    def __init__(self, build: Callable[[OwnQueue], Worker]) -> None:
        self._build = build
        self._running: dict[OwnQueue, tuple[Worker, asyncio.Task[None]]] = {}

    def poll(self, queues: Iterable[OwnQueue]) -> None:
        """Start a worker for each queue that has none, or whose worker has broken off."""
        for queue in queues:
            if queue not in self._running or self._broken_off(queue):
                worker = self._build(queue)
                self._running[queue] = worker, asyncio.create_task(worker.run(), name=f"poll {queue.name}")
                logger.info("Task queue `%s` is polled.", queue.name)

    def _broken_off(self, queue: OwnQueue) -> bool:
        _, task = self._running[queue]
        if not task.done():
            return False
        logger.error("The poller of task queue `%s` broke off: %s", queue.name, task.exception())
        return True

    async def stop(self) -> None:
        """Finish or hand back what runs, in all queues at the same time."""
        running = [(worker, task) for worker, task in self._running.values() if not task.done()]
        await asyncio.gather(*(worker.shutdown() for worker, _ in running))
        await asyncio.gather(*(task for _, task in running), return_exceptions=True)


@asynccontextmanager
async def polling(
    first: Worker, pollers: Pollers, look: Callable[[], tuple[OwnQueue, ...]], period: timedelta = LOOK_AGAIN
) -> AsyncIterator[None]:
    """Run the worker of the orders and those of own queues until the block ends; they all stop at the same time.

    `look` returns the queues there are, and is asked again after each period: versions are published at any time.
    """
    async with first:
        looking = asyncio.create_task(_keep_looking(pollers, look, period))
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, first.shutdown(), pollers.stop(), return_exceptions=True)


async def _keep_looking(pollers: Pollers, look: Callable[[], tuple[OwnQueue, ...]], period: timedelta) -> None:
    while True:
        await asyncio.sleep(period.total_seconds())
        try:
            pollers.poll(await asyncio.to_thread(look))
        except BookError as error:
            logger.warning("No look for new task queues, the order book cannot be read: %s", error)

"""The processes of an installation with a server of its own: a worker, and the receiver of callbacks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing

from temporalio.client import Client
from temporalio.service import RPCError

from catalog.base import Refused
from catalog.environment import Environment
from orderbook.store import OrderBook
from service.callbacks import tokens_of
from service.catalogs import LoadedEnvironment, environment_in_use, refusal, refuses
from service.desk import unreachable
from service.hosts import BuildWorker, hearing, stop_requested, working
from service.logs import configure, telling
from service.metrics import hosting_runtime
from service.settings import Settings
from service.temporal import connect, register_search_attributes

Tell = Callable[[str], None]


async def run_worker(settings: Settings, build_worker: BuildWorker, tell: Tell) -> Refused | None:
    """Run a worker until it is asked to stop; return what is wrong with the environment, if it cannot be used.

    Raises:
        CannotStart: the address of its metrics cannot be had, or a function is missing.
        Unreachable: Temporal does not answer.
        BookUnreachable, BookNotMigrated: the order book cannot be used.
    """
    environment = _environment(settings)
    if isinstance(environment, Refused):
        return environment
    configure(settings)
    async with _parts(settings) as (client, book):
        try:
            await register_search_attributes(client)
        except RPCError as error:
            raise unreachable(error, client) from error
        with stop_requested() as stop:
            async with working(client, book, environment, settings, build_worker):
                telling(settings, tell)(f"The worker polls task queue `{settings.task_queue}`. Ctrl-C stops it.")
                await stop.wait()
    return None


async def run_serve(settings: Settings, tell: Tell) -> Refused | None:
    """Receive callbacks until asked to stop; returns and raises as `run_worker`."""
    environment = _environment(settings)
    if isinstance(environment, Refused):
        return environment
    tokens = tokens_of(environment)
    configure(settings)
    async with _parts(settings) as (client, book):
        with stop_requested() as stop:
            async with hearing(client, book, tokens, settings) as address:
                heard = ", ".join(sorted(tokens)) or "no system: none has a token set"
                where = f"{address}/callbacks/SYSTEM"
                telling(settings, tell)(f"Callbacks are received at {where}, from {heard}. Ctrl-C stops it.")
                await stop.wait()
    return None


def _environment(settings: Settings) -> Environment | Refused:
    loaded: LoadedEnvironment = environment_in_use(settings)
    if loaded.environment is None or refuses(loaded.issues):
        return refusal(loaded.issues)
    return loaded.environment


@asynccontextmanager
async def _parts(settings: Settings) -> AsyncIterator[tuple[Client, OrderBook]]:
    client = await connect(settings, runtime=hosting_runtime(settings))
    with closing(OrderBook(settings.database)) as book:
        await asyncio.to_thread(book.ping)
        yield client, book

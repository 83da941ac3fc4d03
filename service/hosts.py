"""What one process hosts for a while: a worker with clock and gauges, the receiver of callbacks; and when it stops."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from temporalio.client import Client

from catalog.environment import Environment
from orderbook.store import OrderBook
from service.callbacks import application
from service.clock import keep_time
from service.gauges import keep_counting
from service.running import CannotStart
from service.settings import Settings
from service.webhooks import keep_posting

if TYPE_CHECKING:
    from collections.abc import Coroutine

BuildWorker = Callable[[Client, OrderBook, Environment, Settings], AbstractAsyncContextManager[object]]
"""Builds a worker that runs while its context is open; given by the composition root, since it knows all rooms."""


@contextmanager
def stop_requested() -> Iterator[asyncio.Event]:
    """Give an event that SIGINT or SIGTERM sets, instead of ending the process."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


@asynccontextmanager
async def working(
    client: Client, book: OrderBook, environment: Environment, settings: Settings, build_worker: BuildWorker
) -> AsyncIterator[None]:
    """Run worker, clock, gauges and webhooks while the context is open; leaving it finishes or hands back what runs."""
    async with (
        build_worker(client, book, environment, settings),
        _background(keep_time(client, book, settings)),
        _background(keep_counting(client, book)),
        _background(keep_posting(book, environment)),
    ):
        yield


@asynccontextmanager
async def hearing(client: Client, book: OrderBook, tokens: Mapping[str, str], settings: Settings) -> AsyncIterator[str]:
    """Receive callbacks while the context is open; give the address, `http://host:port`.

    Raises:
        CannotStart: the port cannot be had.
    """
    host, port = settings.serve_host, settings.serve_port
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        hint = "Stop what listens there, or choose another port with `DRO_SERVE_PORT`."
        raise CannotStart(f"Callbacks cannot be received at {host}:{port}: {error.strerror}. {hint}") from None
    async with serving(application(client, book, tokens), listener):
        yield f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: signals belong to the process that hosts."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: Starlette, listener: socket.socket) -> AsyncIterator[None]:
    """Serve an application on a listening socket while the context is open; then finish the open requests."""
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=5)
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="callbacks")
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        if task.done():
            task.result()
        yield
    finally:
        server.should_exit = True
        await task
        listener.close()


@asynccontextmanager
async def _background(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

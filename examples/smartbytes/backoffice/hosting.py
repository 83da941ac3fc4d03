"""The back office over TCP, in the event loop of whoever wants it there."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from examples.smartbytes.backoffice.app import opened
from examples.smartbytes.backoffice.office import Settings


@asynccontextmanager
async def serve(settings: Settings, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve a back office in the running event loop while the context is open; give its address, `http://host:port`.

    It takes no signals and ends no process. Leaving the context lets go the requests that a fault holds, finishes the
    others, and leaves unacknowledged deliveries pending in the database.

    Raises:
        OSError: the port cannot be had.
        OtherFormat: the database was written by another version.
        sqlite3.Error: the database cannot be opened.
    """
    listener = socket.create_server((host, port))
    try:
        async with opened(settings) as app, _running(app, listener):
            yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        listener.close()


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: signals belong to the process that hosts."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Protocol(H11Protocol):
    """HTTP whose requests know their TCP connection, so that `NoAnswer` can drop it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


@asynccontextmanager
async def _running(app: Starlette, listener: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app,
        http=_Protocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="back office")
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        if task.done():
            task.result()
        yield
    finally:
        app.state.office.stop_holding()
        server.should_exit = True
        await task

"""A receiver of webhooks on this machine: it keeps what it is sent, and answers as it is told."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.hosts import serving
from service.webhooks import ID


class Receiver:
    """What came, in order: all of it, and what was answered with success."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.taken: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.failures: list[int] = []
        """Statuses of the next answers, before they are successes again."""
        self.block = asyncio.Event()
        self.block.set()
        self.url = ""

    async def until(self, came: int, seconds: float = 5) -> None:
        """Return when so many posts have come; fail after so many seconds."""
        async with asyncio.timeout(seconds):
            while len(self.came) < came:  # noqa: ASYNC110 - what comes over the network sets no event
                await asyncio.sleep(0.01)

    async def receive(self, request: Request) -> Response:
        """Keep one post."""
        body = await request.body()
        self.came.append(request.headers[ID])
        await self.block.wait()
        if self.failures:
            return Response(status_code=self.failures.pop(0))
        self.taken.append(json.loads(body))
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        return Response(status_code=204)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Receiver]:
        """Listen while the context is open."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        app = Starlette(routes=[Route("/hook", self.receive, methods=["POST"])])
        async with serving(app, listener):
            yield self

"""A shop of one step, whose system refuses every call until it is opened, and tells when a call came."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.hosts import serving

STEP = "shipping.ship"

CATALOG = """\
name: One step
products:
  PARCEL: {name: Parcel}
systems:
  carrier:
    operations:
      ship: {path: /ship, request: {order: order.number}}
step_groups:
  shipping:
    steps:
      ship: {type: callout, operation: carrier.ship}
scenarios:
  SHIP: {product: PARCEL, group: shipping}
"""


class Carrier:
    """Refuses while it is closed; `came` is when the last call of each order was received."""

    def __init__(self) -> None:
        self.open = False
        self.came: dict[str, float] = {}
        self._changed = asyncio.Event()

    async def ship(self, request: Request) -> Response:
        """Take a call."""
        number = json.loads(await request.body())["order"]
        if not self.open:
            return JSONResponse({"code": "CLOSED", "message": "closed"}, 422)
        self.came[number] = time.perf_counter()
        self._changed.set()
        return JSONResponse({})

    async def has(self, number: str) -> float:
        """Return when the call of an order came, once it has."""
        while number not in self.came:
            self._changed.clear()
            await self._changed.wait()
        return self.came[number]


@asynccontextmanager
async def running_carrier() -> AsyncIterator[tuple[Carrier, str]]:
    """Give a carrier and its address while the context is open."""
    carrier = Carrier()
    app = Starlette(routes=[Route("/ship", carrier.ship, methods=["POST"])])
    listener = socket.create_server(("127.0.0.1", 0))
    async with serving(app, listener):
        yield carrier, f"http://127.0.0.1:{listener.getsockname()[1]}"


def write_shop(folder: Path, address: str) -> None:
    """Write catalog and environment of the shop."""
    for name, content in (
        ("catalog", CATALOG),
        ("environment", f"systems:\n  carrier: {{base_url: '{address}'}}\n"),
    ):
        (folder / name).mkdir(parents=True)
        (folder / name / f"{name}.yaml").write_text(content)


def written_order(folder: Path, number: str) -> Path:
    """Return the file of a fresh order."""
    file = folder / f"{number}.json"
    file.write_text(json.dumps({"number": number, "account": "ACME", "lines": {"L1": {"product": "PARCEL"}}}))
    return file

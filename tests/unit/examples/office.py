"""Builders for the back office's tests: requests, a client in process, a receiver of callbacks on a real port."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple, TypeAlias

import httpx

from examples.smartbytes.backoffice.app import opened
from examples.smartbytes.backoffice.ledger import UNDOES
from examples.smartbytes.backoffice.office import Settings

Json: TypeAlias = dict[str, object]


def a_body(operation: str, **changes: object) -> Json:
    """Return a right request for `system/operation`, with these fields changed."""
    return {"order": "ORD-1", "step": "lane.step", **_FIELDS[operation], **changes}


def a_line(line: str = "L1", **fields: object) -> Json:
    return {"line": line, "quantity": 1, **fields}


def a_callback(url: str = "http://127.0.0.1:9/callbacks") -> Json:
    return {"url": url, "token": "secret-7", "correlation": "ORD-1/ship.pack/1"}


_PAYMENT: Json = {"account": "ACME", "amount": "1299.00", "currency": "USD"}
_FIELDS: dict[str, Json] = {
    "payments/authorize": _PAYMENT,
    "payments/capture": _PAYMENT,
    "inventory/reserve": {"lines": [a_line(product="LAPTOP-13")]},
    "inventory/release": {"lines": [a_line(product="LAPTOP-13")]},
    "shipping/ship": {"lines": [a_line()], "ship_to": "1 Main Street, Reno", "callback": a_callback()},
    "licensing/activate": {"lines": [a_line()]},
    "warranty/register": {"lines": [a_line()], "years": 3, "starts_on": "2026-11-25"},
    "billing/invoice": {"lines": [a_line(amount="1299.00")], "bill_to": "ACME", "currency": "USD"},
    "revenue/recognize": {"lines": [a_line()], "amount": "1299.00", "currency": "USD"},
    "obligations/open": {"lines": [a_line()]},
    "obligations/satisfy": {"obligation_id": "OBL-000001"},
    "compensation/accrue": {"amount": "64.95", "currency": "USD"},
    **{f"{system}/{name}": {"undoes": "lane.other"} for system, name in UNDOES if name != "release"},
}


class Client:
    """Asks the back office the way the orchestrator does: one key per wanted effect."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def ask(self, operation: str, key: str, **changes: object) -> httpx.Response:
        headers = {"Idempotency-Key": key}
        return await self.http.post(f"/{operation}", json=a_body(operation, **changes), headers=headers)

    async def look_up(self, operation: str, key: str) -> Json:
        return decoded(await self.http.get(f"/{operation}/lookup", params={"key": key}))

    async def fault(self, **fields: object) -> None:
        answer = await self.http.post("/faults", json=fields)
        assert answer.status_code == 201, answer.text

    async def rows(self, path: str, order: str = "ORD-1") -> list[Json]:
        """Return the rows of `ledger`, `ledger/doubled`, `ledger/net`, `calls` or `deliveries` of an order."""
        [rows] = decoded(await self.http.get(f"/{path}", params={"order": order})).values()
        assert isinstance(rows, list)
        return rows


def decoded(answer: httpx.Response) -> Json:
    found = answer.json()
    assert isinstance(found, dict)
    return found


@asynccontextmanager
async def in_process(settings: Settings = Settings(":memory:")) -> AsyncIterator[Client]:  # noqa: B008 - immutable
    """Open a back office and a client that calls it without a socket."""
    async with opened(settings) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://office") as http:
            yield Client(http)


@asynccontextmanager
async def over_tcp(url: str) -> AsyncIterator[Client]:
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as http:
        yield Client(http)


class Received(NamedTuple):
    """One callback that came in."""

    authorization: str
    body: Json


class Receiver:
    """A server that takes callbacks and answers them with the given statuses, then with 202."""

    def __init__(self, statuses: tuple[int, ...] = ()) -> None:
        self.url = ""
        self._statuses = list(statuses)
        self._received: asyncio.Queue[Received] = asyncio.Queue()

    async def next(self) -> Received:
        return await asyncio.wait_for(self._received.get(), 5)

    def is_quiet(self) -> bool:
        return self._received.empty()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        status = self._statuses.pop(0) if self._statuses else 202
        writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        writer.close()
        self._received.put_nowait(Received(headers.get("authorization", ""), body))


@asynccontextmanager
async def receiving(*statuses: int) -> AsyncIterator[Receiver]:
    """Listen for callbacks on a free port."""
    receiver = Receiver(statuses)
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callbacks"
    async with server:
        yield receiver

"""Receives the late answers of systems over HTTP and passes each on to its order as a signal.

202 says that Temporal, or for a closed order the order book, has it: the system need not send it again.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from catalog.environment import Environment
from orderbook.errors import BookError
from orderbook.store import OrderBook
from orderbook.views import NOBODY_RUNS
from workflows.ids import workflow_id
from workflows.input import CallbackMessage

MAX_BYTES = 256 * 1024
EXCERPT = 2_000
"""How many characters of a late answer are kept; of one to an open order all, so that a restart can pass it on."""
MOST_LATE_ANSWERS = 1_000
"""How many late answers of one order the receiver keeps: a system that repeats itself fills no disk."""

logger = logging.getLogger(__name__)

_CORRELATION = re.compile(
    r"(?P<number>[A-Za-z0-9][A-Za-z0-9._-]{0,63})/(?P<step>[^/\s]{1,200})/(?P<round>[1-9][0-9]{0,5})"
)


class Correlation(NamedTuple):
    """Which call an answer belongs to."""

    number: str
    step: str
    round: int


class Malformed(Exception):
    """A body that is no callback; the message says what is wrong."""


def correlation_of(text: object) -> Correlation:
    """Return the parts of `ORDER/STEP/ROUND`.

    Raises:
        Malformed: the text is none.
    """
    match = _CORRELATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Malformed("`correlation` must be what the request gave as such: `ORDER/STEP/ROUND`")
    return Correlation(match["number"], match["step"], int(match["round"]))


def tokens_of(environment: Environment, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the bearer token of each system that may call back: the value of the variable its environment names."""
    named = {each.name: each.callback_credentials for each in environment.systems}
    return {name: environ[variable] for name, variable in named.items() if variable and environ.get(variable)}


def application(client: Client, book: OrderBook, tokens: Mapping[str, str]) -> Starlette:
    """Return the ASGI application; `tokens` is keyed by system, and a system without one is not heard."""
    receiver = _Receiver(client, book, tokens)
    return Starlette(
        routes=[
            Route("/health", _health),
            Route("/callbacks/{system}", receiver.receive, methods=["POST"]),
        ]
    )


async def _health(request: Request) -> Response:  # noqa: ARG001 - Starlette's signature
    return JSONResponse({"status": "ok"})


class _Receiver:
    """What a request needs."""

    def __init__(self, client: Client, book: OrderBook, tokens: Mapping[str, str]) -> None:
        self._client, self._book, self._tokens = client, book, tokens

    async def receive(self, request: Request) -> Response:
        """Answer one callback."""
        system = request.path_params["system"]
        if not self._is_allowed(system, request.headers.get("Authorization", "")):
            return _answer(401, f"A callback of `{system}` needs its bearer token.", {"WWW-Authenticate": "Bearer"})
        content = bytearray()
        try:
            body = await _read(request, content)
            where = correlation_of(_document(body).get("correlation"))
        except Malformed as error:
            await self._note(system, str(error), content)
            return _answer(400, f"{error}.")
        return await self._pass_on(system, where, body)

    def _is_allowed(self, system: str, authorization: str) -> bool:
        # A system without a token is compared too, so that the time tells nothing about which ones there are.
        expected = self._tokens.get(system, "")
        same = hmac.compare_digest(f"Bearer {expected}".encode(), authorization.encode())
        return same and bool(expected)

    async def _note(self, system: str, problem: str, content: bytearray) -> None:
        """Record what is no callback; that fails without a word to the system, which could not help it."""
        text = content[: 4 * EXCERPT].decode(errors="replace")
        try:
            await asyncio.to_thread(self._keep_stray, system, problem, text)
        except BookError as error:
            logger.warning("A malformed callback of `%s` is not in the order book: %s", system, error)

    def _keep_stray(self, system: str, problem: str, text: str) -> None:
        without_secret = text.replace(self._tokens[system], "…")
        self._book.record_stray(system, f"{problem}: {without_secret[:EXCERPT]}", datetime.now(UTC))

    async def _pass_on(self, system: str, where: Correlation, body: str) -> Response:
        message = CallbackMessage(step=where.step, round=where.round, body=body)
        try:
            await self._client.get_workflow_handle(workflow_id(where.number)).signal("callback", message)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                return _answer(503, "Temporal does not take the callback now. Send it again later.")
            return await self._record(system, where, body)
        return _answer(202, "passed on")

    async def _record(self, system: str, where: Correlation, body: str) -> Response:
        try:
            done = await asyncio.to_thread(self._keep, system, where, body)
        except BookError:
            return _answer(503, "The order book does not take the callback now. Send it again later.")
        return _answer(202, done)

    def _keep(self, system: str, where: Correlation, body: str) -> str:
        """Keep an answer that no execution takes, the same one once; return what was done, in words."""
        order = self._book.show(where.number)
        if order is None:
            self._keep_stray(system, f"There is no order `{where.number}`", body)
            return f"recorded: there is no order `{where.number}`"
        kept = body if order.ended_at is None else body[:EXCERPT]
        known = [(each.step, each.round, each.answer) for each in order.late_answers]
        if (where.step, where.round, kept) not in known and len(known) < MOST_LATE_ANSWERS:
            self._book.record_late_answer(*where, at=datetime.now(UTC), why=NOBODY_RUNS, answer=kept)
        return f"recorded as a late answer: {NOBODY_RUNS}"


async def _read(request: Request, content: bytearray) -> str:
    """Return the body as text; `content` has what came of it, whatever is wrong."""
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_BYTES:
            raise Malformed(f"The body is larger than {MAX_BYTES // 1024} KiB")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Malformed("The body is not in UTF-8") from None


def _document(body: str) -> Mapping[str, object]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"The body is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise Malformed("The body must be a JSON object")
    return document


def _answer(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"message": message}, status, headers)

"""One HTTP exchange with a system: the request out, the answer in, and what it means (`domain.md` E1, C8)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

import httpx

from catalog.expressions import EvaluationError
from catalog.systems import Operation
from catalog.values import NamedValues, Value
from fulfillment.answers import WrongAnswer, error_of, parse_body, read_outputs, succeeded
from fulfillment.outcomes import Failure
from fulfillment.requests import Request

LONGEST_ANSWER = 1024 * 1024
LONGEST_EXCERPT = 2_000
UNCERTAIN_REFUSALS = (408, 409)
"""Of the 4xx answers, those after which the effect may exist (`domain.md` E1)."""


class Answered(NamedTuple):
    """What an exchange brought: the outputs, or what went wrong; `note` tells how they were found, if not so."""

    result: NamedValues | Failure
    awaits_callback: bool = False
    note: str = ""


async def exchange(
    http: httpx.AsyncClient,
    base_url: str,
    request: Request,
    headers: Mapping[str, str],
    operation: Operation,
    timeout: float,  # noqa: ASYNC109 - it bounds the whole exchange, the reading of a slow answer included
) -> Answered:
    """Send the request once and read the answer; every trouble is a `Failure`, none an exception."""
    sent = {**headers, "Content-Type": "application/json", "Accept": "application/json"}
    try:
        async with (
            asyncio.timeout(timeout),
            http.stream(request.method, base_url + request.path, content=request.body, headers=sent) as response,
        ):
            text = await read(response)
    except TimeoutError:
        return _broken("TIMEOUT", f"No answer within {timeout:g} s.", request)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        return _broken("UNREACHABLE", f"No connection to {base_url}: {error}", request, refused=True)
    except httpx.HTTPError as error:
        return _broken("CONNECTION_LOST", f"The connection broke before the answer: {error!r}", request)
    return _understood(response, text, request, operation)


async def read(response: httpx.Response) -> str:
    """Return the text of an answer, of an endless one the beginning."""
    parts = bytearray()
    async for part in response.aiter_bytes():
        parts += part
        if len(parts) > LONGEST_ANSWER:
            break
    return parts[:LONGEST_ANSWER].decode("utf-8", errors="replace")


def _broken(code: str, message: str, request: Request, *, refused: bool = False) -> Answered:
    return Answered(Failure(code=code, message=message, refused=refused, request=_excerpt(request.body)))


def _understood(response: httpx.Response, text: str, request: Request, operation: Operation) -> Answered:
    status = response.status_code
    try:
        answer: Value = {"status": status, "body": parse_body(text)}
        if not succeeded(operation.success, answer):
            return _failure(response, text, request, operation, answer)
        return Answered(read_outputs(operation.outputs, answer), awaits_callback=operation.callback is not None)
    except (WrongAnswer, EvaluationError, ValueError) as error:
        failure = Failure(
            code="WRONG_ANSWER" if status < 300 else f"HTTP_{status}",
            message=str(error),
            status=status,
            refused=_refused_by(status),
            request=_excerpt(request.body),
            answer=_excerpt(text),
            retry_after=_retry_after(response),
        )
        return Answered(failure)


def _failure(response: httpx.Response, text: str, request: Request, operation: Operation, answer: Value) -> Answered:
    status = response.status_code
    code, message = error_of(operation.error_code, operation.error_message, answer)
    failure = Failure(
        code=code,
        message=message,
        status=status,
        refused=_refused_by(status) or code in operation.refused_codes,
        request=_excerpt(request.body),
        answer=_excerpt(text),
        retry_after=_retry_after(response),
    )
    return Answered(failure)


def _refused_by(status: int) -> bool:
    return 400 <= status < 500 and status not in UNCERTAIN_REFUSALS


def _retry_after(response: httpx.Response) -> timedelta | None:
    """Return the wait that the system asks for in seconds; a date is not understood, since no clock is asked here."""
    text = response.headers.get("Retry-After", "")
    return timedelta(seconds=int(text)) if text.isdecimal() and len(text) < 7 else None


def _excerpt(text: str | None) -> str:
    return (text or "")[:LONGEST_EXCERPT]

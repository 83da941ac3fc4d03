"""One HTTP exchange with a system: the request out, the answer in; `fulfillment.replies` tells what it means."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx

from catalog.systems import Operation
from fulfillment.replies import Answered, Reply, broken_off, timed_out, understood, unreachable
from fulfillment.requests import Request

LONGEST_ANSWER = 1024 * 1024


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
        return timed_out(request, timeout)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        return unreachable(request, base_url, str(error))
    except httpx.HTTPError as error:
        return broken_off(request, repr(error))
    return understood(Reply(response.status_code, text, response.headers.get("Retry-After", "")), request, operation)


async def read(response: httpx.Response) -> str:
    """Return the text of an answer, of an endless one the beginning."""
    parts = bytearray()
    async for part in response.aiter_bytes():
        parts += part
        if len(parts) > LONGEST_ANSWER:
            break
    return parts[:LONGEST_ANSWER].decode("utf-8", errors="replace")

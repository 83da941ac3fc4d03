"""The lookup that ends doubt about what a system has done, asked within the same try (`domain.md` E1, C8)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

import httpx

from activities.exchange import exchange, read
from catalog.systems import Operation
from fulfillment.doubt import NO_LOOKUP, Found, asks_lookup, found_in, held_back, settled
from fulfillment.outcomes import Failure
from fulfillment.replies import Answered
from fulfillment.requests import Request

LOOKUP_PATIENCE = 3.0
"""Seconds that the lookups of one try may take together; `workflows.calls.CALL_MARGIN` leaves room for them."""


class Contact(NamedTuple):
    """A system, and one effect that is wanted of it; `key` is its idempotency key, `timeout` in seconds."""

    http: httpx.AsyncClient
    base_url: str
    operation: Operation
    key: str
    headers: Mapping[str, str]
    timeout: float


async def ask_for(contact: Contact, request: Request, *, doubtful: bool, forgotten: bool) -> Answered:
    """Make one try, with the lookup's help where an outcome is unknown.

    `doubtful`: an earlier try may have worked. `forgotten`: the system may not know the key any more, so that this try
    could have the effect again; then the lookup is asked first, and without its answer nobody is called.
    """
    operation = contact.operation
    patience = LOOKUP_PATIENCE / 2 if forgotten else LOOKUP_PATIENCE
    if forgotten and (answered := held_back(await _look_up(contact, patience), operation)):
        return answered
    answered = await exchange(contact.http, contact.base_url, request, contact.headers, operation, contact.timeout)
    failure = answered.result
    if not isinstance(failure, Failure) or not asks_lookup(failure, operation, doubtful=doubtful):
        return answered
    return settled(failure, await _look_up(contact, patience), operation)


async def _look_up(contact: Contact, patience: float) -> Found:
    path = contact.operation.lookup
    if path is None:
        return NO_LOOKUP
    try:
        async with (
            asyncio.timeout(patience),
            contact.http.stream(
                "GET", contact.base_url + path, params={"key": contact.key}, headers=contact.headers
            ) as answer,
        ):
            text = await read(answer)
    except TimeoutError:
        return Found(None, why=f"no answer within {patience:g} s")
    except httpx.HTTPError as error:
        return Found(None, why=f"{type(error).__name__}: {error}".rstrip(": "))
    return found_in(answer.status_code, text, contact.operation)

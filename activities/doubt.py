"""Doubt about what a system has done, and the lookup that ends it (`domain.md` E1, C8).

A lookup is `GET PATH?key=KEY`, answered with `{"happened": true, "answer": {...}}` or `{"happened": false}`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

import httpx

from activities.exchange import Answered, exchange, read
from catalog.systems import Operation
from catalog.values import NamedValues
from fulfillment.answers import WrongAnswer, parse_body, read_outputs, response
from fulfillment.outcomes import KEY_FORGOTTEN, Failure
from fulfillment.requests import Request

LOOKUP_PATIENCE = 3.0
"""Seconds that the lookups of one try may take together; `workflows.calls.CALL_MARGIN` leaves room for them."""

OK = 200

STILL_AT_WORK = (408, 409, 504)
"""Answers after which the system, or one behind it, may still be at work on the request."""


class Contact(NamedTuple):
    """A system, and one effect that is wanted of it; `key` is its idempotency key, `timeout` in seconds."""

    http: httpx.AsyncClient
    base_url: str
    operation: Operation
    key: str
    headers: Mapping[str, str]
    timeout: float


class Found(NamedTuple):
    """What a lookup told: whether the effect happened, None if that is not known, and why or with which outputs not."""

    happened: bool | None
    outputs: NamedValues | None = None
    why: str = ""


async def ask_for(contact: Contact, request: Request, *, doubtful: bool, forgotten: bool) -> Answered:
    """Make one try, with the lookup's help where an outcome is unknown.

    `doubtful`: an earlier try may have worked. `forgotten`: the system may not know the key any more, so that this try
    could have the effect again; then the lookup is asked first, and without its answer nobody is called.
    """
    patience = LOOKUP_PATIENCE / 2 if forgotten else LOOKUP_PATIENCE
    if forgotten and (found := await _look_up(contact, patience)).happened is not False:
        return _settled(contact, Failure(code=KEY_FORGOTTEN, message=_nobody_called(found)), found)
    answered = await exchange(
        contact.http, contact.base_url, request, contact.headers, contact.operation, contact.timeout
    )
    failure = answered.result
    if not isinstance(failure, Failure) or contact.operation.lookup is None or (failure.refused and not doubtful):
        return answered
    found = await _look_up(contact, patience)
    told = _told(failure, found)
    return _settled(contact, told, found)


async def _look_up(contact: Contact, patience: float) -> Found:
    path, answer = contact.operation.lookup, None
    if path is None:
        return Found(None, why="the catalog declares none")
    try:
        async with (
            asyncio.timeout(patience),
            contact.http.stream(
                "GET", contact.base_url + path, params={"key": contact.key}, headers=contact.headers
            ) as answer,
        ):
            body = parse_body(await read(answer))
    except TimeoutError:
        return Found(None, why=f"no answer within {patience:g} s")
    except httpx.HTTPError as error:
        return Found(None, why=f"{type(error).__name__}: {error}".rstrip(": "))
    except WrongAnswer as wrong:
        return Found(None, why=str(wrong).rstrip("."))
    happened = body.get("happened") if isinstance(body, Mapping) and answer.status_code == OK else None
    if not isinstance(body, Mapping) or not isinstance(happened, bool):
        return Found(None, why=f"status {answer.status_code} and no `happened`")
    if not happened:
        return Found(False)
    try:
        return Found(True, read_outputs(contact.operation.outputs, response(OK, body.get("answer"))))
    except WrongAnswer as wrong:
        return Found(True, why=str(wrong))


def _settled(contact: Contact, failure: Failure, found: Found) -> Answered:
    """Return the outputs of an effect that the lookup knows, else the failure."""
    if found.outputs is None:
        return Answered(failure)
    return Answered(found.outputs, contact.operation.callback is not None, _NOTE)


_NOTE = "completed: the lookup told that a try had worked of which no good answer came"


def _told(failure: Failure, found: Found) -> Failure:
    """Return a failure with what the lookup told of it, and whether it is certain now that nothing happened."""
    refused, words = failure.refused, f"The lookup does not tell whether it happened: {found.why}."
    if found.happened:
        refused, words = False, f"The lookup says that it happened, but not with which outputs: {found.why}"
    elif found.happened is False and (failure.refused or failure.status in (None, *STILL_AT_WORK)):
        words = "The lookup says that it has not happened so far."
    elif found.happened is False:
        refused, words = True, "The lookup says that it did not happen."
    return failure.model_copy(update={"message": f"{failure.message.rstrip('.')}. {words}", "refused": refused})


def _nobody_called(found: Found) -> str:
    why = "An earlier try may have worked, and the system may have forgotten its key: a further one could do it again."
    if found.happened:
        return f"Nobody was called: an earlier try has worked, says the lookup, but not with which outputs: {found.why}"
    return (
        f"Nobody was called. {why} The lookup does not tell: {found.why}. Find out in the system: if it happened,"
        " `dro steps complete`; if not, `dro steps edit-and-retry` or `skip`, with `--nothing-happened` and `--reason`."
    )

"""What one exchange with a system means, whoever made it: an activity over HTTP, or a script (`domain.md` E1, C8)."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from catalog.expressions import EvaluationError
from catalog.systems import Operation
from catalog.values import NamedValues, Value
from fulfillment.answers import WrongAnswer, error_of, parse_body, read_outputs, succeeded
from fulfillment.outcomes import Failure
from fulfillment.requests import Request

LONGEST_EXCERPT = 2_000
UNCERTAIN_REFUSALS = (408, 409)
"""Of the 4xx answers, those after which the effect may exist (`domain.md` E1)."""


class Answered(NamedTuple):
    """What an exchange brought: the outputs, or what went wrong; `note` tells how they were found, if not so."""

    result: NamedValues | Failure
    awaits_callback: bool = False
    note: str = ""


class Reply(NamedTuple):
    """An answer as it came: its status, its text, and what its header `Retry-After` says."""

    status: int
    text: str
    retry_after: str = ""


def understood(reply: Reply, request: Request, operation: Operation) -> Answered:
    """Return what an answer says; one that cannot be read as the operation declares is a `Failure` too."""
    try:
        answer: Value = {"status": reply.status, "body": parse_body(reply.text)}
        if not succeeded(operation.success, answer):
            code, message = error_of(operation.error_code, operation.error_message, answer)
            return _failed(reply, request, code, message, listed=code in operation.refused_codes)
        return Answered(read_outputs(operation.outputs, answer), awaits_callback=operation.callback is not None)
    except (WrongAnswer, EvaluationError, ValueError) as error:
        code = "WRONG_ANSWER" if reply.status < 300 else f"HTTP_{reply.status}"
        return _failed(reply, request, code, str(error))


def timed_out(request: Request, seconds: float) -> Answered:
    """Return that no answer came in time."""
    return _broken("TIMEOUT", f"No answer within {seconds:g} s.", request)


def unreachable(request: Request, base_url: str, why: str) -> Answered:
    """Return that there was no connection, so that certainly nothing happened."""
    return _broken("UNREACHABLE", f"No connection to {base_url}: {why}", request, refused=True)


def broken_off(request: Request, why: str) -> Answered:
    """Return that the connection broke after the request may have arrived."""
    return _broken("CONNECTION_LOST", f"The connection broke before the answer: {why}", request)


def impossible(error: EvaluationError) -> Answered:
    """Return that the request cannot be rendered, so that nobody is called."""
    message = f"The request cannot be made from this order's data: {error}"
    return Answered(Failure(code="REQUEST_IMPOSSIBLE", message=message, refused=True))


def _broken(code: str, message: str, request: Request, *, refused: bool = False) -> Answered:
    return Answered(Failure(code=code, message=message, refused=refused, request=_excerpt(request.body)))


def _failed(reply: Reply, request: Request, code: str, message: str, *, listed: bool = False) -> Answered:
    failure = Failure(
        code=code,
        message=message,
        status=reply.status,
        refused=_refused_by(reply.status) or listed,
        request=_excerpt(request.body),
        answer=_excerpt(reply.text),
        retry_after=_retry_after(reply.retry_after),
    )
    return Answered(failure)


def _refused_by(status: int) -> bool:
    return 400 <= status < 500 and status not in UNCERTAIN_REFUSALS


def _retry_after(text: str) -> timedelta | None:
    """Return the wait that the system asks for in seconds; a date is not understood, since no clock is asked here."""
    return timedelta(seconds=int(text)) if text.isdecimal() and len(text) < 7 else None


def _excerpt(text: str | None) -> str:
    return (text or "")[:LONGEST_EXCERPT]

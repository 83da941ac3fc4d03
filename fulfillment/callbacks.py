"""How the answer of an asynchronous operation is read (`domain.md` C8, E1)."""

from __future__ import annotations

from catalog.values import NamedValues
from fulfillment.answers import WrongAnswer, error_of, parse_body, read_outputs, response, storable, succeeded
from fulfillment.outcomes import Failure
from fulfillment.runplan import RunCallback

EXCERPT = 2_000

_RECEIVED = 200
"""A callback has no status of its own: without a `success` expression it is one."""


def read_callback(callback: RunCallback, body: str) -> NamedValues | Failure:
    """Return the outputs that a callback gives, or the failure that it tells or is."""
    try:
        answer = response(_RECEIVED, parse_body(body))
        if succeeded(callback.success, answer):
            return read_outputs(callback.outputs, answer)
    except WrongAnswer as wrong:
        return Failure(code="WRONG_ANSWER", message=f"The callback: {wrong}"[:EXCERPT], answer=_excerpt(body))
    code, message = error_of(callback.error_code, callback.error_message, answer)
    if code == f"HTTP_{_RECEIVED}":
        code, message = "CALLBACK_FAILED", "The callback tells a failure without an error code."
    refused = code in callback.refused_codes
    return Failure(code=code, message=message, refused=refused, answer=_excerpt(body))


def _excerpt(body: str) -> str:
    return storable(body[:EXCERPT])


def with_later(first: NamedValues, later: NamedValues) -> NamedValues:
    """Return the outputs of the call and of its callback together; of equal names the later one counts."""
    together = {each.name: each for each in (*first, *later)}
    return tuple(together[name] for name in sorted(together))

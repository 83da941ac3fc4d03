"""Doubt about what a system has done, and what its lookup tells of it (`domain.md` E1, C8).

A lookup is `GET PATH?key=KEY`, answered with `{"happened": true, "answer": {...}}` or `{"happened": false}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from catalog.systems import Operation
from catalog.values import NamedValues
from fulfillment.answers import WrongAnswer, parse_body, read_outputs, response
from fulfillment.effects import Call
from fulfillment.outcomes import KEY_FORGOTTEN, Failure
from fulfillment.replies import Answered

OK = 200

STILL_AT_WORK = (408, 409, 504)
"""Answers after which the system, or one behind it, may still be at work on the request."""


class Found(NamedTuple):
    """What a lookup told: whether the effect happened, None if that is not known, and why or with which outputs not."""

    happened: bool | None
    outputs: NamedValues | None = None
    why: str = ""


NO_LOOKUP = Found(None, why="the catalog declares none")


def found_in(status: int, text: str, operation: Operation) -> Found:
    """Return what the answer of a lookup tells."""
    try:
        body = parse_body(text)
    except WrongAnswer as wrong:
        return Found(None, why=str(wrong).rstrip("."))
    happened = body.get("happened") if isinstance(body, Mapping) and status == OK else None
    if not isinstance(body, Mapping) or not isinstance(happened, bool):
        return Found(None, why=f"status {status} and no `happened`")
    if not happened:
        return Found(False)
    try:
        return Found(True, read_outputs(operation.outputs, response(OK, body.get("answer"))))
    except WrongAnswer as wrong:
        return Found(True, why=str(wrong))


def asks_lookup(failure: Failure, operation: Operation, *, doubtful: bool) -> bool:
    """Tell whether the lookup is asked after a failed try: where what it, or an earlier one, has done is unknown."""
    return operation.lookup is not None and (doubtful or not failure.refused)


def settled(failure: Failure, found: Found, operation: Operation) -> Answered:
    """Return the outputs of an effect that the lookup knows, else the failure with what the lookup told of it."""
    return _settled(_told(failure, found), found, operation)


def held_back(found: Found, operation: Operation) -> Answered | None:
    """Return what a try comes to whose key the system may have forgotten: only if nothing happened, it is made."""
    if found.happened is False:
        return None
    return _settled(Failure(code=KEY_FORGOTTEN, message=_nobody_called(found)), found, operation)


def may_have_forgotten(keys_remembered: timedelta | None, call: Call, now: datetime) -> bool:
    """Tell whether the system may not know the call's key any more before the time of another try is up."""
    if keys_remembered is None:
        return False
    first = call.first_tried_at
    return first is None or now - first + call.timeout >= keys_remembered


def _settled(failure: Failure, found: Found, operation: Operation) -> Answered:
    if found.outputs is None:
        return Answered(failure)
    return Answered(found.outputs, operation.callback is not None, _NOTE)


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

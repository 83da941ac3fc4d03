"""Answers before they are HTTP: JSON with its status, the one form of errors, and the answer that never comes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from examples.smartbytes.backoffice.requests import Problem


@dataclass(frozen=True)
class Reply:
    """What a request is answered with; `status` is `None` where the connection is dropped without an answer."""

    status: int | None
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False

    def response(self) -> Response:
        """Return the reply as HTTP."""
        if self.status is None:
            return NoAnswer()
        return JSONResponse(dict(self.body), self.status, dict(self.headers))


DROPPED = Reply(None, {})


def failure(
    status: int, code: str, message: str, problems: Sequence[Problem] = (), retry_after: float | None = None
) -> Reply:
    """Return an error in the form all errors have: `code`, `message`, and `problems` where there are several."""
    body: dict[str, object] = {"code": code, "message": message}
    if problems:
        body["problems"] = [each.model_dump() for each in problems]
    # The header counts whole seconds; rounding down would invite the caller back too early.
    headers = {} if retry_after is None else {"Retry-After": str(math.ceil(retry_after))}
    return Reply(status, body, headers)


def invalid(error: ValidationError) -> Reply:
    """Return the answer to a request whose body does not fit, with every problem in it."""
    return malformed([_problem(each["loc"], each["msg"]) for each in error.errors()])


def _problem(location: tuple[int | str, ...], message: str) -> Problem:
    return Problem(field=".".join(str(part) for part in location), problem=message.removeprefix("Value error, "))


def malformed(problems: Sequence[Problem]) -> Reply:
    """Return the answer to a request with these problems."""
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    fields = ", ".join(f"`{each.field}`" if each.field else "the body" for each in problems)
    return failure(
        422, "INVALID_REQUEST", f"The request has {count}: {fields}. Correct what `problems` lists.", problems
    )


def decoded(body: bytes) -> Mapping[str, object] | Reply:
    """Return the JSON object in a body, or the answer that says why there is none."""
    try:
        found = json.loads(body)
    except ValueError as error:
        return malformed([Problem(field="", problem=f"is no JSON: {error}")])
    if not isinstance(found, dict):
        return malformed([Problem(field="", problem=f"must be a JSON object, got {type(found).__name__}")])
    return found


class AnswerLost(ConnectionError):
    """The connection was dropped without an answer, in a process where there is no connection to drop."""


class NoAnswer(Response):
    """Drops the connection instead of answering; the caller cannot know whether anything happened."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Abort the TCP connection that `hosting` put into the scope.

        Raises:
            AnswerLost: the application runs in process, without a connection.
        """
        transport = scope.get("state", {}).get("transport")
        if transport is None:
            raise AnswerLost("the connection was dropped without an answer")
        transport.abort()
        # The server takes a return without an answer for a fault of ours unless it has seen the connection end.
        while (await receive())["type"] != "http.disconnect":
            continue

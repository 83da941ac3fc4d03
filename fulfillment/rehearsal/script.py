"""What a design test says: an order, how systems answer, what people do, and what is expected (`domain.md` C12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, BeforeValidator, Field, model_validator

from catalog.base import Frozen
from catalog.fields import Duration, Literal, from_mapping
from decomposition.order import GivenAttributes, Order
from fulfillment.commands import GivenValues
from fulfillment.rehearsal.document import Document
from fulfillment.rehearsal.expectation import Expectation
from fulfillment.rehearsal.owned import OwnedField
from fulfillment.rehearsal.said import SaidField

NOTHING = timedelta(0)


class Trouble(StrEnum):
    """Why no answer comes: none in time, no connection at all, or a connection that broke after the request."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    LOST = "lost"


class Header(Frozen):
    """A header of an answer; `Retry-After` is the one that anything reads."""

    name: str
    """Its name."""
    value: Literal
    """Its value."""


def _headers(raw: object) -> object:
    return tuple({"name": name, "value": value} for name, value in raw.items()) if isinstance(raw, Mapping) else raw


class LookedUp(Frozen):
    """What the operation's lookup tells of the effect; `answer` is what the system had answered then."""

    happened: bool
    """Whether the effect has happened."""
    answer: Document | None = None
    """What the system had answered then."""


class Later(Frozen):
    """The callback of an asynchronous operation, `after` it was accepted."""

    after: Duration = NOTHING
    """How long after the call was accepted it comes."""
    body: Document
    """What the system sends."""


class Answer(Frozen):
    """How a system answers one call, `after` some time: with outputs, with a status and a body, or not at all.

    Outputs that `outputs` does not name are made up by their types; they complete an asynchronous operation at once.
    Without `status` it is 200, or 202 where a `callback` follows. `lookup` is what its lookup tells if it is asked.
    """

    after: Duration = NOTHING
    """How long after the call it comes."""
    outputs: GivenAttributes | None = None
    """Outputs by name; those that are left out are made up by their types."""
    status: Annotated[int, Field(ge=100, le=599)] | None = None
    """HTTP status; 200 if left out, or 202 where a callback follows."""
    body: Document = ""
    """What is sent: text, or a document that is sent as JSON."""
    headers: Annotated[tuple[Header, ...], BeforeValidator(_headers, json_schema_input_type=Mapping[str, Literal])] = ()
    """Headers by name."""
    callback: Later | None = None
    """The callback of an asynchronous operation."""
    error: Trouble | None = None
    """Why no answer comes."""
    lookup: LookedUp | None = None
    """What the operation's lookup tells if it is asked."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        sent = bool(self.status or self.body or self.headers or self.callback)
        if (self.error is not None) + (self.outputs is not None) + sent > 1:
            raise ValueError("give one of `error`, `outputs`, or a `status`, `body`, `headers` and `callback`")
        return self

    @property
    def is_made_up(self) -> bool:
        """True if it gives outputs instead of what the wire would carry."""
        return self.error is None and not (self.status or self.body or self.headers or self.callback)

    @property
    def retry_after(self) -> str:
        """What the header `Retry-After` says."""
        return next((each.value for each in self.headers if each.name.lower() == "retry-after"), "")


class Answers(Frozen):
    """The answers to calls of one step or operation, one after another; the last one repeats.

    `to` is the id of a step, its definition `GROUP.STEP`, or an operation `SYSTEM.OPERATION`: the first of these that
    the script has is used.
    """

    to: str
    """Who is answered."""
    answers: Annotated[tuple[Answer, ...], Field(min_length=1)]
    """One after another; the last one repeats."""


def _answers(raw: object) -> object:
    if not isinstance(raw, Mapping):
        return raw
    return tuple({"to": to, "answers": each if isinstance(each, list | tuple) else (each,)} for to, each in raw.items())


class Task(Frozen):
    """What a person fills in, and how long after the task was opened; `step` is an id or a definition."""

    step: str
    """The task's step: its id, or its definition `GROUP.STEP`."""
    values: GivenValues = ()
    """What the person fills in, by name."""
    after: Duration = NOTHING
    """How long after the task was opened."""


class Facts(Frozen):
    """Facts that become known `at` a time after the order's acceptance, of the order or of one line."""

    at: Duration = NOTHING
    """How long after the order's acceptance they become known."""
    values: GivenValues
    """The facts, by name."""
    line: str | None = None
    """Of which line; of the order if left out."""


class Given(Frozen):
    """What tests of a file have in common; each may say otherwise.

    `order_file` and `environment` are paths from the file's folder. Without `now`, the order is accepted at 08:00 UTC
    of its order date, else of Monday 2026-01-05. The clock stops `until` after that, if the order does not rest before.
    """

    order: Order | None = None
    """The order, as in an order file."""
    order_file: str | None = None
    """File of the order, as a path from this file's folder."""
    environment: str | None = None
    """Folder of the environment whose fallout rules are in force, as a path from this file's folder."""
    now: AwareDatetime | None = None
    """When the order is accepted; 08:00 UTC of its order date if left out, else of Monday 2026-01-05."""
    until: Duration | None = None
    """How long after that the clock stops, if the order does not rest before."""
    assets: OwnedField = ()
    """What the account has before, by id."""
    answers: Annotated[
        tuple[Answers, ...],
        BeforeValidator(_answers, json_schema_input_type=Mapping[str, Answer | tuple[Answer, ...]]),
    ] = ()
    """How systems answer: by id of a step, by `GROUP.STEP`, or by `SYSTEM.OPERATION`; made up if left out."""
    tasks: Annotated[tuple[Task, ...], from_mapping("step")] = ()
    """What people fill in, by step."""
    facts: tuple[Facts, ...] = ()
    """Facts that become known."""
    commands: tuple[SaidField, ...] = ()
    """What people ask of the order while it runs."""

    @model_validator(mode="after")
    def _one_order(self) -> Self:
        if self.order is not None and self.order_file is not None:
            raise ValueError("give `order` or `order_file`, not both")
        return self


class DesignTest(Given):
    """One test: what is given, and what is expected of it."""

    expect: Expectation
    """What is to happen."""

    def with_given(self, common: Given) -> DesignTest:
        """Return the test with what its file has in common; answers and tasks of the same name are the test's own."""
        own = {name: getattr(self, name) for name in self.model_fields_set}
        if "order" in own or "order_file" in own:
            common = common.model_copy(update={"order": None, "order_file": None})
        shared = {name: getattr(common, name) for name in Given.model_fields}
        answered, done = {each.to for each in self.answers}, {each.step for each in self.tasks}
        own["answers"] = (*self.answers, *(each for each in common.answers if each.to not in answered))
        own["tasks"] = (*self.tasks, *(each for each in common.tasks if each.step not in done))
        return self.model_copy(update={**shared, **own})

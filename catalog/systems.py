"""Systems and their operations: what a callout sends, and how its answer is read (`domain.md` C8).

Nothing but configuration is needed to add one: HTTP and JSON, with expressions for what varies.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field

from catalog.base import Frozen, Name
from catalog.fields import Duration, ExpressionText, from_mapping, sorted_by
from catalog.values import ValueType


class Method(StrEnum):
    """HTTP method of an operation."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


class TemplateField(Frozen):
    """One named part of a JSON object."""

    name: str
    template: Template


class Template(Frozen):
    """The shape of a JSON document with expressions at its leaves: exactly one of the four is given.

    In files: text is an expression, a mapping an object, a list a list; `{each: EXPRESSION, as: TEMPLATE}` gives one
    element for each element of a list, which the inner template reads as `item`.
    """

    expression: ExpressionText | None = None
    fields: tuple[TemplateField, ...] | None = None
    elements: tuple[Template, ...] | None = None
    each: ExpressionText | None = None
    element: Template | None = None


def _template(raw: object) -> object:
    if isinstance(raw, Template):
        return raw
    if isinstance(raw, str):
        return {"expression": raw}
    if isinstance(raw, list):
        return {"elements": [_template(each) for each in raw]}
    if isinstance(raw, Mapping):
        return _mapping_template(raw)
    if isinstance(raw, bool):
        return {"expression": "true" if raw else "false"}
    return {"expression": str(raw)}


def _mapping_template(raw: Mapping[str, object]) -> object:
    if set(raw) == {"each", "as"}:
        return {"each": raw["each"], "element": _template(raw["as"])}
    if set(raw) == set(Template.model_fields):
        return raw  # the form that canonical JSON has: every field of the model, most of them null
    return {"fields": [{"name": name, "template": _template(part)} for name, part in raw.items()]}


class OutputMapping(Frozen):
    """A typed value read from an answer; an output that is not `optional` must be there."""

    name: Name
    type: ValueType
    value: ExpressionText
    optional: bool = False


Outputs: TypeAlias = Annotated[tuple[OutputMapping, ...], from_mapping("name"), sorted_by("name")]


class Callback(Frozen):
    """How an asynchronous operation answers later; names in reach: `response`, the callback's `body`."""

    deadline: Duration = timedelta(hours=1)
    success: ExpressionText | None = None
    outputs: Outputs = ()


class Operation(Frozen):
    """One thing a system can do.

    `request` has in reach `order`, `line` or `lines`, `step`, `callback` and `input`, the values the step maps in;
    `success` and outputs read `response.status` and `response.body`. Without `success`, a status below 300 is one.
    `refused_codes` are error codes after which certainly nothing happened (`domain.md` E1).
    """

    name: Name
    title: str = ""
    method: Method = Method.POST
    path: str = Field(pattern=r"^/[A-Za-z0-9/_.-]*$")
    request: Annotated[Template, BeforeValidator(_template)] | None = None
    success: ExpressionText | None = None
    outputs: Outputs = ()
    error_code: ExpressionText = "response.body.code"
    error_message: ExpressionText = "response.body.message"
    refused_codes: tuple[str, ...] = ()
    callback: Callback | None = None
    timeout: Duration = timedelta(seconds=10)
    lookup: str | None = Field(default=None, pattern=r"^/[A-Za-z0-9/_.-]*$")


class System(Frozen):
    """A system that fulfils something; with `own_queue` its calls have a Temporal task queue of their own."""

    name: Name
    title: str = ""
    own_queue: bool = False
    operations: Annotated[tuple[Operation, ...], from_mapping("name"), sorted_by("name")] = ()

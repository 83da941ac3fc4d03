"""Systems and their operations: what a callout sends, and how its answer is read (`domain.md` C8).

Nothing but configuration is needed to add one: HTTP and JSON, with expressions for what varies.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema

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
    """Name of the part."""
    template: Template
    """Its shape."""


class Template(Frozen):
    """The shape of a JSON document with expressions at its leaves.

    In files: text is an expression, a mapping an object, a list a list; `{each: EXPRESSION, as: TEMPLATE}` gives one
    element for each element of a list, which the inner template reads as `item`.
    """

    # Of these, exactly one is given, or the last two together.

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Describe templates as people write them."""
        own = handler.resolve_ref_schema(handler(schema))
        inner = own["properties"]["element"]["anyOf"][0]  # how the schema refers to templates inside this one
        parts = {"type": "object", "additionalProperties": {**inner}}, {"type": "array", "items": {**inner}}
        return {"description": own["description"], "anyOf": [{"type": ["string", "number", "boolean"]}, *parts]}

    expression: ExpressionText | None = None
    """One value."""
    fields: tuple[TemplateField, ...] | None = None
    """An object."""
    elements: tuple[Template, ...] | None = None
    """A list."""
    each: ExpressionText | None = None
    """Expression of the list that gives the elements."""
    element: Template | None = None
    """Shape of each element; `item` is the list's."""


def _template_in(raw: object, info: ValidationInfo) -> object:
    """Take the form of the model from JSON text, which is what is stored, and what people write from anywhere else."""
    return raw if info.mode == "json" else _template(raw)


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
        return raw  # the form of the model, every field of it, most of them null
    return {"fields": [{"name": name, "template": _template(part)} for name, part in raw.items()]}


class OutputMapping(Frozen):
    """A typed value read from an answer; an output that is not `optional` must be there."""

    name: Name
    """What later steps call it, `steps.GROUP.STEP.NAME`."""
    type: ValueType
    """Kind of the value."""
    value: ExpressionText
    """Expression over `response.status` and `response.body`."""
    optional: bool = False
    """Whether it may be missing, and is null then; otherwise an answer without it is a wrong one."""


Outputs: TypeAlias = Annotated[tuple[OutputMapping, ...], from_mapping("name"), sorted_by("name")]


class Callback(Frozen):
    """How an asynchronous operation answers later; names in reach: `response`, the callback's `body`."""

    deadline: Duration = timedelta(hours=1)
    """How long to wait for it."""
    success: ExpressionText | None = None
    """Whether it tells of success, over `response.body`; always if left out."""
    outputs: Outputs = ()
    """What is read from it, by name, besides the outputs of the first answer."""


class Operation(Frozen):
    """One thing a system can do.

    `request` has in reach `order`, `line` or `lines`, `step`, `callback` and `input`, the values the step maps in;
    `success` and outputs read `response.status` and `response.body`. Without `success`, a status below 300 is one.
    `refused_codes` are error codes after which certainly nothing happened (`domain.md` E1).
    """

    name: Name
    """What steps call it, `SYSTEM.OPERATION`."""
    title: str = ""
    """What people read; the name if left out."""
    method: Method = Method.POST
    """HTTP method of the call."""
    path: str = Field(pattern=r"^/[A-Za-z0-9/_.-]*$")
    """Appended to the system's `base_url` in the environment."""
    request: Annotated[Template, BeforeValidator(_template_in)] | None = None
    """The JSON document that is sent: text is an expression, a mapping an object, a list a list."""
    success: ExpressionText | None = None
    """Whether an answer is one of success; without it, a status from 200 to 299 is."""
    outputs: Outputs = ()
    """What is read from an answer, by name."""
    error_code: ExpressionText = "response.body.code"
    """Expression for the error code of a failure."""
    error_message: ExpressionText = "response.body.message"
    """Expression for the message of a failure."""
    refused_codes: tuple[str, ...] = ()
    """Error codes after which certainly nothing happened."""
    callback: Callback | None = None
    """The answer comes later, in this way."""
    timeout: Duration = timedelta(seconds=10)
    """How long one try may take."""
    lookup: str | None = Field(default=None, pattern=r"^/[A-Za-z0-9/_.-]*$")
    """Path at which the system tells whether something happened, after a try without a good answer."""


class System(Frozen):
    """A system that fulfils something; with `own_queue` its calls have a Temporal task queue of their own."""

    name: Name
    """What operations and the environment call it."""
    title: str = ""
    """What people read; the name if left out."""
    own_queue: bool = False
    """Whether its calls have a Temporal task queue of their own, so that the environment can limit them."""
    operations: Annotated[tuple[Operation, ...], from_mapping("name"), sorted_by("name")] = ()
    """What it can do, by name."""

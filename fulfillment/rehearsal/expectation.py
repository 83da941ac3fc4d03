"""What a design test expects: exact on what it names, silent on what it does not.

`lines`, `steps`, `fallouts` and `refusals` name all there are; their variants `lines_contain` and `steps_contain` some.
A step is named by its id, or by its definition `GROUP.STEP` where the plan has one instance of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Self, TypeAlias

from pydantic import AwareDatetime, BeforeValidator, Field, model_validator

from catalog.base import Code, Frozen
from catalog.fields import from_mapping
from catalog.rules import LineAction
from decomposition.order import GivenAttributes
from fulfillment.rehearsal.document import Document
from fulfillment.states import OrderState, StepState


class ExpectedLine(Frozen):
    """A technical line, by its id: what is named of it, and the attributes that are."""

    id: str
    """Its id."""
    product: Code | None = None
    """Its technical product."""
    quantity: Decimal | None = None
    """Its quantity."""
    action: LineAction | None = None
    """What is done with it."""
    attributes: GivenAttributes = ()
    """Values of its attributes, by name; those that are named are compared."""


class ExpectedStep(Frozen):
    """A step, and its state where one is given."""

    id: str
    """Its id, or its definition `GROUP.STEP`."""
    state: StepState | None = None
    """Its state at the end."""


class ExpectedAfter(Frozen):
    """The steps that a step waits for, all of them."""

    step: str
    """The step."""
    after: Annotated[
        tuple[str, ...],
        BeforeValidator(
            lambda raw: (raw,) if isinstance(raw, str) else raw, json_schema_input_type=str | tuple[str, ...]
        ),
    ]
    """All the steps that it waits for."""


class ExpectedValues(Frozen):
    """The values of a step: the input and the request body of its last call, and its outputs."""

    step: str
    """The step."""
    input: Document | None = None
    """Input of its last call, or what is named of it."""
    request: Document | None = None
    """Request body of its last call, or what is named of it."""
    outputs: GivenAttributes = ()
    """Its outputs, by name; those that are named are compared."""


class ExpectedRefusal(Frozen):
    """A reason why the order is refused: the check that found it, and a part of its text."""

    check: str
    """The check that found the reason."""
    text: str = ""
    """A part of its text."""


class ExpectedFallout(Frozen):
    """A fallout of a step: error code, rule (null: none matched), queue, a part of the reason, how it was resolved."""

    code: str | None = None
    """Error code."""
    rule: str | None = None
    """Fallout rule that decided; null if none matched."""
    queue: str | None = None
    """Queue in which it waits."""
    text: str = ""
    """A part of its reason."""
    resolution: str | None = None
    """How it was resolved."""


class ExpectedFallouts(Frozen):
    """All fallouts of a step, in order."""

    step: str
    """The step."""
    fallouts: tuple[ExpectedFallout, ...]
    """Its fallouts, in order."""


class ExpectedCalls(Frozen):
    """How often an operation was called, over all its steps and tries."""

    operation: str
    """The operation, `SYSTEM.OPERATION`."""
    times: Annotated[int, Field(ge=0)]
    """How often it is called."""


class ExpectedAsset(Frozen):
    """How much of a product the account has afterwards."""

    product: str
    """Which product, commercial or technical."""
    quantity: Decimal
    """How much of it, over all its assets."""


class ExpectedState(Frozen):
    """The state of an order line."""

    line: str
    """The order line."""
    state: OrderState
    """Its state at the end."""


class ExpectedDates(Frozen):
    """Dates of a step: as planned when the order was accepted, the earliest its schedule allows, and as it went."""

    step: str
    """The step."""
    planned_start: AwareDatetime | None = None
    """Planned start, when the order is accepted."""
    planned_end: AwareDatetime | None = None
    """Planned end, when the order is accepted."""
    not_before: AwareDatetime | None = None
    """The earliest start that its schedule allows."""
    started: AwareDatetime | None = None
    """When it starts."""
    ended: AwareDatetime | None = None
    """When it ends."""


def _steps(raw: object) -> object:
    if isinstance(raw, Mapping):
        return tuple({"id": each, "state": state} for each, state in raw.items())
    if isinstance(raw, list | tuple):
        return tuple({"id": each} if isinstance(each, str) else each for each in raw)
    return raw


def _pairs(key: str, value: str, kind: Any) -> BeforeValidator:
    """Take `{KEY: VALUE}` for entries with two fields; `kind` is the type of values as they are written."""

    def convert(raw: object) -> object:
        if not isinstance(raw, Mapping):
            return raw
        return tuple({key: name, value: each} for name, each in raw.items())

    return BeforeValidator(convert, json_schema_input_type=Mapping[str, kind])


def _fallouts(raw: object) -> object:
    if not isinstance(raw, Mapping):
        return raw
    return tuple(
        {"step": step, "fallouts": each if isinstance(each, list | tuple) else (each,)} for step, each in raw.items()
    )


Lines = Annotated[tuple[ExpectedLine, ...], from_mapping("id")]
_WrittenSteps: TypeAlias = Mapping[str, StepState | None] | tuple[str | ExpectedStep, ...]
Steps = Annotated[tuple[ExpectedStep, ...], BeforeValidator(_steps, json_schema_input_type=_WrittenSteps)]


class Expectation(Frozen):
    """Everything that a test expects; what is not given is not looked at."""

    lines: Lines | None = None
    """All technical lines, by id."""
    lines_contain: Lines | None = None
    """Some technical lines, by id."""
    steps: Steps | None = None
    """All steps: a list of names, or states at the end by name."""
    steps_contain: Steps | None = None
    """Some steps, in the same way."""
    dependencies: Annotated[tuple[ExpectedAfter, ...], _pairs("step", "after", str | tuple[str, ...])] | None = None
    """What steps wait for, all of it: names of steps by step."""
    values: Annotated[tuple[ExpectedValues, ...], from_mapping("step")] | None = None
    """What steps are called with and give, by step."""
    refusals: tuple[ExpectedRefusal, ...] | None = None
    """All reasons why the order is refused."""
    order_state: OrderState | None = None
    """State of the order at the end."""
    line_states: Annotated[tuple[ExpectedState, ...], _pairs("line", "state", OrderState)] | None = None
    """States of order lines at the end, by line."""
    fallouts: (
        Annotated[
            tuple[ExpectedFallouts, ...],
            BeforeValidator(
                _fallouts, json_schema_input_type=Mapping[str, ExpectedFallout | tuple[ExpectedFallout, ...]]
            ),
        ]
        | None
    ) = None
    """All fallouts, one or a list, by step."""
    calls: Annotated[tuple[ExpectedCalls, ...], _pairs("operation", "times", Annotated[int, Field(ge=0)])] | None = None
    """How often operations are called, by operation."""
    assets: Annotated[tuple[ExpectedAsset, ...], _pairs("product", "quantity", Decimal)] | None = None
    """All that the account has afterwards: how much, by product."""
    dates: Annotated[tuple[ExpectedDates, ...], from_mapping("step")] | None = None
    """Dates of steps, by step."""
    predicted_completion: AwareDatetime | None = None
    """When the order is predicted to complete, as it is accepted."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        given = self.model_fields_set
        if not given:
            raise ValueError(f"expect something: one of {', '.join(f'`{each}`' for each in type(self).model_fields)}")
        if empty := [each for each in sorted(given) if getattr(self, each) is None]:
            raise ValueError(f"`{empty[0]}` expects nothing yet; leave it out, or write `[]` or `{{}}` for none at all")
        if self.refusals and len(given) > 1:
            raise ValueError("a refused order has nothing but `refusals`; expect the rest in another test")
        return self

"""The request of a call, rendered from the stored plan and the values the call carries: same bytes on every try."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from catalog.expressions import parse
from catalog.steps import Callout
from catalog.systems import Operation, Template
from catalog.values import Value, from_text, to_text
from decomposition.model import Definition, OrderPlan, Step
from decomposition.records import step_names
from fulfillment.effects import Call
from fulfillment.names import steps_record


class Request(NamedTuple):
    """What goes over the wire: `body` is JSON text, None where the operation sends none."""

    method: str
    path: str
    body: str | None


class PlanLookup:
    """The parts of a plan by id, indexed once for all its calls."""

    def __init__(self, plan: OrderPlan) -> None:
        self.plan = plan
        self._steps = {step.id: step for step in plan.steps}
        self._definitions = {each.id: each for each in plan.definitions}
        self.tables = {
            table.name: {from_text(row.key, table.key): from_text(row.value, table.value) for row in table.rows}
            for table in plan.tables
        }

    def step(self, step_id: str) -> Step:
        """Return the step of this id; a missing one is a KeyError, since the plan is what the call came from."""
        return self._steps[step_id]

    def definition(self, step: Step) -> Definition:
        """Return what the step is an instance of."""
        return self._definitions[step.definition]

    def operation(self, step_id: str) -> Operation:
        """Return the operation that the step calls."""
        operation = self.definition(self.step(step_id)).operation
        if operation is None:
            raise KeyError(f"step `{step_id}` calls no system")
        return operation


def idempotency_key(call: Call) -> str:
    """Return the key of an effect: order, step and round (`domain.md` E1); also the correlation id of its callback."""
    return f"{call.number}/{call.step}/{call.round}"


def render(found: PlanLookup, call: Call, callback_url: str) -> Request:
    """Return the request of `call`.

    Raises:
        EvaluationError: an expression of the request or of the step's input fails on this order's data.
    """
    step = found.step(call.step)
    definition = found.definition(step)
    operation = found.operation(call.step)
    names: dict[str, Value] = {
        **step_names(found.plan, step),
        "steps": steps_record(call.step, definition.reads, call.values),
    }
    if isinstance(definition.step, Callout):
        names["input"] = {each.name: parse(each.value).evaluate(names, found.tables) for each in definition.step.input}
    if operation.callback is not None:
        names["callback"] = {"url": callback_url, "correlation": idempotency_key(call)}
    body = None if operation.request is None else to_json(_fill(operation.request, names, found))
    return Request(operation.method.value, operation.path, body)


def _fill(template: Template, names: Mapping[str, Value], found: PlanLookup) -> Value:
    if template.fields is not None:
        return {each.name: _fill(each.template, names, found) for each in template.fields}
    if template.elements is not None:
        return tuple(_fill(each, names, found) for each in template.elements)
    if template.each is not None and template.element is not None:
        items = parse(template.each).evaluate(names, found.tables)
        if not isinstance(items, tuple):
            raise TypeError(f"`each: {template.each}` is no list")
        return tuple(_fill(template.element, {**names, "item": item}, found) for item in items)
    return parse(template.expression or "null").evaluate(names, found.tables)


def to_json(value: Value) -> str:
    """Return a value as JSON text, numbers exact, dates as text, keys in the order given."""
    match value:
        case None | bool() | int() | str():
            return json.dumps(value, ensure_ascii=False)
        case Decimal():
            return format(value, "f")
        case date():
            return json.dumps(to_text(value))
        case Mapping():
            return "{" + ",".join(f"{json.dumps(name)}:{to_json(part)}" for name, part in value.items()) + "}"
        case _:
            return "[" + ",".join(to_json(part) for part in value) + "]"

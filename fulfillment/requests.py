"""The request of a call, rendered from the stored plan and the values the call carries: same bytes on every try."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from catalog.expressions import EvaluationError, Tables, parse
from catalog.steps import AutoTask, Callout, InputMapping
from catalog.systems import Operation, Template
from catalog.values import NamedValue, NotOfType, Value, ValueType, as_record, coerce, to_text
from decomposition.model import OrderPlan
from decomposition.records import Former, no_former, step_names, tables_of
from fulfillment.answers import WrongAnswer, parse_body
from fulfillment.effects import Call
from fulfillment.names import steps_record


class Request(NamedTuple):
    """What goes over the wire: `body` is JSON text, None where the operation sends none."""

    method: str
    path: str
    body: str | None


def idempotency_key(call: Call) -> str:
    """Return the key of an effect: order, step and round (`domain.md` E1); also the correlation id of its callback."""
    return f"{call.number}/{call.step}/{call.round}"


def operation_of(plan: OrderPlan, step_id: str) -> Operation:
    """Return the operation that a step of the plan calls.

    Raises:
        LookupError: the plan has no such step, or it calls no system.
    """
    step = plan.step(step_id)
    operation = plan.definition_of(step).operation if step else None
    if operation is None:
        raise LookupError(f"step `{step_id}` calls no system in this plan")
    return operation


def render(plan: OrderPlan, call: Call, callback_url: str, former: Former = no_former) -> Request:
    """Return the request of `call`; `former` gives the plan whose data its step reads, where that is another.

    Raises:
        EvaluationError: an expression of the request or of the step's input fails on this order's data.
        LookupError: the plan has no such step, or it calls no system.
    """
    operation = operation_of(plan, call.step)
    names = _names(plan, call, former)
    if operation.callback is not None:
        names["callback"] = {"url": callback_url, "correlation": idempotency_key(call)}
    body = None if operation.request is None else to_json(_fill(operation.request, names, tables_of(plan.tables)))
    return Request(operation.method.value, operation.path, body)


def inputs(plan: OrderPlan, call: Call, former: Former = no_former) -> Mapping[str, Value]:
    """Return what the step of `call` gives as its input, by name; it raises as `render` does."""
    found = _names(plan, call, former).get("input")
    return found if isinstance(found, Mapping) else {}


def _names(plan: OrderPlan, call: Call, former: Former) -> dict[str, Value]:
    step = plan.step(call.step)
    assert step is not None
    definition = plan.definition_of(step)
    undone = step.undoes or step.amends
    about = plan.planned_as(undone) if undone else None
    names: dict[str, Value] = {
        **step_names(plan, step, former),
        "steps": steps_record(plan.planned_as(call.step), definition.reads, call.values, about),
        "facts": as_record(call.facts),
        "line_facts": as_record(call.line_facts),
    }
    if isinstance(definition.step, Callout | AutoTask):
        tables = tables_of(plan.tables)
        edited = {each.name: each for each in call.edited}
        mapped = definition.step.input
        names["input"] = {each.name: _input(each, names, tables, edited.get(each.name)) for each in mapped}
    return names


def _input(mapping: InputMapping, names: Mapping[str, Value], tables: Tables, edited: NamedValue | None) -> Value:
    """Return a value of the input; what an operator put in its place takes the type of what it replaces."""
    source = parse(mapping.value)
    if edited is None:
        return source.evaluate(names, tables)
    if edited.type is not ValueType.TEXT:
        return edited.value
    try:
        return in_place_of(source.evaluate(names, tables), edited.text)
    except EvaluationError:
        return edited.text  # it is why the input was edited: nothing tells its type
    except (NotOfType, WrongAnswer) as problem:
        raise EvaluationError(f"input `{mapping.name}`, edited by hand: {problem}", 1, mapping.value) from None


def in_place_of(old: Value, text: str | None) -> Value:
    """Return what a person typed as a value of the type that `old` has; lists and records are written as JSON.

    Raises:
        NotOfType, WrongAnswer: it is not of that type.
    """
    match old:
        case None | str():
            return text
        case bool():
            return coerce(text, ValueType.BOOLEAN)
        case int():
            return coerce(text, ValueType.INTEGER)
        case Decimal():
            return coerce(text, ValueType.NUMBER)
        case datetime():
            return coerce(text, ValueType.DATETIME)
        case date():
            return coerce(text, ValueType.DATE)
        case _:
            return _document(text, old)


def _document(text: str | None, old: Value) -> Value:
    document = None if text is None else parse_body(text)
    kind, name = (tuple, "list") if isinstance(old, tuple) else (dict, "record")
    if document is not None and not isinstance(document, kind):
        raise NotOfType(f"expected a {name} as JSON, got {text!r:.100}")
    return document


def _fill(template: Template, names: Mapping[str, Value], tables: Tables) -> Value:
    if template.fields is not None:
        return {each.name: _fill(each.template, names, tables) for each in template.fields}
    if template.elements is not None:
        return tuple(_fill(each, names, tables) for each in template.elements)
    if template.each is not None and template.element is not None:
        items = parse(template.each).evaluate(names, tables)
        if not isinstance(items, tuple):
            raise EvaluationError(f"`each: {template.each}` is no list", 1, template.each)
        return tuple(_fill(template.element, {**names, "item": item}, tables) for item in items)
    return parse(template.expression or "null").evaluate(names, tables)


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

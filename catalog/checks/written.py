"""Every expression of a catalog: where it is written, what it may read, what it must give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalog.base import Path
from catalog.catalog import Catalog
from catalog.checks.names import step_path
from catalog.expressions import (
    ANYTHING,
    BOOLEAN,
    NUMBER,
    TEXT,
    ExpressionError,
    ListType,
    Scope,
    Type,
    UnknownType,
    check,
    list_of,
    nullable,
    parse,
    record_of,
    scalar,
)
from catalog.products import TechnicalProduct
from catalog.reach import Reach
from catalog.reach_types import CALLED_BACK, RESPONSE, input_type, wanted_type
from catalog.rules import DecompositionRule, Scenario
from catalog.step_graph import every_step, full_name
from catalog.steps import AutoTask, Callout, Pause, StepDefinition, StepGroup
from catalog.systems import Operation, OutputMapping, Template

MOST_IN_REQUESTS = 300_000
"""So many expressions stand in the requests of all steps; the steps after that are not looked at, which is told."""

ANY_LIST = list_of(UnknownType(nullable=True))


@dataclass(frozen=True, slots=True)
class Written:
    """One expression. `key`: it gives a key, one scalar. `step`: which step's outputs it may read, `note`: who asks."""

    path: Path
    source: str
    scope: Scope
    expected: Type | None = None
    key: bool = False
    step: str = ""
    note: str = ""


def every_expression(catalog: Catalog, reach: Reach) -> Iterator[Written]:
    """Yield every expression of the catalog; that of a request once for each step that calls the operation."""
    for rule in catalog.decomposition_rules:
        yield from _in_rule(catalog, rule, reach)
    for product in catalog.technical_products:
        yield from _in_technical(product, reach)
    for scenario in catalog.scenarios:
        yield from _in_scenario(scenario, reach)
    for group, step in every_step(catalog):
        yield from _in_step(catalog, group, step, reach)
    for system in catalog.systems:
        for operation in system.operations:
            yield from _in_operation(("systems", system.name, "operations", operation.name), operation)
    yield from _in_requests(catalog, reach)


def type_of(source: str, scope: Scope) -> Type:
    """Return the type of an expression; of a wrong one, that nothing is known."""
    try:
        return check(parse(source), scope).type
    except ExpressionError:
        return UnknownType()


def _in_rule(catalog: Catalog, rule: DecompositionRule, reach: Reach) -> Iterator[Written]:
    path: Path = ("decomposition_rules", rule.code)
    scope = reach.rule(rule)
    if rule.when is not None:
        yield Written((*path, "when"), rule.when, scope, BOOLEAN)
    if rule.quantity is not None:
        yield Written((*path, "quantity"), rule.quantity, scope, NUMBER)
    technical = catalog.technical(rule.target)
    wanted = {each.name: wanted_type(each) for each in catalog.attributes_of(technical.code)} if technical else {}
    for mapping in rule.mappings:
        inner = (*path, "mappings", mapping.target)
        if mapping.expression is not None:
            yield Written((*inner, "expression"), mapping.expression, scope, wanted.get(mapping.target))
        if mapping.of is not None and mapping.table is not None:
            table = catalog.table(mapping.table)
            yield Written((*inner, "of"), mapping.of, scope, scalar(table.key) if table else None)


def _in_technical(product: TechnicalProduct, reach: Reach) -> Iterator[Written]:
    if product.scope.by is not None:
        path = ("technical_products", product.code, "scope", "by")
        yield Written(path, product.scope.by, reach.technical(product), key=True)


def _in_scenario(scenario: Scenario, reach: Reach) -> Iterator[Written]:
    if scenario.when is not None:
        yield Written(("scenarios", scenario.code, "when"), scenario.when, reach.scenario(scenario), BOOLEAN)


def _in_step(catalog: Catalog, group: StepGroup, step: StepDefinition, reach: Reach) -> Iterator[Written]:
    name = f"{group.name}.{step.name}"
    path = step_path(name)
    if step.scope.by is not None:
        yield Written((*path, "scope", "by"), step.scope.by, reach.matched(group.name), key=True)
    for position, dependency in enumerate(step.after):
        if dependency.pair.by is not None:
            inner = (*path, "after", position, "pair", "by")
            other = full_name(group.name, dependency.step).partition(".")[0]
            for side in dict.fromkeys((group.name, other)):
                note = f"It is read of the lines of both sides, here of `{side}`."
                yield Written(inner, dependency.pair.by, reach.matched(side), key=True, note=note)
    if step.when is not None:
        yield Written((*path, "when"), step.when, reach.step(group.name, step, step.when), BOOLEAN, step=name)
    if isinstance(step, Callout):
        for each in step.input:
            scope = reach.step(group.name, step, each.value)
            yield Written((*path, "input", each.name), each.value, scope, step=name)
    if isinstance(step, AutoTask):
        function = catalog.function(step.function)
        wanted = {each.name: input_type(each) for each in function.inputs} if function else {}
        for each in step.input:
            scope = reach.step(group.name, step, each.value)
            yield Written((*path, "input", each.name), each.value, scope, wanted.get(each.name), step=name)
    if isinstance(step, Pause):
        yield Written((*path, "until"), step.until, reach.step(group.name, step, step.until), BOOLEAN, step=name)


def _in_operation(path: Path, operation: Operation) -> Iterator[Written]:
    yield Written((*path, "error_code"), operation.error_code, RESPONSE, nullable(TEXT))
    yield Written((*path, "error_message"), operation.error_message, RESPONSE, nullable(TEXT))
    yield from _in_answer(path, operation.success, operation.outputs, RESPONSE)
    if operation.callback is not None:
        callback = operation.callback
        yield from _in_answer((*path, "callback"), callback.success, callback.outputs, CALLED_BACK)


def _in_answer(path: Path, success: str | None, outputs: Iterable[OutputMapping], scope: Scope) -> Iterator[Written]:
    if success is not None:
        yield Written((*path, "success"), success, scope, BOOLEAN)
    for output in outputs:
        # Whether the value is there and of its type shows when the answer arrives (`domain.md` E3).
        expected = scalar(output.type, nullable=True)
        yield Written((*path, "outputs", output.name, "value"), output.value, scope, expected)


def _in_requests(catalog: Catalog, reach: Reach) -> Iterator[Written]:
    called: set[str] = set()
    beyond = first_beyond(calls(catalog))
    for group, step, operation in calls(catalog):
        if beyond is not None and (group.name, step.name) == (beyond[0].name, beyond[1].name):
            return
        called.add(step.operation)
        scope = reach.request(group.name, step, operation, _inputs(group, step, reach))
        note = f"Step `{group.name}.{step.name}` calls it so."
        yield from _in_request(step.operation, operation, scope, note)
    for system in catalog.systems:
        for operation in system.operations:
            if f"{system.name}.{operation.name}" not in called:
                yield from _in_request(f"{system.name}.{operation.name}", operation, reach.uncalled(operation), "")


def calls(catalog: Catalog) -> Iterator[tuple[StepGroup, Callout, Operation]]:
    """Yield every step that calls an operation."""
    for group, step in every_step(catalog):
        operation = catalog.operation(step.operation) if isinstance(step, Callout) else None
        if isinstance(step, Callout) and operation is not None:
            yield group, step, operation


def first_beyond(found: Iterable[tuple[StepGroup, Callout, Operation]]) -> tuple[StepGroup, Callout] | None:
    """Return the first step with whose request there are more than `MOST_IN_REQUESTS` expressions, if there is one."""
    left = MOST_IN_REQUESTS
    for group, step, operation in found:
        left -= _size(operation.request)
        if left < 0:
            return group, step
    return None


def _size(template: Template | None) -> int:
    if template is None:
        return 0
    inner = (*(each.template for each in template.fields or ()), *(template.elements or ()), template.element)
    return 1 + sum(_size(each) for each in inner)


def _inputs(group: StepGroup, step: Callout, reach: Reach) -> Type:
    return record_of((each.name, type_of(each.value, reach.step(group.name, step, each.value))) for each in step.input)


def _in_request(name: str, operation: Operation, scope: Scope, note: str) -> Iterator[Written]:
    if operation.request is not None:
        system, _, _ = name.partition(".")
        path: Path = ("systems", system, "operations", operation.name, "request")
        yield from _in_template(operation.request, path, scope, note)


def _in_template(template: Template, path: Path, scope: Scope, note: str) -> Iterator[Written]:
    if template.expression is not None:
        yield Written(path, template.expression, scope, note=note)
    for field in template.fields or ():
        yield from _in_template(field.template, (*path, field.name), scope, note)
    for position, element in enumerate(template.elements or ()):
        yield from _in_template(element, (*path, position), scope, note)
    if template.each is not None and template.element is not None:
        yield Written((*path, "each"), template.each, scope, ANY_LIST, note=note)
        found = type_of(template.each, scope)
        item = found.item if isinstance(found, ListType) else ANYTHING
        yield from _in_template(template.element, (*path, "as"), scope.extended((("item", item),)), note)

"""Definitions: step definitions as a plan keeps them, with all that running them needs of the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.base import Issue
from catalog.calendars import Calendars
from catalog.cardinality import reads_of
from catalog.catalog import Catalog
from catalog.expressions import parse
from catalog.rules import ValueTable
from catalog.steps import AutoTask, Callout, StepDefinition, StepGroup, expressions_of
from catalog.systems import Operation, Template
from catalog.words import did_you_mean
from catalog.working import calendars_of
from decomposition.model import Definition, Dropped


def definition_in(group: StepGroup, step: StepDefinition, catalog: Catalog) -> Definition:
    """Return a step definition of a group as a plan keeps it."""
    title = group.title or group.name.replace("_", " ")
    reads = reads_of(group.name, step, catalog)
    if not isinstance(step, Callout):
        function = catalog.function(step.function) if isinstance(step, AutoTask) else None
        return Definition(group=group.name, group_title=title, step=step, function=function, reads=reads)
    name = step.operation.split(".")[0]
    system = catalog.system(name)
    return Definition(
        group=group.name,
        group_title=title,
        step=step,
        operation=catalog.operation(step.operation),
        reads=reads,
        task_queue=name if system is not None and system.own_queue else None,
    )


def unknown_calendars(definitions: Iterable[Definition], calendars: Calendars) -> Iterator[Issue]:
    """Yield an issue for each calendar that a step counts by, of those that the plan does not have."""
    known = [each.name for each in calendars]
    for definition in definitions:
        for name in dict.fromkeys(name for _, name in calendars_of(definition.step) if name not in known):
            message = f"Step `{definition.id}` counts by the calendar `{name}`, which the environment does not have."
            hint = did_you_mean(name, known, "Calendars that are there") or "Add it to `calendars` of the environment."
            yield Issue(check="unknown_calendar", message=message, hint=hint)


def tables_read(definitions: Iterable[Definition], catalog: Catalog) -> tuple[ValueTable, ...]:
    """Return the value tables that the run looks up, by name."""
    names = [name for each in definitions for source in _sources(each) for name in parse(source).tables]
    tables = [catalog.table(name) for name in sorted(dict.fromkeys(names))]
    return tuple(each for each in tables if each is not None)


def _sources(definition: Definition) -> Iterator[str]:
    """Yield the expressions that the run of a step evaluates."""
    yield from expressions_of(definition.step)
    if definition.operation is not None:
        yield from _operation_sources(definition.operation)


def _operation_sources(operation: Operation) -> Iterator[str]:
    if operation.request is not None:
        yield from _template_sources(operation.request)
    yield from (operation.error_code, operation.error_message)
    for answer in (operation, operation.callback):
        if answer is not None:
            yield from (each.value for each in answer.outputs)
            if answer.success is not None:
                yield answer.success


def _template_sources(template: Template) -> Iterator[str]:
    for source in (template.expression, template.each):
        if source is not None:
            yield source
    parts = [*(each.template for each in template.fields or ()), *(template.elements or ())]
    for part in (*parts, *((template.element,) if template.element else ())):
        yield from _template_sources(part)


def with_titles(dropped: Iterable[Dropped], catalog: Catalog) -> tuple[Dropped, ...]:
    """Return the dropped prerequisites with what people call them: the plan has no definition of theirs."""
    dropped = tuple(dropped)
    titles = {code: _title(code, catalog) for code in dict.fromkeys(each.prerequisite for each in dropped)}
    return tuple(each.model_copy(update={"title": titles[each.prerequisite]}) for each in dropped)


def _title(code: str, catalog: Catalog) -> str:
    group, _, name = code.partition(".")
    found = catalog.group(group)
    step = next((each for each in found.steps if each.name == name), None) if found else None
    return (step.title or step.name.replace("_", " ")) if step else ""

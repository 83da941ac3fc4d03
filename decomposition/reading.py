"""What a step reads of the order, by value: a change that leaves these alone leaves alone what the step does (A1).

Expressions are evaluated rather than taken apart, so that `line.quantity > 5` does not care whether it is 6 or 7. What
earlier steps give and facts are no part of it: they are the run's, not the order's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from catalog.expressions import EvaluationError, Tables, parse
from catalog.steps import ManualTask, expressions_of
from catalog.systems import Template
from catalog.values import Value
from decomposition.model import Definition, OrderPlan, Step
from decomposition.records import names_in, tables_of

Reading: TypeAlias = tuple[tuple[str, Value], ...]
"""Pairs of what was asked, an expression or a path, and what it gives."""

SHOWN_TO_PEOPLE = ("product", "quantity", "action", "attributes", "ship_to", "requested_date")
"""What somebody with a manual task goes by, of each of its lines: its instructions name none of it."""

_RUNNING = ("steps", "facts", "line_facts", "input", "callback")
"""Names whose values only the run knows; what is mapped into `input` is read on its own."""


def reading(plan: OrderPlan, step: Step, definition: Definition) -> Reading:
    """Return what the lines of `step` and the order, as `plan` has them, give to a step of this definition."""
    names = names_in(plan, step, definition, step.definition)
    found = _Reading(names, tables_of(plan.tables))
    for source in expressions_of(definition.step):
        found.expression(source)
    if definition.operation is not None and definition.operation.request is not None:
        found.template(definition.operation.request)
    if isinstance(definition.step, ManualTask):
        found.lines(names["lines"])
    return tuple(found.found)


class _Reading:
    """What was read so far; inside a loop whose list is known, `item` is among the names."""

    def __init__(self, names: Mapping[str, Value], tables: Tables) -> None:
        self.found: list[tuple[str, Value]] = []
        self._names = dict(names)
        self._tables = tables

    def expression(self, source: str) -> None:
        """Read the value of an expression; of one that needs the run, the order's part of what it refers to."""
        if self._is_known(source):
            self.found.append((source, self._value(source)))
            return
        for path in parse(source).references:
            if path.partition(".")[0] in self._names:
                self.found.append((path, _at(path, self._names)))

    def template(self, template: Template) -> None:
        """Read all expressions of a request, those inside of loops once for each element."""
        if template.expression is not None:
            self.expression(template.expression)
        for part in (*(each.template for each in template.fields or ()), *(template.elements or ())):
            self.template(part)
        if template.each is not None and template.element is not None:
            self._loop(template.each, template.element)

    def lines(self, lines: Value) -> None:
        """Read what people are shown of lines."""
        for line in lines if isinstance(lines, tuple) else ():
            assert isinstance(line, Mapping)
            self.found += [(name, line.get(name)) for name in SHOWN_TO_PEOPLE]

    def _loop(self, each: str, element: Template) -> None:
        items = self._value(each) if self._is_known(each) else None
        if not isinstance(items, tuple):
            self.expression(each)
            self.template(element)
            return
        self.found.append((each, len(items)))
        outer = dict(self._names)
        for item in items:
            self._names = {**outer, "item": item}
            self.template(element)
        self._names = outer

    def _is_known(self, source: str) -> bool:
        roots = [path.partition(".")[0] for path in parse(source).references]
        return not any(root in _RUNNING or (root == "item" and root not in self._names) for root in roots)

    def _value(self, source: str) -> Value:
        try:
            return parse(source).evaluate(self._names, self._tables)
        except EvaluationError as error:
            return f"no value: {error.message}"


def _at(path: str, names: Mapping[str, Value]) -> Value:
    value: Value = names
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else value
    return value


def differences(before: Reading, after: Reading) -> tuple[str, ...]:
    """Return what is read differently, each once: `lines` if there are more or fewer; empty where nothing is."""
    if len(before) != len(after):
        return ("lines",)
    found = (old[0] for old, new in zip(before, after, strict=True) if old != new)
    return tuple(dict.fromkeys(found))

"""Checks of functions, of pauses, and of the facts that they wait for (`domain.md` P4, O5)."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.base import Issue
from catalog.catalog import Catalog
from catalog.checks.issues import error, nearest, warning
from catalog.checks.names import step_path
from catalog.expressions import ExpressionError, parse
from catalog.step_graph import every_step
from catalog.steps import AutoTask, OnTimeout, Pause, expressions_of

_FACTS = ("facts", "line_facts")


def unknown_function(catalog: Catalog) -> Iterable[Issue]:
    """The function of an automatic task exists."""
    known = tuple(each.name for each in catalog.functions)
    for group, step in every_step(catalog):
        if isinstance(step, AutoTask) and catalog.function(step.function) is None:
            path = (*step_path(f"{group.name}.{step.name}"), "function")
            message = f"There is no function `{step.function}`."
            yield error("unknown_function", path, message, nearest(step.function, known, "Functions"))


def function_input(catalog: Catalog) -> Iterable[Issue]:
    """An automatic task gives its function every required input, and no other than it has."""
    for group, step in every_step(catalog):
        function = catalog.function(step.function) if isinstance(step, AutoTask) else None
        if isinstance(step, AutoTask) and function is not None:
            path = (*step_path(f"{group.name}.{step.name}"), "input")
            given, known = {each.name for each in step.input}, tuple(each.name for each in function.inputs)
            for name in (each.name for each in step.input if each.name not in known):
                message = f"The function `{function.name}` has no input `{name}`."
                yield error("function_input", (*path, name), message, nearest(name, known, "Its inputs"))
            for each in function.inputs:
                if each.required and each.default is None and each.name not in given:
                    message = f"The function `{function.name}` needs the input `{each.name}`."
                    yield error("function_input", path, message, "Add an expression for it.")


def reserved_system(catalog: Catalog) -> Iterable[Issue]:
    """No system is called `functions`: automatic tasks are named so in fallout rules and on Temporal."""
    if catalog.system("functions") is not None:
        yield error("reserved_system", ("systems", "functions"), "The name `functions` is taken.", "Rename the system.")


def unused_function(catalog: Catalog) -> Iterable[Issue]:
    """A step computes every function."""
    used = {step.function for _, step in every_step(catalog) if isinstance(step, AutoTask)}
    for each in catalog.functions:
        if each.name not in used:
            message = f"No step computes the function `{each.name}`, but workers must have it."
            yield warning("unused_function", ("functions", each.name), message, "Add an `auto_task`, or remove it.")


def constant_pause(catalog: Catalog) -> Iterable[Issue]:
    """A pause waits for a fact: nothing else that it reads changes once it waits."""
    for group, step in every_step(catalog):
        if isinstance(step, Pause) and _is_constant(step.until):
            message = f"The pause `{group.name}.{step.name}` reads no fact, and nothing else changes while it waits."
            hint = "Read a fact of `order_facts` or `line_facts`, or make it the condition `when` of the next step."
            yield error("constant_pause", (*step_path(f"{group.name}.{step.name}"), "until"), message, hint)


def idle_timeout(catalog: Catalog) -> Iterable[Issue]:
    """A pause that goes on when its time-out ends has a time-out."""
    for group, step in every_step(catalog):
        if isinstance(step, Pause) and step.timeout is None and step.on_timeout is not OnTimeout.FALLOUT:
            message = f"The pause `{group.name}.{step.name}` has no time-out after which it could go on."
            hint = "Give it a `timeout`, or leave `on_timeout` out."
            yield error("idle_timeout", (*step_path(f"{group.name}.{step.name}"), "on_timeout"), message, hint)


def required_fact(catalog: Catalog) -> Iterable[Issue]:
    """A fact is not `required` and does not `merge`: it is unknown until somebody sets it, and has one source."""
    for section, facts in (("order_facts", catalog.order_facts), ("line_facts", catalog.line_facts)):
        for fact in facts:
            for key, given in (("required", fact.required), ("merge", fact.merge is not None)):
                if given:
                    message = f"`{key}` means nothing for the fact `{fact.name}`: it is unknown until it is set."
                    hint = "Leave it out; let a `pause` wait for the fact."
                    yield error("required_fact", (section, fact.name, key), message, hint)


def unread_fact(catalog: Catalog) -> Iterable[Issue]:
    """A step reads every fact."""
    sources = [source for _, step in every_step(catalog) for source in expressions_of(step)]
    read = {tuple(each.split(".")[:2]) for source in sources for each in _references(source)}
    sections = (("order_facts", "facts", catalog.order_facts), ("line_facts", "line_facts", catalog.line_facts))
    for section, name, facts in sections:
        for fact in facts:
            if (name, fact.name) not in read and (name,) not in read:
                message = f"No step reads `{name}.{fact.name}`."
                yield warning("unread_fact", (section, fact.name), message, "Remove it, or read it in a step.")


def _references(source: str) -> tuple[str, ...]:
    try:
        return tuple(parse(source).references)
    except ExpressionError:
        return ()


def _is_constant(source: str) -> bool:
    try:
        return not any(each.partition(".")[0] in _FACTS for each in parse(source).references)
    except ExpressionError:
        return False  # `expression` tells what is wrong with it

"""Checks of expressions: every one can be read, means something, and gives what its place needs (`domain.md` X1-X4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.base import Issue
from catalog.catalog import Catalog
from catalog.checks.issues import error
from catalog.checks.names import step_path
from catalog.checks.written import MOST_IN_REQUESTS, Written, calls, every_expression, first_beyond
from catalog.expressions import ExpressionError, ListType, RecordType, Type, caret, check, describe, parse
from catalog.reach import Reach, step_references


def expression(catalog: Catalog) -> Iterable[Issue]:
    """An expression can be read, reads only what is in reach, and gives the type that its place needs."""
    told: set[tuple[object, ...]] = set()
    for written in every_expression(catalog, Reach(catalog)):
        for column, message, hint in _problems(written):
            # One request serves many steps: what is wrong for all of them is told for the first.
            if (written.path, column, message) not in told:
                told.add((written.path, column, message))
                yield _issue("expression", written, column, message, hint)


def _problems(written: Written) -> Iterator[tuple[int, str, str]]:
    try:
        checked = check(parse(written.source), written.scope, written.expected)
    except ExpressionError as problem:
        yield problem.column, problem.message, problem.hint
        return
    for each in checked.issues:
        yield each.column, each.message, each.hint
    if written.key and _has_parts(checked.type):
        message = f"A key is one value, not {describe(checked.type, with_null=False)}."
        yield 1, message, "Name one of its fields, or join them to a text."


def _has_parts(of: Type) -> bool:
    return isinstance(of, ListType | RecordType)


def step_reference(catalog: Catalog) -> Iterable[Issue]:
    """`steps.GROUP.STEP.OUTPUT` names an output of a step that this step depends on, directly or not."""
    reach = Reach(catalog)
    for written in every_expression(catalog, reach):
        if written.step:
            for path in step_references(written.source):
                read = reach.graph.read(written.step, path)
                if read.message:
                    column = written.source.find(".".join(("steps", *path))) + 1 or 1
                    yield _issue("step_reference", written, column, read.message, read.hint)


def request_count(catalog: Catalog) -> Iterable[Issue]:
    """The requests of all steps together have few enough expressions to be checked."""
    beyond = first_beyond(calls(catalog))
    if beyond is not None:
        group, step = beyond
        message = f"From `{group.name}.{step.name}` on requests are not checked: those of the steps before it have "
        message += f"{MOST_IN_REQUESTS:,} expressions."
        hint = "Make requests smaller, or call fewer operations."
        yield error("request_count", (*step_path(f"{group.name}.{step.name}"), "operation"), message, hint)


def _issue(name: str, written: Written, column: int, message: str, hint: str) -> Issue:
    shown = f"{message} (column {column})\n{_indented(caret(written.source, column))}"
    return error(name, written.path, shown, " ".join(each for each in (hint, written.note) if each))


def _indented(lines: str) -> str:
    return "\n".join(f"    {line}" for line in lines.split("\n"))

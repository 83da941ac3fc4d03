"""What a step reads of the steps before it, and whether each output is one value or a list (`domain.md` X3).

Decided by scopes alone, so that the checks, the planner and the run agree for every order.
"""

from __future__ import annotations

from collections.abc import Iterator

from catalog.base import Recorded
from catalog.catalog import Catalog
from catalog.expressions import parse
from catalog.steps import StepDefinition, expressions_of, groups_for_changes


class Read(Recorded):
    """An output that expressions of a step read: `step` is `GROUP.STEP`; `one` value, else a list."""

    step: str
    output: str
    one: bool


def gives_one(reader_group: str, reader: StepDefinition, group: str, step: StepDefinition) -> bool:
    """Return whether an instance of `reader` sees exactly one instance of `step`.

    A plan-wide step has one instance. Steps of one group with the same scope come in pairs, since the same scenarios
    bring them in: each reads the instance of its own line, bundle or key. What undoes a step, or makes up for a change
    of it, is about one instance. Everything else is a list, empty where the plan has no instance.
    """
    if str(step.scope) == "plan" or reader_group in groups_for_changes(step).values():
        return True
    return reader_group == group and reader.scope == step.scope


def reads_of(group: str, step: StepDefinition, catalog: Catalog) -> tuple[Read, ...]:
    """Return what the expressions of a step read of earlier steps, sorted by step and output."""
    found: dict[tuple[str, str], Read] = {}
    for other_group, name, output in _paths(step):
        other = catalog.step(other_group, name)
        if other is not None:
            one = gives_one(group, step, other_group, other)
            found[f"{other_group}.{name}", output] = Read(step=f"{other_group}.{name}", output=output, one=one)
    return tuple(found[key] for key in sorted(found))


def _paths(step: StepDefinition) -> Iterator[tuple[str, str, str]]:
    for source in expressions_of(step):
        for reference in parse(source).references:
            match reference.split("."):
                case ["steps", group, name, output, *_]:
                    yield group, name, output


def instance_of(step: str) -> str:
    """Return what tells the instances of one definition apart: `@LINE`, `~HASH`, `+2`; empty for a plan-wide step."""
    for position, character in enumerate(step):
        if character in "@~+":
            return step[position:]
    return ""


def definition_of(step: str) -> str:
    """Return `GROUP.STEP` of a step's id."""
    return step.removesuffix(instance_of(step))

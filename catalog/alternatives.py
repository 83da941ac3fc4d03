"""Alternatives: which step group may do the work of a step, by the outputs that later steps read (`domain.md` F2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from catalog.cardinality import reads_of
from catalog.catalog import Catalog
from catalog.expressions import Type, nullable, required
from catalog.step_graph import every_step, outputs_of
from catalog.steps import StepDefinition, StepGroup, groups_for_changes
from catalog.words import listed

Reads: TypeAlias = Mapping[str, Iterable[tuple[str, str]]]
"""For each step `GROUP.STEP` that others read: the group of a reader, and the output that it reads."""


def all_reads(catalog: Catalog) -> Reads:
    """Return what the steps read of each other."""
    found: dict[str, dict[tuple[str, str], None]] = {}
    for group, reader in every_step(catalog):
        for read in reads_of(group.name, reader, catalog):
            found.setdefault(read.step, {})[group.name, read.output] = None
    return found


def outputs_read(catalog: Catalog, step: str, reads: Reads) -> tuple[str, ...]:
    """Return the outputs of the step `GROUP.STEP` that any other step reads, sorted.

    What undoes the step itself does not count: it has nothing to do where another group did the step's work.
    """
    replaced = catalog.step(*step.split(".", 1))
    own = tuple(groups_for_changes(replaced).values()) if replaced is not None else ()
    return tuple(sorted({output for group, output in reads.get(step, ()) if group not in own}))


def givers(catalog: Catalog, step: StepDefinition, group: StepGroup) -> Mapping[str, tuple[str, ...]]:
    """Return, for each output of `step`, the names of the steps of `group` that give it, of a type that fits."""
    given = [(each, dict(_outputs(catalog, each))) for each in group.steps]
    return {
        output: tuple(other.name for other, outputs in given if output in outputs and _fits(outputs[output], wanted))
        for output, wanted in _outputs(catalog, step)
    }


def lacks(catalog: Catalog, step: str, group: StepGroup, outputs: Iterable[str]) -> tuple[str, ...]:
    """Return, in words, which of the `outputs` of the step `GROUP.STEP` the group gives not at all, or twice."""
    replaced = catalog.step(*step.split(".", 1))
    if replaced is None:
        return ()
    giving = givers(catalog, replaced, group)
    read = [each for each in outputs if each in giving]
    nowhere = [each for each in read if not giving[each]]
    return (
        *_nowhere(nowhere, step, group),
        *(_twice(each, step, group, giving[each]) for each in read if giving[each][1:]),
    )


def _nowhere(outputs: list[str], step: str, group: StepGroup) -> Iterator[str]:
    if outputs:
        what = "output" if len(outputs) == 1 else "outputs"
        kind = "one of that type" if len(outputs) == 1 else "them all, each of its type"
        message = f"Later steps read the {what} {listed(outputs)} of `{step}`, and the steps of the group"
        yield f"{message} `{group.name}` do not give {kind}."


def _twice(output: str, step: str, group: StepGroup, found: tuple[str, ...]) -> str:
    names = listed([f"{group.name}.{each}" for each in found])
    return f"Later steps read the output `{output}` of `{step}`, and {names} give it: only one may."


def _outputs(catalog: Catalog, step: StepDefinition) -> Iterator[tuple[str, Type]]:
    for name, type_ in outputs_of(catalog, step):
        yield name, nullable(type_) if step.when is not None else type_


def _fits(given: Type, wanted: Type) -> bool:
    """Tell whether what is given can be read as what was wanted: the same type, null only where null was possible."""
    return required(given) == required(wanted) and (wanted.nullable or not given.nullable)

"""Names in a design test that the catalog does not have: steps, operations and tasks that nothing could ever match."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.base import Issue, Path
from catalog.cardinality import definition_of
from catalog.catalog import Catalog
from catalog.steps import ManualTask
from catalog.words import did_you_mean
from fulfillment.effects import FUNCTIONS
from fulfillment.rehearsal.owned import misfits
from fulfillment.rehearsal.script import DesignTest


def unknown_names(test: DesignTest, catalog: Catalog) -> Iterator[Issue]:
    """Yield an issue for each step, task or operation that the catalog does not have; paths begin at the test."""
    steps = [f"{group.name}.{step.name}" for group in catalog.step_groups for step in group.steps]
    tasks = [f"{group.name}.{each.name}" for group in catalog.step_groups for each in group.steps if _is_task(each)]
    operations = [f"{system.name}.{each.name}" for system in catalog.systems for each in system.operations]
    operations += [f"{FUNCTIONS}.{each.name}" for each in catalog.functions]
    for answers in test.answers:
        name = answers.to if answers.to in operations else definition_of(answers.to)
        yield from _known(name, [*operations, *steps], "step or operation", ("answers", answers.to))
    for task in test.tasks:
        yield from _known(definition_of(task.step), tasks, "manual task", ("tasks", task.step))
    for at, said in enumerate(test.commands):
        if said.once is not None:
            yield from _known(definition_of(said.once.step), steps, "step", ("commands", at, "once", said.once.step))
    yield from misfits(test.assets, catalog)
    for path, name in _steps_expected(test):
        yield from _known(definition_of(name), steps, "step", path)
    for calls in test.expect.calls or ():
        yield from _known(calls.operation, operations, "operation", ("expect", "calls", calls.operation))


def _is_task(step: object) -> bool:
    return isinstance(step, ManualTask)


def _steps_expected(test: DesignTest) -> Iterator[tuple[Path, str]]:
    expect = test.expect
    for key, steps in (("steps", expect.steps), ("steps_contain", expect.steps_contain)):
        for at, step in enumerate(steps or ()):
            yield ("expect", key, at if step.state is None else step.id), step.id
    for after in expect.dependencies or ():
        yield from ((("expect", "dependencies", after.step), each) for each in (after.step, *after.after))
    for key, entries in (("values", expect.values), ("fallouts", expect.fallouts), ("dates", expect.dates)):
        for entry in entries or ():
            yield ("expect", key, entry.step), entry.step


def _known(name: str, known: Iterable[str], what: str, path: Path) -> Iterator[Issue]:
    choices = sorted(known)
    if name not in choices:
        hint = did_you_mean(name, choices, f"Every {what} it has")
        yield Issue(check="unknown_name", message=f"The catalog has no {what} `{name}`.", hint=hint, path=path)

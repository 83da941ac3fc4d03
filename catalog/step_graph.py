"""The steps of all groups as a graph of prerequisites, and what a step may read of the steps before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import assert_never

from catalog.cardinality import gives_one
from catalog.catalog import Catalog
from catalog.expressions import Type, UnknownType, list_of, nullable, scalar
from catalog.reach_types import read_type
from catalog.steps import AutoTask, Callout, Dependency, ManualTask, Milestone, Pause, StepDefinition, StepGroup
from catalog.systems import OutputMapping
from catalog.words import did_you_mean


@dataclass(frozen=True, slots=True)
class Before:
    """A dependency of a step; both by full name `GROUP.STEP`, whether or not there is such a prerequisite."""

    step: str
    position: int
    prerequisite: str
    declared: Dependency


@dataclass(frozen=True, slots=True)
class OutputRead:
    """What `steps.GROUP.STEP.OUTPUT` means at a step: its type, or why it means nothing and what to do."""

    type: Type = field(default_factory=UnknownType)
    message: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class _Ancestors:
    """The prerequisites of a step, directly or not; `certain`: which are in every plan that has the step."""

    all: frozenset[str]
    certain: frozenset[str]


def full_name(group: str, written: str) -> str:
    """Return the name `GROUP.STEP` of a step as written in a dependency of a step of `group`."""
    return written if "." in written else f"{group}.{written}"


def outputs_of(catalog: Catalog, step: StepDefinition) -> tuple[tuple[str, Type], ...]:
    """Return the names and types of what a step leaves when it completes, sorted by name."""
    match step:
        case Callout():
            operation = catalog.operation(step.operation)
            if operation is None:
                return ()
            later = operation.callback.outputs if operation.callback else ()
            return _sorted(_output(each) for each in (*operation.outputs, *later))
        case AutoTask():
            function = catalog.function(step.function)
            return _sorted((each.name, read_type(each)) for each in (function.outputs if function else ()))
        case ManualTask(form=form):
            return _sorted((each.name, read_type(each)) for each in form)
        case Milestone() | Pause():
            return ()
        case _:
            assert_never(step)


def _sorted(outputs: Iterable[tuple[str, Type]]) -> tuple[tuple[str, Type], ...]:
    return tuple(sorted(dict(outputs).items(), key=lambda output: output[0]))


def _output(mapping: OutputMapping) -> tuple[str, Type]:
    return mapping.name, scalar(mapping.type, nullable=mapping.optional)


class StepGraph:
    """All step definitions by full name, with their dependencies as declared."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.steps = {f"{group.name}.{step.name}": step for group, step in every_step(catalog)}
        self.before = {f"{group.name}.{step.name}": tuple(_before(group, step)) for group, step in every_step(catalog)}
        self._ancestors: dict[str, _Ancestors] = {}

    def depends(self, step: str, other: str) -> bool:
        """Tell whether `step` depends on `other`, directly or not."""
        return other in self._of(step).all

    def always_has(self, step: str, other: str) -> bool:
        """Tell whether a plan with `step` has `other` too: the same group, or required at every change of group."""
        return other in self._of(step).certain

    def read(self, step: str, path: tuple[str, ...]) -> OutputRead:
        """Return what `path`, the parts after `steps`, means at `step`."""
        if len(path) < 3:
            return OutputRead(
                message=f"`{'.'.join(('steps', *path))}` names no output.", hint="Write `steps.GROUP.STEP.OUTPUT`."
            )
        group, name, output = path[:3]
        other = f"{group}.{name}"
        if other not in self.steps:
            return self._unknown_step(group, name)
        outputs = outputs_of(self._catalog, self.steps[other])
        found = next((of for each, of in outputs if each == output), None)
        if found is None:
            hint = did_you_mean(output, (each for each, _ in outputs), "Its outputs") or f"`{other}` has no outputs."
            return OutputRead(message=f"Step `{other}` has no output `{output}`.", hint=hint)
        if not self.depends(step, other):
            return OutputRead(
                message=f"`{step}` does not depend on `{other}`, so it cannot read its outputs.",
                hint="No step reads its own outputs." if step == other else f"Add `{other}` to `after` of `{step}`.",
            )
        return OutputRead(type=self._type(step, other, found))

    def _type(self, step: str, other: str, found: Type) -> Type:
        if self.steps[other].when is not None:
            found = nullable(found)
        if not gives_one(step.partition(".")[0], self.steps[step], other.partition(".")[0], self.steps[other]):
            return list_of(found)
        return found if self.always_has(step, other) else nullable(found)

    def _unknown_step(self, group: str, name: str) -> OutputRead:
        found = self._catalog.group(group)
        if found is None:
            hint = did_you_mean(group, (each.name for each in self._catalog.step_groups), "Groups")
            return OutputRead(message=f"There is no step group `{group}`.", hint=hint)
        hint = did_you_mean(name, (each.name for each in found.steps), "Its steps")
        return OutputRead(message=f"Step group `{group}` has no step `{name}`.", hint=hint)

    def _of(self, step: str) -> _Ancestors:
        if step not in self._ancestors:
            self._ancestors[step] = self._walk(step)
        return self._ancestors[step]

    def _walk(self, step: str) -> _Ancestors:
        every = self._reached((step,), lambda _: True)
        return _Ancestors(frozenset(every), frozenset(self._reached((step,), _is_certain)))

    def _reached(self, starts: Iterable[str], follow: Callable[[Before], bool]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        waiting = list(starts)
        while waiting:
            for each in self._known(waiting.pop()):
                if each.prerequisite not in found and follow(each):
                    found[each.prerequisite] = None
                    waiting.append(each.prerequisite)
        return tuple(found)

    def _known(self, step: str) -> Iterator[Before]:
        return (each for each in self.before[step] if each.prerequisite in self.steps)


def _is_certain(each: Before) -> bool:
    return each.declared.required or each.step.partition(".")[0] == each.prerequisite.partition(".")[0]


def _before(group: StepGroup, step: StepDefinition) -> Iterator[Before]:
    for position, each in enumerate(step.after):
        yield Before(f"{group.name}.{step.name}", position, full_name(group.name, each.step), each)


def every_step(catalog: Catalog) -> Iterator[tuple[StepGroup, StepDefinition]]:
    """Yield every step definition with its group, groups and steps by name."""
    for group in catalog.step_groups:
        for step in group.steps:
            yield group, step

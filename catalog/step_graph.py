"""The steps of all groups as a graph of prerequisites, and what a step may read of the steps before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import assert_never

from catalog.cardinality import gives_one
from catalog.catalog import Catalog
from catalog.expressions import Type, UnknownType, list_of, nullable, scalar
from catalog.reach_types import read_type
from catalog.steps import (
    AutoTask,
    Callout,
    Dependency,
    ManualTask,
    Milestone,
    Pause,
    StagedAssetize,
    StepDefinition,
    StepGroup,
    groups_for_changes,
)
from catalog.systems import OutputMapping
from catalog.words import did_you_mean, listed


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
        case Milestone() | Pause() | StagedAssetize():
            return ()
        case _:
            assert_never(step)


def _sorted(outputs: Iterable[tuple[str, Type]]) -> tuple[tuple[str, Type], ...]:
    return tuple(sorted(dict(outputs).items(), key=lambda output: output[0]))


def _output(mapping: OutputMapping) -> tuple[str, Type]:
    return mapping.name, scalar(mapping.type, nullable=mapping.optional)


class StepGraph:
    """All step definitions by full name, with their dependencies as declared.

    `named_by` has the steps that name a group as `on_cancel` or `on_amend`, by the group.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.steps = {f"{group.name}.{step.name}": step for group, step in every_step(catalog)}
        self.before = {f"{group.name}.{step.name}": tuple(_before(group, step)) for group, step in every_step(catalog)}
        self.named_by = _named_by(self.steps)
        self._bits = {name: 1 << at for at, name in enumerate(self.steps)}

    def depends(self, step: str, other: str) -> bool:
        """Tell whether `step` depends on `other`, directly or not; what undoes a step depends on it."""
        return bool(self._all[step] & self._bits[other])

    def always_has(self, step: str, other: str) -> bool:
        """Tell whether a plan with `step` has `other` too: the same group, or required at every change of group."""
        return bool(self._certain[step] & self._bits[other])

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
                hint=self._how_to_depend(step, other),
            )
        return OutputRead(type=self._type(step, other, found))

    def _how_to_depend(self, step: str, other: str) -> str:
        if step == other:
            return "No step reads its own outputs."
        named_by = self.named_by.get(step.partition(".")[0])
        if named_by is None:
            return f"Add `{other}` to `after` of `{step}`."
        return f"It reads its own group, the step that it is about ({listed(named_by)}), and what that depends on."

    def _type(self, step: str, other: str, found: Type) -> Type:
        if self.steps[other].when is not None or self._is_undone_by(step, other):
            found = nullable(found)
        if not gives_one(step.partition(".")[0], self.steps[step], other.partition(".")[0], self.steps[other]):
            return list_of(found)
        return found if self.always_has(step, other) else nullable(found)

    def _is_undone_by(self, step: str, other: str) -> bool:
        """Tell whether `step` undoes `other`: also where that has no outputs, as its call got no answer."""
        return self.steps[other].on_cancel == step.partition(".")[0]

    def _unknown_step(self, group: str, name: str) -> OutputRead:
        found = self._catalog.group(group)
        if found is None:
            hint = did_you_mean(group, (each.name for each in self._catalog.step_groups), "Groups")
            return OutputRead(message=f"There is no step group `{group}`.", hint=hint)
        hint = did_you_mean(name, (each.name for each in found.steps), "Its steps")
        return OutputRead(message=f"Step group `{group}` has no step `{name}`.", hint=hint)

    @cached_property
    def _all(self) -> dict[str, int]:
        """The prerequisites of each step, directly or not, one bit for each."""
        return self._reached(lambda _: True, self.named_by)

    @cached_property
    def _certain(self) -> dict[str, int]:
        """Those of them that are in every plan that has the step."""
        return self._reached(_is_certain, {group: found for group, found in self.named_by.items() if not found[1:]})

    def _reached(self, follow: Callable[[Before], bool], named_by: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
        before = {
            name: [
                *(each.prerequisite for each in found if each.prerequisite in self.steps and follow(each)),
                *named_by.get(name.partition(".")[0], ()),
            ]
            for name, found in self.before.items()
        }
        found: dict[str, int] = dict.fromkeys(before, 0)
        # In the order of dependencies one pass is enough; steps in a cycle take a few more.
        names, changed = in_order(before), True
        while changed:
            changed = False
            for name in names:
                reached = found[name]
                for each in before[name]:
                    reached |= found[each] | self._bits[each]
                changed, found[name] = changed or reached != found[name], reached
        return found


def _named_by(steps: Mapping[str, StepDefinition]) -> dict[str, tuple[str, ...]]:
    """Return which steps name a group for changes of orders under way, by the group, in their order."""
    found: dict[str, dict[str, None]] = {}
    for name, step in steps.items():
        for group in groups_for_changes(step).values():
            found.setdefault(group, {})[name] = None
    return {group: tuple(names) for group, names in found.items()}


def in_order(before: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return all names, each after those before it; where they stand in a cycle, somewhere."""
    done: dict[str, None] = {}
    for start in before:
        waiting = [(start, iter(before[start]))]
        entered = {start: None}
        while waiting and start not in done:
            inner = next((each for each in waiting[-1][1] if each not in done and each not in entered), None)
            if inner is None:
                done[waiting.pop()[0]] = None
            else:
                entered[inner] = None
                waiting.append((inner, iter(before[inner])))
    return tuple(done)


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

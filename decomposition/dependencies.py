"""Dependencies: what each step waits for, what was dropped, what refuses the order (`domain.md` P2, P3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from catalog.base import Issue
from catalog.steps import Dependency, Pairing, PairKind, Unpaired
from decomposition.clock import Lag, both, lag_of
from decomposition.model import Definition, Dropped, Step, StepId, waiting
from decomposition.pairing import Pairs

_REMEDIES = (PairKind.ORIGIN, PairKind.BUNDLE, PairKind.ALL)
"""Pairings to propose, narrow ones first; the last one always pairs."""


class Linked(NamedTuple):
    """Steps with their dependencies, what was dropped, and the reasons to refuse the order."""

    steps: tuple[Step, ...]
    dropped: tuple[Dropped, ...]
    issues: tuple[Issue, ...]


class Linker:
    """Links the steps of one plan, definition by definition."""

    def __init__(self, definitions: Mapping[str, Definition], steps: Sequence[Step], pairs: Pairs) -> None:
        self._definitions = definitions
        self._pairs = pairs
        self._instances: dict[str, list[Step]] = {}
        self._dropped: list[Dropped] = []
        self._issues: list[Issue] = []
        for step in steps:
            self._instances.setdefault(step.definition, []).append(step)

    def linked(self) -> Linked:
        """Return all steps, sorted, each with what it waits for."""
        linked = self.link(step for each in self._instances.values() for step in each)
        return linked._replace(issues=linked.issues or tuple(cycle(linked.steps, self._definitions)))

    def link(self, steps: Iterable[Step]) -> Linked:
        """Return these steps of the plan alone, sorted, each with what it waits for; no cycle is looked for."""
        found = sorted((self._linked(step) for step in steps), key=_by_id)
        dropped = sorted(self._dropped, key=lambda each: (each.step, each.prerequisite))
        return Linked(tuple(found), tuple(dropped), tuple(self._issues))

    def _linked(self, step: Step) -> Step:
        lags: dict[StepId, Lag] = {}
        for dependency in self._definitions[step.definition].step.after:
            for each in self._prerequisites(step, dependency):
                lags[each] = both(lag_of(dependency.lag, dependency.calendar), lags.get(each))
        return step.model_copy(update={"after": waiting(lags)})

    def _prerequisites(self, step: Step, dependency: Dependency) -> tuple[StepId, ...]:
        code = dependency.step if "." in dependency.step else f"{step.group}.{dependency.step}"
        instances = self._instances.get(code, [])
        if not instances:
            self._absent(step, code, dependency)
            return ()
        found = self._pairs.of(step, code, instances, dependency.pair)
        if not found:
            self._unpaired(step, code, instances, dependency)
        return found

    def _absent(self, step: Step, code: str, dependency: Dependency) -> None:
        if not dependency.required:
            self._dropped.append(Dropped(step=step.id, prerequisite=code, why="the order has no such step"))
            return
        message = f"Step `{step.id}` ({self._title(step)}) requires `{code}`, and nothing in the order brings it in."
        hint = f"Add a scenario that brings in the group `{code.split('.')[0]}`, or drop `required`."
        self._issues.append(Issue(check="required_prerequisite", message=message, hint=hint))

    def _unpaired(self, step: Step, code: str, instances: Sequence[Step], dependency: Dependency) -> None:
        if dependency.unpaired is Unpaired.START:
            which = "its one instance does not pair" if len(instances) == 1 else f"none of its {len(instances)} pairs"
            why = f"{which} with this step, which is declared to start then"
            self._dropped.append(Dropped(step=step.id, prerequisite=code, why=why))
            return
        count = "1 instance" if len(instances) == 1 else f"{len(instances)} instances"
        verb = "does not pair" if len(instances) == 1 else "of which none pairs"
        message = f"Step `{step.id}` ({self._title(step)}) waits for `{code}`, which has {count} {verb} with it "
        message += f"by {_words(dependency.pair)}."
        remedy = next(kind.value for kind in _REMEDIES if self._pairs.of(step, code, instances, Pairing(kind=kind)))
        hint = f"`pair: {remedy}` would pair them; `unpaired: start` lets it start without."
        self._issues.append(Issue(check="unpaired_prerequisite", message=message, hint=hint))

    def _title(self, step: Step) -> str:
        return self._definitions[step.definition].title


def _words(pairing: Pairing) -> str:
    return f"`{pairing.by}`" if pairing.kind is PairKind.BY else pairing.kind.value


def _by_id(step: Step) -> StepId:
    return step.id


def cycle(steps: Sequence[Step], definitions: Mapping[str, Definition]) -> list[Issue]:
    """Return the issue with the path of a cycle: what is left when all that can be finished is taken away."""
    waits = {step.id: len(step.after) for step in steps}
    followers: dict[StepId, list[StepId]] = {}
    for step in steps:
        for after in step.after:
            followers.setdefault(after.step, []).append(step.id)
    free = [code for code, count in waits.items() if count == 0]
    while free:
        code = free.pop()
        del waits[code]
        for each in followers.get(code, ()):
            waits[each] -= 1
            if waits[each] == 0:
                free.append(each)
    if not waits:
        return []
    by_id = {step.id: step for step in steps}
    path: dict[StepId, bool] = {}
    at = next(iter(waits))
    while at not in path:
        path[at] = True
        at = next(after.step for after in by_id[at].after if after.step in waits)
    ring = [*path][[*path].index(at) :]
    named = " → ".join(f"`{each}` ({definitions[by_id[each].definition].title})" for each in (*ring, at))
    message = f"Steps wait for each other: {named}, each for the next."
    return [Issue(check="step_cycle", message=message, hint="Remove one of these dependencies, or pair it otherwise.")]

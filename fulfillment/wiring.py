"""Who waits for whom in a plan as it has grown, and whose outputs a step reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

from decomposition.clock import Lag, both
from decomposition.extensions import stand_ins
from fulfillment.runplan import RunAfter, RunExtension, RunPlan, RunStep


class Wiring:
    """The steps of a plan by id, sorted, each with what it waits for: in place of a replaced one, for what replaced it.

    `dependents` lists for each step those that wait for it, in step-id order. What is read of a replaced step goes on
    being read of that step: `instances_before` follows the plan as it was made.
    """

    def __init__(self, plan: RunPlan) -> None:
        self._replaced = {each.step: each.last for each in plan.extensions}
        self._planned = _told_in_full(plan)
        self.steps = {each.id: _rewired(each, self._replaced) for each in self._planned.values()}
        self.dependents = _dependents(self.steps)
        self._ancestors: dict[str, dict[str, tuple[str, ...]]] = {}
        self._endings: dict[str, list[RunExtension]] = {}
        for extension in reversed(plan.extensions):
            for each in self.stand_ins(extension.step):
                self._endings.setdefault(each, []).append(extension)

    def stand_ins(self, step: str) -> tuple[str, ...]:
        """Return what is waited for in place of a step: itself, or the last steps of what replaced it."""
        return stand_ins(step, self._replaced)

    def endings(self, step: str) -> Iterable[RunExtension]:
        """Return the extensions that end with a step, inner ones first."""
        return self._endings.get(step, ())

    def instances_before(self, step: str, definition: str) -> tuple[str, ...]:
        """Return the instances of a definition that a step depends on, directly or not, in step-id order."""
        if definition not in self._ancestors:
            self._ancestors[definition] = self._ancestors_of(definition)
        return self._ancestors[definition][step]

    def _ancestors_of(self, definition: str) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        order = TopologicalSorter({each.id: prerequisites(each) for each in self._planned.values()})
        for each in order.static_order():
            before = prerequisites(self._planned[each])
            own = tuple(one for one in before if self.steps[one].definition == definition)
            sets = [found[one] for one in before if found[one]]
            # a chain shares its predecessor's tuple, so that a wide plan does not copy it for each step
            found[each] = (
                sets[0] if len(sets) == 1 and not own else tuple(sorted({*own, *(x for s in sets for x in s)}))
            )
        return found


def prerequisites(step: RunStep) -> tuple[str, ...]:
    """Return the steps that a step waits for, each once."""
    return tuple(dict.fromkeys(each.step for each in step.after))


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return the members by key, sorted, of pairs of key and member."""
    groups: dict[str, list[str]] = {}
    for key, member in pairs:
        groups.setdefault(key, []).append(member)
    return {key: tuple(sorted(members)) for key, members in groups.items()}


def _told_in_full(plan: RunPlan) -> dict[str, RunStep]:
    """Return the steps by id, sorted; each says itself what it waits for."""
    after = {each.id: each.after for each in plan.steps}
    steps = (
        each.model_copy(update={"after": after[each.after_as], "after_as": ""}) if each.after_as else each
        for each in plan.steps
    )
    return {each.id: each for each in sorted(steps, key=lambda step: step.id)}


def _rewired(step: RunStep, replaced: Mapping[str, tuple[str, ...]]) -> RunStep:
    if not any(each.step in replaced for each in step.after):
        return step
    lags: dict[str, Lag] = {}
    for after in step.after:
        for each in stand_ins(after.step, replaced):
            lags[each] = both(after, lags.get(each))
    told = tuple(RunAfter(step=each, lag=lags[each].lag, working=lags[each].working) for each in sorted(lags))
    return step.model_copy(update={"after": told})


def _dependents(steps: Mapping[str, RunStep]) -> dict[str, tuple[str, ...]]:
    found = grouped((before, each.id) for each in steps.values() for before in prerequisites(each))
    return {each: found.get(each, ()) for each in steps}

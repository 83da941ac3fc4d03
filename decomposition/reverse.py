"""The reverse order of dependencies: what is undone before a step is (`domain.md` A3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

from decomposition.model import OrderPlan, Step, StepId


class Reverse:
    """Walks the steps of a plan, each after all that depend on it.

    `undo_last` are the last steps of what undoes a step, by step; whoever walks adds what is planned meanwhile.
    """

    def __init__(self, plan: OrderPlan, undo_last: Mapping[StepId, tuple[StepId, ...]]) -> None:
        self._plan = plan
        self._undo_last = undo_last
        self._before: dict[StepId, tuple[StepId, ...]] = {}

    def __iter__(self) -> Iterator[Step]:
        followers = _followers(self._plan)
        for code in TopologicalSorter(followers).static_order():
            ends = [self._undo_last.get(each) or self._before[each] for each in followers[code]]
            known = [each for each in dict.fromkeys(ends) if each]
            # A chain shares its follower's tuple, so that a long plan does not copy it for each step.
            single = len(known) == 1
            self._before[code] = known[0] if single else tuple(sorted({one for each in known for one in each}))
            step = self._plan.step(code)
            assert step is not None
            yield step

    def undone_before(self, step: StepId) -> tuple[StepId, ...]:
        """Return the steps with which ends what is undone before this one, if the walk has reached it."""
        return self._before.get(step, ())


def _followers(plan: OrderPlan) -> dict[StepId, tuple[StepId, ...]]:
    """Return what depends on each step, sorted; an alternative depends on the step that it replaced."""
    found: dict[StepId, dict[StepId, None]] = {each.id: {} for each in plan.steps}
    for step in plan.steps:
        for after in (*step.after, *plan.waits(step)):
            found[after.step][step.id] = None
    for extension in plan.extensions:
        found[extension.cause.step] |= dict.fromkeys(extension.steps)
    return {each: tuple(sorted(found[each])) for each in found}

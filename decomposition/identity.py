"""Which step is which when a plan is changed: what is wanted now, by what there is of it already (`domain.md` A1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from decomposition.keys import another_id
from decomposition.model import OrderPlan, Step, StepId


class Identity:
    """The ids of a changed plan.

    `ids` gives the id that a step of the new version has in the changed plan, by the planner's id: what is done anew,
    or comes back after it was taken out, has one that nothing had before. `dead` are all steps that are not wanted as
    they were done, `taken` all ids that are in use, `predecessors` what the new steps do anew.
    """

    def __init__(self, plan: OrderPlan, new: OrderPlan | None, unwanted: Iterable[StepId]) -> None:
        self.dead = plan.unwanted | frozenset(unwanted)
        self.taken: dict[StepId, Step] = {each.id: each for each in plan.steps}
        self.ids: dict[StepId, StepId] = {}
        self.predecessors: dict[StepId, StepId] = {}
        self._plan = plan
        tips = latest(plan)
        for step in new.steps if new else ():
            tip = tips.get(step.id)
            self.ids[step.id] = tip if tip is not None and tip not in self.dead else self._added(step, tip)

    def _added(self, step: Step, tip: StepId | None) -> StepId:
        numbered = (another_id(step.id, step.definition, each) for each in count(1))
        code = next(each for each in numbered if each not in self.taken)
        self.taken[code] = step
        if tip is not None:
            self.predecessors[code] = tip
        return code

    def before(self, step: StepId) -> Iterator[StepId]:
        """Yield the steps that `step` does anew, the latest one first."""
        at = self.predecessors.get(step) or self._plan.predecessor(step)
        while at is not None:
            yield at
            at = self._plan.predecessor(at)


def latest(plan: OrderPlan) -> dict[StepId, StepId]:
    """Return which step stands for each that the planner wanted, wanted still or not, by the planner's id.

    What an alternative, an undoing or a mending consists of stands for nothing of the planner's.
    """
    added = frozenset(step for each in plan.extensions for step in each.steps)
    followed = frozenset(one.step for each in plan.revisions for one in each.successors)
    own = (each for each in plan.steps if each.undoes is None and each.amends is None and each.id not in added)
    return {plan.planned_as(each.id): each.id for each in own if each.id not in followed}

"""The steps of a changed plan: history as it was, and what goes on, waiting for what it has to wait for now (A1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from decomposition.answering import Answers
from decomposition.clock import Lag, both
from decomposition.fates import Fates
from decomposition.identity import Identity
from decomposition.model import OrderPlan, Step, StepId, waiting

_DATES = ("after", "delay", "not_before", "undated", "planned_start", "planned_end", "latest_start", "critical")
"""What a step that has begun keeps, whatever the new version would have it wait for."""


class Rewiring:
    """The steps of one changed plan, but for those that answer what was done."""

    def __init__(
        self, plan: OrderPlan, digest: str, new: OrderPlan | None, fates: Fates, identity: Identity, answers: Answers
    ) -> None:
        self._plan = plan
        self._digest = digest
        self._new = new.steps if new else ()
        self._fates = fates
        self._identity = identity
        self._answers = answers
        self._beside = _beside(plan)

    def steps(self) -> Iterator[Step]:
        """Yield the steps of the former plan and of the new version, each once."""
        spoken_of = frozenset(self._identity.ids.values())
        for step in self._plan.steps:
            if step.id not in spoken_of:
                yield self._former(step)
        for step in self._new:
            yield self._wanted(step, self._identity.ids[step.id])

    def _former(self, step: Step) -> Step:
        """Return a step of which the new version says nothing: history, or what goes with a step that stays."""
        if step.id in self._fates.begun:
            return step if step.data_of else step.model_copy(update={"data_of": self._digest})
        if step.id in self._identity.dead or step.undoes is not None:
            return step
        after: dict[StepId, Lag] = {}
        for each in step.after:
            dead = each.step in self._identity.dead
            code = self._identity.ids.get(self._plan.planned_as(each.step)) if dead else each.step
            if code is not None:
                after[code] = both(each, None)
        return step.model_copy(update={"after": waiting(after)})

    def _wanted(self, step: Step, code: StepId) -> Step:
        """Return a step of the new version; one that has begun keeps what it waited for and what it reads."""
        before = self._plan.step(code)
        if before is not None and code in self._fates.begun:
            kept = {name: getattr(before, name) for name in _DATES}
            return step.model_copy(update={**kept, "id": code, "data_of": before.data_of or self._digest})
        lags = dict.fromkeys(self._ends_before(code), Lag())
        for after in step.after:
            known = self._identity.ids[after.step]
            for each in (known, *self._answers.mend_last.get(known, ())):
                lags[each] = both(after, lags.get(each))
        return step.model_copy(update={"id": code, "after": waiting(lags)})

    def _ends_before(self, code: StepId) -> Iterator[StepId]:
        """Yield what a step that is done anew waits for: that what was done is undone, or at least has ended."""
        for before in self._identity.before(code):
            yield from (each for each in (before, *self._beside.get(before, ())) if each in self._fates.running)
            undone = self._answers.undone_after(before)
            yield from undone
            if undone:
                return


def _beside(plan: OrderPlan) -> dict[StepId, list[StepId]]:
    """Return the steps that have the place of a step or make up for it, by step."""
    found: dict[StepId, list[StepId]] = {}
    for extension in plan.extensions:
        found.setdefault(extension.cause.step, []).extend(extension.steps)
    mending: Iterable[Step] = (each for each in plan.steps if each.amends is not None)
    for step in mending:
        found.setdefault(step.amends or "", []).append(step.id)
    return found

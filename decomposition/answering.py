"""The steps that a change adds for what has been done: those that undo it, and those that make up for it (A1, A3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from catalog.base import Issue
from catalog.catalog import Catalog
from decomposition.identity import Identity
from decomposition.model import Definition, Dropped, OrderPlan, Step, StepId
from decomposition.records import Former, data_of
from decomposition.reverse import Reverse
from decomposition.revisions import Mending, Undoing
from decomposition.undo import Groups, Grown


class Answers:
    """What is added, and who waits for its end: `undo_last` and `mend_last` are by the step that it is about.

    Both have what earlier changes added, too, as far as it is wanted.
    """

    def __init__(
        self, plan: OrderPlan, digest: str, identity: Identity, catalog: Catalog, now: datetime, former: Former
    ) -> None:
        self.steps: list[Step] = []
        self.dropped: list[Dropped] = []
        self.undo_last = {each.step: each.last for one in plan.revisions for each in one.undoing}
        self.mend_last: dict[StepId, tuple[StepId, ...]] = {}
        self._plan = plan
        self._digest = digest
        self._identity = identity
        self._catalog = catalog
        self._now = now
        self._former = former
        self._groups: dict[str, Groups] = {}
        self._reverse = Reverse(plan, self.undo_last)
        for mending in (each for revision in plan.revisions for each in revision.mending):
            if not any(step in identity.dead for step in mending.steps):
                self._mended_by(mending.step, mending.last)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What is wrong with the groups that were asked for."""
        return tuple(dict.fromkeys(issue for each in self._groups.values() for issue in each.issues))

    @property
    def definitions(self) -> dict[str, Definition]:
        """What the added steps are instances of."""
        return {code: found for each in self._groups.values() for code, found in each.definitions.items()}

    def undone(self, wanted: frozenset[StepId]) -> tuple[Undoing, ...]:
        """Add what undoes these steps, each after what depends on it and is undone too."""
        found: list[Undoing] = []
        for step in self._reverse if wanted or self.undo_last else ():
            group = self._plan.definition_of(step).step.on_cancel
            if step.id not in wanted or group is None:
                continue
            data, known = data_of(self._plan, step, self._former)
            digest = step.data_of or self._digest
            before = (step.id, *self._reverse.undone_before(step.id))
            grown = self._on(digest, data).grown(group, known, before, self._identity.taken)
            self._add(grown, {"undoes": step.id, "data_of": digest})
            if grown.steps:
                found.append(Undoing(step=step.id, group=group, steps=_codes(grown), last=grown.last))
                self.undo_last[step.id] = grown.last
        return tuple(sorted(found, key=lambda each: each.step))

    def mended(self, wanted: Iterable[StepId], new: OrderPlan) -> tuple[Mending, ...]:
        """Add what makes up for what changes for these steps, on the data of the new version."""
        found: list[Mending] = []
        for code in wanted:
            step = new.step(self._plan.planned_as(code))
            declared = new.definition_of(step).step.on_amend if step else None
            if step is None or declared is None or declared.group is None:
                continue
            before = (code, *self.mend_last.get(code, ()))
            grown = self._on("", new).grown(declared.group, step, before, self._identity.taken)
            self._add(grown, {"amends": code})
            if grown.steps:
                found.append(Mending(step=code, group=declared.group, steps=_codes(grown), last=grown.last))
                self._mended_by(code, grown.last)
        return tuple(found)

    def undone_after(self, step: StepId) -> tuple[StepId, ...]:
        """Return the steps with which the undoing of a step ends, and of what depends on it."""
        return self.undo_last.get(step) or self._reverse.undone_before(step)

    def _on(self, digest: str, data: OrderPlan) -> Groups:
        if digest not in self._groups:
            self._groups[digest] = Groups(data, self._catalog, self._now)
        return self._groups[digest]

    def _add(self, grown: Grown, own: dict[str, str]) -> None:
        self.steps += [each.model_copy(update=own) for each in grown.steps]
        self.dropped += grown.dropped

    def _mended_by(self, step: StepId, last: tuple[StepId, ...]) -> None:
        self.mend_last[step] = (*self.mend_last.get(step, ()), *last)


def _codes(grown: Grown) -> tuple[StepId, ...]:
    return tuple(each.id for each in grown.steps)

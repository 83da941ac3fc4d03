"""Step groups for what one step of a plan was about: to undo it, or to make up for a change (`domain.md` A1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import count
from typing import NamedTuple

from catalog.base import Issue, Name
from catalog.catalog import Catalog
from catalog.steps import StepGroup
from catalog.words import did_you_mean
from decomposition.asking import Asking
from decomposition.definitions import definition_in, unknown_calendars, with_titles
from decomposition.dependencies import Linked, Linker
from decomposition.family import Family
from decomposition.instances import Instances
from decomposition.keys import another_id
from decomposition.lines import LineKind
from decomposition.model import After, Definition, Dropped, OrderPlan, Step, StepId
from decomposition.pairing import Pairs
from decomposition.records import tables_of
from decomposition.schedule import timed_alone


class Grown(NamedTuple):
    """The steps of one group, those with which they end, and the prerequisites that they do without."""

    steps: tuple[Step, ...]
    last: tuple[StepId, ...]
    dropped: tuple[Dropped, ...]


class Groups:
    """Plans groups on the data of one plan, once for each step that they are for.

    Their steps depend on each other alone, and on what they are told to wait for. What goes wrong is in `issues`, what
    they are instances of in `definitions`.
    """

    def __init__(self, data: OrderPlan, catalog: Catalog, now: datetime) -> None:
        self.issues: list[Issue] = []
        self.definitions: dict[str, Definition] = {}
        self._data = data
        self._catalog = catalog
        self._now = now
        self._asking = Asking(tables_of(catalog.value_tables))
        self._lines = {each.id: each for each in data.lines}
        self._family = Family(data.lines)
        commercial = [each.id for each in data.lines if each.kind is LineKind.COMMERCIAL]
        self._instances = Instances(self._lines, commercial, self._asking, data.records)
        self._numbers: dict[StepId, int] = {}

    def grown(self, name: Name, step: Step, after: Iterable[StepId], taken: dict[StepId, Step]) -> Grown:
        """Return the steps of the group `name` for what `step` is about; they wait for `after`.

        `taken` are the ids that are in use; the new ones are added to it. If one of theirs is taken, all get the same
        number.
        """
        group = self._catalog.group(name)
        if group is None:
            hint = did_you_mean(name, (each.name for each in self._catalog.step_groups), "Its step groups")
            self.issues.append(Issue(check="unknown_group", message=f"There is no step group `{name}`.", hint=hint))
            return Grown((), (), ())
        self._define(group)
        if missing := [*unknown_calendars(self._of(group), self._data.calendars)]:
            self.issues += missing
            return Grown((), (), ())
        linked = self._linked(self._named(self._instances.of(group, step.because), taken))
        first = tuple(After(step=each) for each in sorted(dict.fromkeys(after)))
        waiting = [each if each.after else each.model_copy(update={"after": first}) for each in linked.steps]
        data = self._data
        found = timed_alone(waiting, self.definitions, data.order, self._lines, self._now, data.calendars)
        taken.update({each.id: each for each in found})
        waited_for = {before.step for each in found for before in each.after}
        last = tuple(each.id for each in found if each.id not in waited_for)
        return Grown(found, last, self._without(linked.dropped, step))

    def _of(self, group: StepGroup) -> list[Definition]:
        return [self.definitions[f"{group.name}.{each.name}"] for each in group.steps]

    def _define(self, group: StepGroup) -> None:
        if group.steps and f"{group.name}.{group.steps[0].name}" not in self.definitions:
            found = (definition_in(group, each, self._catalog) for each in group.steps)
            self.definitions.update({each.id: each for each in found})

    def _named(self, steps: Sequence[Step], taken: dict[StepId, Step]) -> list[Step]:
        """Return the steps under ids that are free: as few numbers as possible, the same one for all of them."""
        if not steps:
            return []
        start = self._numbers.get(steps[0].id, 1)
        number = next(each for each in count(start) if not any(one in taken for one in _ids(steps, each)))
        self._numbers[steps[0].id] = number
        return [each.model_copy(update={"id": code}) for each, code in zip(steps, _ids(steps, number), strict=True)]

    def _linked(self, steps: Sequence[Step]) -> Linked:
        pairs = Pairs(self._family, self._lines, self._asking, self._data.records)
        linked = Linker(self.definitions, steps, pairs).link(steps)
        self.issues += [*self._asking.issues, *linked.issues]
        self._asking.issues.clear()
        return linked

    def _without(self, dropped: Iterable[Dropped], step: Step) -> tuple[Dropped, ...]:
        why = f"its group is there for `{step.id}` alone"
        found = tuple(each.model_copy(update={"why": why}) for each in dropped)
        return with_titles(found, self._catalog) if found else ()


def _ids(steps: Iterable[Step], number: int) -> tuple[StepId, ...]:
    return tuple(another_id(each.id, each.definition, number) for each in steps)

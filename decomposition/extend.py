"""Growing a plan that runs already, by the steps of one more group: frozen data in, frozen data out (`design.md` §4).

The plan that comes out has all that went in, unchanged, and the extension that says what was added, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count

from catalog.alternatives import givers, lacks
from catalog.base import Issue, Refused
from catalog.catalog import Catalog
from catalog.steps import StepGroup
from catalog.words import did_you_mean, listed
from decomposition.asking import Asking
from decomposition.definitions import definition_in, tables_read, unknown_calendars, with_titles
from decomposition.dependencies import Linked, Linker, cycle
from decomposition.extensions import Cause, Extension, InsteadOf, Provided
from decomposition.family import Family
from decomposition.instances import Instances
from decomposition.keys import another_id
from decomposition.lines import LineKind
from decomposition.model import OrderPlan, Step, StepId
from decomposition.pairing import Pairs
from decomposition.records import tables_of
from decomposition.schedule import timed_alone


def extend(plan: OrderPlan, catalog: Catalog, cause: Cause, now: datetime) -> OrderPlan | Refused:
    """Return the plan with the steps of an alternative group for the sources of a failed step, or why there is none.

    `catalog` is the version that the plan was made on. The new steps depend on each other, and on steps of other
    groups, as the planner would have it; what waited for the failed step waits for those with which the group ends.
    If an id of theirs is taken, all of them get the same number: `GROUP.STEP@LINE+2`. Their planned times count from
    `now`; the predicted completion of the order stays what it was.
    """
    replaced, group = plan.step(cause.step), catalog.group(cause.group)
    if replaced is None or cause.step in plan.replaced:
        what = "has been replaced already" if replaced else "is not in the plan"
        return Refused.because("no_step", f"Step `{cause.step}` {what}.")
    if group is None:
        hint = did_you_mean(cause.group, (each.name for each in catalog.step_groups), "Its step groups")
        version = f"The catalog version of the order, {catalog.digest[:12]},"
        return Refused.because("unknown_group", f"{version} has no step group `{cause.group}`.", hint)
    return _Growth(plan, catalog, cause, replaced, group).planned(now)


class _Growth:
    """One extension, while it is worked out."""

    def __init__(self, plan: OrderPlan, catalog: Catalog, cause: Cause, replaced: Step, group: StepGroup) -> None:
        self._plan = plan
        self._catalog = catalog
        self._cause = cause
        self._replaced = replaced
        self._group = group
        self._asking = Asking(tables_of(catalog.value_tables))
        self._lines = {each.id: each for each in plan.lines}
        known = (definition_in(group, each, catalog) for each in group.steps)
        self._definitions = {each.id: each for each in (*plan.definitions, *known)}

    def planned(self, now: datetime) -> OrderPlan | Refused:
        """Return the plan with the extension, or every reason why there is none."""
        linked = self._linked()
        issues = [*self._asking.issues, *linked.issues, *self._unprovided(linked.steps)]
        issues += unknown_calendars(self._definitions.values(), self._plan.calendars)
        if not linked.steps and not issues:
            message = f"The group `{self._group.name}` has no step for what `{self._replaced.id}` is about."
            issues.append(Issue(check="empty_plan", message=message))
        if issues:
            return Refused(issues=tuple(issues))
        grown = self._grown(linked, now)
        waiting = [each.model_copy(update={"after": grown.waits(each)}) for each in grown.steps]
        found = cycle(waiting, self._definitions)
        return Refused(issues=tuple(found)) if found else grown

    def _linked(self) -> Linked:
        """Return the new steps with what they wait for: of their own group, each other alone."""
        new = self._instances()
        others = [each for each in self._plan.steps if each.group != self._group.name]
        pairs = Pairs(Family(self._plan.lines), self._lines, self._asking, self._plan.records)
        return Linker(self._definitions, [*others, *new], pairs).link(new)

    def _instances(self) -> list[Step]:
        commercial = [each.id for each in self._plan.lines if each.kind is LineKind.COMMERCIAL]
        instances = Instances(self._lines, commercial, self._asking, self._plan.records)
        lines = dict.fromkeys(each.line for each in self._replaced.because)
        found = instances.of(self._group, [InsteadOf(step=self._replaced.id, line=each) for each in lines])
        number = next(each for each in count(1) if not any(self._plan.step(one) for one in _ids(found, each)))
        return [each.model_copy(update={"id": code}) for each, code in zip(found, _ids(found, number), strict=True)]

    def _unprovided(self, steps: Sequence[Step]) -> Iterator[Issue]:
        """Yield an issue for each output of the replaced step that is read and that the new steps do not give once."""
        read = self._read()
        for message in lacks(self._catalog, self._replaced.definition, self._group, read):
            hint = "Give the group a step that has it, or name another group."
            yield Issue(check="alternative_outputs", message=message, hint=hint)
        for output, found in self._giving(steps).items():
            if output in read and len(found) > 1:
                names = listed(found, "and")
                message = f"Later steps read one output `{output}` of `{self._replaced.id}`, and {names} give it."
                hint = f"Give the step a scope as broad as that of `{self._replaced.definition}`."
                yield Issue(check="alternative_outputs", message=message, hint=hint)

    def _read(self) -> tuple[str, ...]:
        reads = (read for each in self._plan.definitions for read in each.reads)
        return tuple(sorted({each.output for each in reads if each.step == self._replaced.definition}))

    def _giving(self, steps: Sequence[Step]) -> Mapping[str, tuple[StepId, ...]]:
        """Return which of the new steps give an output of the replaced one, by output."""
        replaced = self._plan.definition_of(self._replaced).step
        giving = givers(self._catalog, replaced, self._group)
        return {output: tuple(each.id for each in steps if each.name in names) for output, names in giving.items()}

    def _grown(self, linked: Linked, now: datetime) -> OrderPlan:
        plan = self._plan
        new = timed_alone(linked.steps, self._definitions, plan.order, self._lines, now, plan.calendars)
        used = [self._definitions[each] for each in sorted(self._definitions)]
        waited_for = {each.step for step in new for each in step.after}
        extension = Extension(
            cause=self._cause,
            at=now,
            former=plan.digest,
            steps=tuple(each.id for each in new),
            last=tuple(each.id for each in new if each.id not in waited_for),
            provided=tuple(
                Provided(output=output, step=found[0]) for output, found in self._giving(new).items() if len(found) == 1
            ),
        )
        dropped = (*plan.dropped, *with_titles(linked.dropped, self._catalog))
        update = {
            "definitions": tuple(used),
            "steps": tuple(sorted((*plan.steps, *new), key=lambda each: each.id)),
            "dropped": tuple(sorted(dropped, key=lambda each: (each.step, each.prerequisite))),
            "tables": tables_read(used, self._catalog),
            "extensions": (*plan.extensions, extension),
        }
        # A copy would take along what the former plan has worked out of itself.
        return OrderPlan(**{**{name: getattr(plan, name) for name in OrderPlan.model_fields}, **update})


def _ids(steps: Iterable[Step], number: int) -> tuple[StepId, ...]:
    return tuple(another_id(each.id, each.definition, number) for each in steps)

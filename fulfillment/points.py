"""Points of no return: which changes of which lines the steps that have begun deny (`domain.md` A2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from catalog.base import Recorded
from catalog.changes import Denied, Reach
from catalog.words import listed
from decomposition.lines import LineId, LineKind
from decomposition.model import OrderPlan, Step, StepId
from decomposition.revisions import RevisionKind
from fulfillment.change import StepFact, Verdict
from fulfillment.proposal import LineChange, LineVerdict
from fulfillment.states import StepState
from fulfillment.verdicts import Judged, has_begun

_WITHOUT_WEIGHT = (StepState.SKIPPED, StepState.CANCELLED, StepState.AMENDED, StepState.DISCARDED)
"""States of steps that deny nothing, whatever they had begun: they are undone, or were not done."""


class Changeable(Recorded):
    """Whether a commercial line may still be amended or cancelled, and in words what denies it."""

    line: str
    product: str
    amend: bool
    cancel: bool
    why: tuple[str, ...] = ()


class Point(NamedTuple):
    """A point of no return that an order has passed, its lines, and the topmost lines of their bundles."""

    step: Step
    title: str
    denied: Denied
    over: Reach
    lines: frozenset[LineId]
    roots: frozenset[LineId]

    def denies(self, kind: RevisionKind) -> bool:
        """Tell whether a change of this kind is denied to its lines."""
        return self.denied in (Denied.BOTH, Denied.AMEND if kind is RevisionKind.AMEND else Denied.CANCEL)

    def holds(self, line: LineId, root: LineId) -> bool:
        """Tell whether it is about this line, which is in the bundle `root`."""
        return line in self.lines or (self.over is Reach.BUNDLE and root in self.roots)

    @property
    def words(self) -> str:
        """The step, as the beginning of a sentence."""
        return f"Step `{self.step.id}` ({self.title}) has begun"


def changeable(plan: OrderPlan, facts: Sequence[StepFact]) -> tuple[Changeable, ...]:
    """Return for each commercial line of the order, by id, what the points of no return allow by now."""
    passed = points_passed(plan, {each.id: each for each in facts})
    found = []
    for line in plan.lines:
        if line.kind is not LineKind.COMMERCIAL or line.cancelled:
            continue
        holding = [each for each in passed if each.holds(line.id, line.root or line.id)]
        amend, cancel = ([one for one in holding if one.denies(kind)] for kind in RevisionKind)
        found.append(
            Changeable(
                line=line.id,
                product=line.product,
                amend=not amend,
                cancel=not cancel,
                why=tuple(f"{each.words}, which denies to {_verbs(each)} it." for each in holding),
            )
        )
    return tuple(found)


def points_passed(plan: OrderPlan, facts: Mapping[StepId, StepFact]) -> tuple[Point, ...]:
    """Return the points of no return that an order has passed, by step."""
    return tuple(
        _point(plan, each)
        for each in plan.steps
        if plan.definition_of(each).step.point_of_no_return is not None
        and each.id not in plan.unwanted
        and _weighs(facts.get(each.id) or StepFact(id=each.id))
    )


def crossed(
    plan: OrderPlan,
    new: OrderPlan | None,
    lines: Iterable[LineChange],
    verdicts: Mapping[StepId, Judged],
    facts: Mapping[StepId, StepFact],
) -> tuple[str, ...]:
    """Return, in words, each point of no return that a change of these lines would cross."""
    roots = {line.id: line.root or line.id for each in (plan, new) if each for line in each.lines}
    touched = [each for each in lines if each.verdict is not LineVerdict.KEPT]
    found = []
    for point in points_passed(plan, facts):
        judged = verdicts.get(point.step.id)
        # What is paid or billed for a whole order is done anew for any line of it, and concerns no parcel on its way.
        stays = judged is None or judged.verdict is Verdict.KEPT
        changed = [
            (each.line, roots[each.line], _kind(each.verdict)) for each in touched if each.of_itself or not stays
        ]
        denied = _denied(point, changed, new, verdicts)
        found += [f"{point.words}: from then on {what} denied." for what in denied]
    return tuple(found)


def _denied(
    point: Point,
    changed: Iterable[tuple[LineId, LineId, RevisionKind]],
    new: OrderPlan | None,
    verdicts: Mapping[StepId, Judged],
) -> Iterable[str]:
    """Yield what of a change a point denies; of a step without lines, that it is undone."""
    found: dict[RevisionKind, list[LineId]] = {}
    for line, root, kind in changed:
        if point.denies(kind) and point.holds(line, root):
            found.setdefault(kind, []).append(line)
    for kind, lines in found.items():
        yield f"to {kind.value} {'line' if len(lines) == 1 else 'lines'} {listed(lines)} is"
    verdict = verdicts.get(point.step.id)
    if not point.lines and verdict is not None and verdict.verdict is not Verdict.KEPT:
        kind = RevisionKind.CANCEL if new is None else RevisionKind.AMEND
        if point.denies(kind):
            yield f"to {kind.value} the order is"


def _kind(verdict: LineVerdict) -> RevisionKind:
    return RevisionKind.CANCEL if verdict is LineVerdict.CANCELLED else RevisionKind.AMEND


def _weighs(fact: StepFact) -> bool:
    begun = has_begun(fact) or fact.state in (StepState.IN_PROGRESS, StepState.COMPLETED)
    return begun and fact.state not in _WITHOUT_WEIGHT


def _point(plan: OrderPlan, step: Step) -> Point:
    definition = plan.definition_of(step)
    declared = definition.step.point_of_no_return
    assert declared is not None
    roots = frozenset(plan.line(each).root or each for each in step.origin)
    return Point(step, definition.title, declared.deny, declared.over, frozenset(step.origin), roots)


def _verbs(point: Point) -> str:
    return "amend or cancel" if point.denied is Denied.BOTH else point.denied.value

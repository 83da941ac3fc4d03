"""Comparing an order under way with what is wanted of it now: what a change means, before anything happens (A1-A5).

The wanted version is planned as if it were the first one, on the catalog and for the time of the order's acceptance;
then both plans are held together, step by step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from catalog.base import Issue, Refused
from catalog.catalog import Catalog
from decomposition.assets import Assets
from decomposition.fates import Fates, Wish
from decomposition.in_flight import as_compared
from decomposition.model import OrderPlan, StepId
from decomposition.order import Order
from decomposition.plan import plan as planned
from decomposition.records import Former, no_former
from decomposition.revise import revise
from decomposition.revisions import Revision, RevisionKind
from fulfillment.change import Consequence, StepFact, Verdict
from fulfillment.line_changes import line_changes
from fulfillment.points import crossed
from fulfillment.proposal import Change, LineChange, StepChange
from fulfillment.states import StepState
from fulfillment.verdicts import EFFECTIVE, Judged, has_begun, is_settled, judged

_ENDED = (
    StepState.COMPLETED,
    StepState.SKIPPED,
    StepState.CANCELLED,
    StepState.AMENDED,
    StepState.DISCARDED,
)
_TO_UNDO = (*EFFECTIVE, Consequence.WITHDRAWN)
"""Consequences for which undoing is planned: somebody may complete an open task while the change is worked out."""


def compare(
    plan: OrderPlan,
    facts: Sequence[StepFact],
    wanted: Order | None,
    catalog: Catalog,
    assets: Assets = (),
    *,
    now: datetime,
    kind: RevisionKind = RevisionKind.AMEND,
    actor: str = "",
    reason: str = "",
    override: bool = False,
    former: Former = no_former,
) -> Change | Refused:
    """Return what it means to have `wanted` in place of the order of `plan`, or every reason why it cannot be.

    Without `wanted` everything is cancelled. `facts` tell where steps stand; those without one have not begun.
    `catalog` is the version that the plan was made on. `override` passes points of no return. `former` gives older
    plans of the order, which steps with `data_of` read. Where nothing changes at all, the plan stays as it is.
    """
    new = _planned(plan, wanted, catalog, assets)
    if isinstance(new, Refused):
        return new
    known = {each.id: each for each in facts}
    known = {each.id: known.get(each.id) or StepFact(id=each.id) for each in plan.steps}
    seen = as_compared(plan, new, catalog) if new else None
    verdicts, issues = judged(plan, seen, known, former)
    lines = line_changes(plan, seen, verdicts, known)
    points = crossed(plan, new, lines, verdicts, known)
    if not override:
        issues += tuple(_denied(each) for each in points)
    wish = Wish(kind=kind, at=now, actor=actor, reason=reason)
    after = revise(plan, new, _fates(plan, known, verdicts), wish, catalog, former)
    if isinstance(after, Refused):
        issues += after.issues
    if issues or isinstance(after, Refused):
        return Refused(issues=issues)
    return _change(plan, after, lines, verdicts, points)


def _planned(plan: OrderPlan, wanted: Order | None, catalog: Catalog, assets: Assets) -> OrderPlan | Refused | None:
    if wanted is None:
        return None
    issues = [_other(each, plan.order, wanted) for each in ("number", "account") if _differ(each, plan.order, wanted)]
    if issues:
        return Refused(issues=tuple(issues))
    return planned(wanted, catalog, assets, now=plan.accepted_at, calendars=plan.calendars)


def _differ(name: str, order: Order, wanted: Order) -> bool:
    return bool(getattr(order, name) != getattr(wanted, name))


def _other(name: str, order: Order, wanted: Order) -> Issue:
    message = f"The {name} of the order is `{getattr(order, name)}`, and the new version has `{getattr(wanted, name)}`."
    hint = "A change keeps both; hand it in as an order of its own."
    return Issue(check="another_order", message=message, hint=hint, path=(name,))


def _denied(words: str) -> Issue:
    hint = "Somebody whose role may do so can override it, with a reason."
    return Issue(check="point_of_no_return", message=words, hint=hint)


def _fates(plan: OrderPlan, facts: Mapping[StepId, StepFact], verdicts: Mapping[StepId, Judged]) -> Fates:
    unwanted = (Verdict.UNWANTED, Verdict.REDONE)
    running = {code for code, each in verdicts.items() if each.consequence is Consequence.UNDONE_LATER}
    running |= {code for code in plan.unwanted if facts[code].state not in _ENDED}
    begun = (
        each.id
        for each in plan.steps
        if (has_begun(facts[each.id]) if each.id in plan.unwanted else is_settled(facts[each.id]))
    )
    return Fates(
        begun=frozenset(begun),
        unwanted=tuple(sorted(code for code, each in verdicts.items() if each.verdict in unwanted)),
        undone=frozenset(code for code, each in verdicts.items() if each.consequence in _TO_UNDO),
        amended=tuple(sorted(code for code, each in verdicts.items() if each.verdict is Verdict.AMENDED)),
        running=frozenset(running),
    )


def _change(
    plan: OrderPlan,
    after: OrderPlan,
    lines: tuple[LineChange, ...],
    verdicts: Mapping[StepId, Judged],
    points: tuple[str, ...],
) -> Change:
    revision = after.revisions[-1]
    change = Change(
        version=after.version,
        kind=revision.kind,
        former=revision.former,
        lines=lines,
        steps=tuple(_step_changes(plan, after, verdicts)),
        overridden=points,
        plan=after,
    )
    if change.changes_nothing and after.order == plan.order:
        return change.model_copy(update={"plan": plan, "version": plan.version})
    return change


def _step_changes(plan: OrderPlan, after: OrderPlan, verdicts: Mapping[StepId, Judged]) -> Iterator[StepChange]:
    """Yield what a change means for every step of the changed plan."""
    by = _answers(after.revisions[-1])
    for step in after.steps:
        if plan.step(step.id) is None:
            yield StepChange(step=step.id, verdict=Verdict.ADDED, why=_why_added(after, step.id))
            continue
        found = verdicts.get(step.id)
        if found is None:
            why = "an earlier change has dealt with it" if step.id in plan.unwanted else ""
            yield StepChange(step=step.id, verdict=Verdict.KEPT, why=why)
            continue
        more = () if found.verdict is Verdict.KEPT else by.get(step.id, ())
        yield StepChange(step=step.id, verdict=found.verdict, consequence=found.consequence, why=found.why, by=more)


def _answers(revision: Revision) -> dict[StepId, tuple[StepId, ...]]:
    """Return the steps that undo a step, make up for it or do it anew, by step."""
    found: dict[StepId, tuple[StepId, ...]] = {}
    for undoing in revision.undoing:
        found[undoing.step] = undoing.steps
    for mending in revision.mending:
        found[mending.step] = mending.steps
    for successor in revision.successors:
        found[successor.step] = (*found.get(successor.step, ()), successor.by)
    return found


def _why_added(after: OrderPlan, code: StepId) -> str:
    step = after.step(code)
    if step is not None and step.undoes is not None:
        return f"it undoes `{step.undoes}`"
    if step is not None and step.amends is not None:
        return f"it makes up for what changes for `{step.amends}`"
    before = after.predecessor(code)
    return f"it does `{before}` anew" if before else "the new version of the order brings it in"

"""What a change means for the commercial lines of an order: added, amended, cancelled or kept (`domain.md` A1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from catalog.words import listed
from decomposition.lines import Line, LineId, LineKind
from decomposition.model import OrderPlan, StepId
from fulfillment.change import StepFact, Verdict
from fulfillment.proposal import LineChange, LineVerdict
from fulfillment.verdicts import Judged, has_begun

_CONTENT = (
    "product",
    "quantity",
    "action",
    "parent",
    "attributes",
    "ship_to",
    "bill_to",
    "requested_date",
    "price",
    "term",
)
"""What people ordered of a line; the rest of its record follows from it."""


def line_changes(
    plan: OrderPlan, new: OrderPlan | None, verdicts: Mapping[StepId, Judged], facts: Mapping[StepId, StepFact]
) -> tuple[LineChange, ...]:
    """Return what a change means for every commercial line that the order has or had, by id.

    A line is amended, too, where a step of it that has begun does not simply stay; not of itself then.
    """
    old = {line.id: line for line in _commercial(plan.lines)}
    wanted = {line.id: line for line in _commercial(new.lines)} if new else {}
    moved = _moved(plan, verdicts, facts)
    found = []
    for code in sorted({**old, **wanted}):
        line = wanted.get(code) or old[code]
        verdict, why = _verdict(plan, new, old.get(code), wanted.get(code))
        of_itself = verdict is not LineVerdict.KEPT
        if verdict is LineVerdict.KEPT and code in wanted and code in moved:
            verb = "does" if len(moved[code]) == 1 else "do"
            verdict, why = LineVerdict.AMENDED, f"{listed(moved[code])} {verb} not stay"
        found.append(LineChange(line=code, product=line.product, verdict=verdict, why=why, of_itself=of_itself))
    return tuple(found)


def _verdict(plan: OrderPlan, new: OrderPlan | None, old: Line | None, wanted: Line | None) -> tuple[LineVerdict, str]:
    if new is None or wanted is None:
        if old is not None and old.cancelled:
            return LineVerdict.KEPT, "an earlier change has cancelled it"
        why = "the order is cancelled" if new is None else "the order does not have it any more"
        return LineVerdict.CANCELLED, why
    if old is None:
        return LineVerdict.ADDED, "the order did not have it"
    if old.cancelled:
        return LineVerdict.ADDED, "it comes back"
    differing = _differing(plan, old, new, wanted)
    if not differing:
        return LineVerdict.KEPT, ""
    return LineVerdict.AMENDED, f"{listed(differing)} {'changes' if len(differing) == 1 else 'change'}"


def _differing(plan: OrderPlan, old: Line, new: OrderPlan, wanted: Line) -> tuple[str, ...]:
    before, after = plan.records.line(old), new.records.line(wanted)
    asset = ("asset",) if old.asset != wanted.asset else ()
    return (*(each for each in _CONTENT if before[each] != after[each]), *asset)


def _moved(
    plan: OrderPlan, verdicts: Mapping[StepId, Judged], facts: Mapping[StepId, StepFact]
) -> dict[LineId, list[StepId]]:
    """Return the steps that have begun and do not simply stay, by line."""
    found: dict[LineId, list[StepId]] = {}
    for code in sorted(verdicts):
        step = plan.step(code)
        if step is not None and verdicts[code].verdict is not Verdict.KEPT and has_begun(facts[code]):
            for line in step.origin:
                found.setdefault(line, []).append(code)
    return found


def _commercial(lines: Iterable[Line]) -> Iterable[Line]:
    return (line for line in lines if line.kind is LineKind.COMMERCIAL)

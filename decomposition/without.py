"""The order that is left when lines of it are cancelled (`domain.md` A3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalog.base import Issue, Refused
from catalog.catalog import Catalog
from catalog.words import did_you_mean
from decomposition.holdings import Holdings
from decomposition.intake import complete, day_of
from decomposition.lines import Line, LineId, LineKind
from decomposition.model import OrderPlan
from decomposition.order import Order


def without_lines(plan: OrderPlan, lines: Sequence[LineId], catalog: Catalog) -> Order | Refused | None:
    """Return the order of `plan` without these lines and those below them; None if none is left.

    A required part of a bundle that stays cannot go: planning would add it again. `catalog` is the version that the
    plan was made on.
    """
    known = {line.id: line for line in plan.lines if line.kind is LineKind.COMMERCIAL}
    issues = list(_unknown(plan, lines, known))
    if issues:
        return Refused(issues=tuple(issues))
    gone = frozenset(each.id for each in known.values() if _is_below(each, frozenset(lines), known))
    left = tuple(each for each in plan.order.lines if each.id not in gone)
    issues = [_required(known[each], known) for each in sorted(gone) if _is_bare(known[each], gone)]
    if issues:
        return Refused(issues=tuple(issues))
    if not left:
        return None
    # A copy would take along the digest of the whole order.
    order = Order(**{**{name: getattr(plan.order, name) for name in Order.model_fields}, "lines": left})
    found = complete(order, catalog, day_of(order, plan.accepted_at), Holdings(plan.assets))
    if isinstance(found, Refused):
        return found
    again = {(line.parent, line.product) for line in found if line.id not in known}
    issues = [
        _required(known[each], known) for each in sorted(gone) if (known[each].parent, known[each].product) in again
    ]
    return Refused(issues=tuple(issues)) if issues else order


def _unknown(plan: OrderPlan, lines: Sequence[LineId], known: dict[LineId, Line]) -> Iterator[Issue]:
    for code in dict.fromkeys(lines):
        if code not in known:
            hint = did_you_mean(code, known, "Its lines")
            message = f"Order `{plan.order.number}` has no line `{code}`."
            yield Issue(check="unknown_line", message=message, hint=hint, path=("lines", code))
        elif known[code].cancelled:
            message = f"Line `{code}` has been cancelled already."
            yield Issue(check="line_cancelled", message=message, path=("lines", code))


def _is_below(line: Line, gone: frozenset[LineId], known: dict[LineId, Line]) -> bool:
    """Tell whether a line is one of `gone`, or in a bundle that is."""
    at: Line | None = line
    while at is not None:
        if at.id in gone:
            return True
        at = known.get(at.parent) if at.parent else None
    return False


def _is_bare(line: Line, gone: frozenset[LineId]) -> bool:
    """Tell whether a line that the planner added is to go without the bundle that needs it."""
    return line.derived and line.parent not in gone


def _required(line: Line, known: dict[LineId, Line]) -> Issue:
    bundle = known[line.parent] if line.parent else line
    message = f"Line `{line.id}` cannot go alone: `{bundle.product}` (line `{bundle.id}`) needs `{line.product}`."
    hint = f"Cancel line `{bundle.id}`, or amend the order."
    return Issue(check="required_component", message=message, hint=hint, path=("lines", line.id))

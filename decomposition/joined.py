"""What a changed plan has besides its steps: of the new version what it says, of the former one what is history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from catalog.base import Issue
from catalog.catalog import Catalog
from decomposition.definitions import tables_read
from decomposition.lines import Line, LineId, LineKind
from decomposition.model import Definition, Dropped, OrderPlan, Step, StepId
from decomposition.revisions import Revision


class Joined(NamedTuple):
    """The parts of a changed plan that its revision decides about."""

    revision: Revision
    steps: tuple[Step, ...]
    definitions: Mapping[str, Definition]
    dropped: tuple[Dropped, ...]
    critical_path: tuple[StepId, ...]


def joined(plan: OrderPlan, new: OrderPlan | None, parts: Joined, catalog: Catalog) -> OrderPlan:
    """Return the plan that runs after a change; without `new`, all lines are cancelled and the order stays."""
    used = tuple(parts.definitions[each] for each in sorted(parts.definitions))
    update: dict[str, Any] = {
        "lines": lines_after(plan, new),
        "definitions": used,
        "steps": tuple(sorted(parts.steps, key=lambda each: each.id)),
        "dropped": tuple(sorted(parts.dropped, key=lambda each: (each.step, each.prerequisite))),
        "tables": tables_read(used, catalog),
        "revisions": (*plan.revisions, parts.revision),
    }
    if new is not None:
        known = {line.id for line in new.lines}
        trace = (*new.trace, *(each for each in plan.trace if each.line is not None and each.line not in known))
        titles = {each.code: each for each in (*plan.titles, *new.titles)}
        assets = {each.id: each for each in (*plan.assets, *new.assets)}
        update |= {
            **{name: getattr(new, name) for name in _OF_THE_NEW},
            "trace": tuple(sorted(trace, key=lambda each: (each.line or "", each.rule))),
            "titles": tuple(titles[each] for each in sorted(titles)),
            "assets": tuple(assets[each] for each in sorted(assets)),
            "critical_path": parts.critical_path,
        }
    # A copy would take along what the former plan has worked out of itself.
    return OrderPlan(**{**{name: getattr(plan, name) for name in OrderPlan.model_fields}, **update})


_OF_THE_NEW = ("catalog", "order", "order_attributes", "order_facts", "line_facts", "predicted_completion")


def lines_after(plan: OrderPlan, new: OrderPlan | None) -> tuple[Line, ...]:
    """Return the lines of a changed plan: those of the new version, and as cancelled those that it has no more."""
    wanted = new.lines if new else ()
    known = {line.id for line in wanted}
    gone = (_cancelled(each) for each in plan.lines if each.id not in known)
    return tuple(sorted((*wanted, *gone), key=lambda line: (line.kind is LineKind.TECHNICAL, line.id)))


def _cancelled(line: Line) -> Line:
    return line if line.cancelled else line.model_copy(update={"cancelled": True})


def newly_cancelled(plan: OrderPlan, lines: Iterable[Line]) -> tuple[LineId, ...]:
    """Return the ids of those of `lines`, all of a changed plan, that `plan` still wants, sorted."""
    before = {each.id for each in plan.lines if not each.cancelled}
    return tuple(sorted(each.id for each in lines if each.cancelled and each.id in before))


def conflicts(plan: OrderPlan, found: Mapping[str, Definition]) -> tuple[Issue, ...]:
    """Return an issue for each definition of `plan` that another catalog version has otherwise."""
    differing = [each.id for each in plan.definitions if each.id in found and found[each.id] != each]
    return tuple(
        Issue(
            check="definition_differs",
            message=f"Step `{each}` is defined otherwise in the catalog version that the change is planned on.",
            hint="Change the order on the version that it was planned on.",
        )
        for each in differing
    )

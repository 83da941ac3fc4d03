"""A change as people and programs see it before it happens: its lines, and under them the steps it touches."""

from __future__ import annotations

from pydantic import Field

from catalog.base import Recorded
from decomposition.lines import LineKind
from decomposition.model import OrderPlan
from decomposition.revisions import Revision
from fulfillment.change import Verdict
from fulfillment.proposal import Change, LineChange, StepChange
from fulfillment.states import StepState
from orderbook.views import OrderView


class ProposedLine(LineChange):
    """A line of a change, with its name and the line that it is below."""

    title: str = ""
    parent: str | None = None


class ProposedStep(StepChange):
    """A step of a change: its title, the commercial lines that it is for, where it stands, and which one it undoes."""

    title: str
    lines: tuple[str, ...] = ()
    state: StepState | None = None
    undoes: str | None = None
    amends: str | None = None


class Proposal(Recorded):
    """What a change would mean: the order's version before and after, each line, each step, and why.

    `overridden` tells which points of no return it passes. `changes_nothing`: every line and step stays as it is.
    """

    order: str
    base: int
    version: int
    kind: str
    changes_nothing: bool
    lines: tuple[ProposedLine, ...]
    steps: tuple[ProposedStep, ...]
    overridden: tuple[str, ...] = ()
    # For comparison with what then happens; people read the steps.
    revision: Revision | None = Field(default=None, exclude=True)

    @property
    def kept(self) -> int:
        """How many steps stay as they are."""
        return sum(each.verdict is Verdict.KEPT for each in self.steps)


def as_proposal(change: Change, before: OrderPlan, order: OrderView) -> Proposal:
    """Return a change with what people need to recognize its lines and steps; `before` is the plan that it changes."""
    return Proposal(
        order=order.number,
        base=before.version,
        version=change.version,
        kind=change.kind,
        changes_nothing=change.changes_nothing,
        lines=_lines(change),
        steps=_steps(change, order),
        overridden=change.overridden,
        revision=change.plan.revisions[-1] if change.plan.version > before.version else None,
    )


def _lines(change: Change) -> tuple[ProposedLine, ...]:
    titles = {each.code: each.name for each in change.plan.titles}
    parents = {each.id: each.parent for each in change.plan.lines if each.kind is LineKind.COMMERCIAL}
    return tuple(
        ProposedLine(**dict(each), title=titles.get(each.product, each.product), parent=parents.get(each.line))
        for each in change.lines
    )


def _steps(change: Change, order: OrderView) -> tuple[ProposedStep, ...]:
    states = {each.id: each.state for each in order.steps}
    planned = {each.id: each for each in change.plan.steps}
    found = ((each, planned[each.step]) for each in change.steps)
    return tuple(
        ProposedStep(
            **dict(each),
            title=change.plan.definition_of(step).title,
            lines=step.origin,
            state=states.get(each.step),
            undoes=step.undoes,
            amends=step.amends,
        )
        for each, step in found
    )

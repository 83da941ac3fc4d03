"""A plan as people and programs see it before it runs: the shape of a running order, with every step pending."""

from __future__ import annotations

from catalog.base import Frozen
from decomposition.lines import LineKind
from decomposition.model import Definition, OrderPlan, Step
from fulfillment.progress import FalloutProgress, LineProgress, StepProgress
from fulfillment.states import OrderState, StepState


class PlannedOrder(Frozen):
    """What a dry run answers; `plan` is the digest of the plan that a submit on the same day would store."""

    number: str
    account: str
    state: OrderState
    catalog: str
    plan: str
    lines: tuple[LineProgress, ...]
    steps: tuple[StepProgress, ...]
    fallouts: tuple[FalloutProgress, ...] = ()


def as_planned(plan: OrderPlan) -> PlannedOrder:
    """Return the plan as an order of which nothing has run."""
    definitions = {each.id: each for each in plan.definitions}
    return PlannedOrder(
        number=plan.order.number,
        account=plan.order.account,
        state=OrderState.PENDING,
        catalog=plan.catalog,
        plan=plan.digest,
        lines=_lines(plan),
        steps=tuple(_step(step, definitions[step.definition]) for step in plan.steps),
    )


def _lines(plan: OrderPlan) -> tuple[LineProgress, ...]:
    titles = {each.code: each.name for each in plan.titles}
    return tuple(
        LineProgress(
            id=line.id,
            product=line.product,
            title=titles.get(line.product, line.product),
            parent=line.parent,
            state=OrderState.PENDING,
        )
        for line in plan.lines
        if line.kind is LineKind.COMMERCIAL
    )


def _step(step: Step, definition: Definition) -> StepProgress:
    return StepProgress(
        id=step.id,
        group=step.group,
        title=definition.title,
        type=definition.step.type.value,
        state=StepState.PENDING,
        reason=_reason(step),
        after=tuple(each.step for each in step.after),
        sources=step.sources,
    )


def _reason(step: Step) -> str:
    count = len(step.after)
    if not count:
        return "starts at once"
    return f"after {step.after[0].step}" if count == 1 else f"after {count} steps"

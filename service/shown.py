"""A plan as people and programs see it before it runs: in the shape of a running order, with every step pending."""

from __future__ import annotations

from decomposition.lines import LineKind
from decomposition.model import Definition, OrderPlan, Step
from fulfillment.progress import LineProgress
from fulfillment.states import OrderState, StepState
from orderbook.views import OrderView, StepView


def as_planned(plan: OrderPlan) -> OrderView:
    """Return a plan as an order of which nothing has run: every step is pending."""
    definitions = {each.id: each for each in plan.definitions}
    return OrderView(
        number=plan.order.number,
        account=plan.order.account,
        state=OrderState.PENDING,
        priority=plan.order.priority,
        catalog=plan.catalog,
        accepted_at=plan.accepted_at,
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


def _step(step: Step, definition: Definition) -> StepView:
    return StepView(
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
    match len(step.after):
        case 0:
            return "starts at once"
        case 1:
            return f"after {step.after[0].step}"
        case count:
            return f"after {count} steps"

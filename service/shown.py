"""A plan as people and programs see it before it runs: in the shape of a running order, with every step pending."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from decomposition.foresight import Foresight
from decomposition.lines import LineKind, Trial
from decomposition.model import Definition, OrderPlan, Step, StepId
from decomposition.wording import moment
from fulfillment.progress import LineProgress
from fulfillment.states import OrderState, StepState
from orderbook.views import OrderView, StepView


class PlannedStep(StepView):
    """A step that has not run: when it can and must start, and what its condition gives if that is known."""

    not_before: datetime | None = None
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    latest_start: datetime | None = None
    critical: bool = False
    when: str | None = None
    condition: str = ""


class PlannedOrder(OrderView):
    """An order that has not run: when it completes against when that was requested, and every rule and scenario tried.

    `late_by` counts from the end of the requested day; None is in time.
    """

    steps: tuple[PlannedStep, ...] = ()
    requested_completion: date | None = None
    predicted_completion: datetime | None = None
    late_by: timedelta | None = None
    critical_path: tuple[StepId, ...] = ()
    tried: tuple[Trial, ...] = ()


def as_planned(plan: OrderPlan) -> PlannedOrder:
    """Return a plan as an order of which nothing has run: every step is pending."""
    definitions = {each.id: each for each in plan.definitions}
    foresight = Foresight(plan)
    return PlannedOrder(
        number=plan.order.number,
        account=plan.order.account,
        state=OrderState.PENDING,
        priority=plan.order.priority,
        catalog=plan.catalog,
        accepted_at=plan.accepted_at,
        plan=plan.digest,
        lines=_lines(plan),
        steps=tuple(_step(step, definitions[step.definition], foresight.condition(step)) for step in plan.steps),
        requested_completion=plan.order.requested_completion,
        predicted_completion=plan.predicted_completion,
        late_by=plan.late_by,
        critical_path=plan.critical_path,
        tried=plan.trace,
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


def _step(step: Step, definition: Definition, condition: str) -> PlannedStep:
    return PlannedStep(
        id=step.id,
        group=step.group,
        title=definition.title,
        type=definition.step.type.value,
        state=StepState.PENDING,
        reason=_reason(step),
        after=tuple(each.step for each in step.after),
        sources=step.sources,
        not_before=step.not_before,
        planned_start=step.planned_start,
        planned_end=step.planned_end,
        latest_start=step.latest_start,
        critical=step.critical,
        when=definition.step.when,
        condition=condition,
    )


def _reason(step: Step) -> str:
    if step.not_before is None:
        return _prerequisites(step)
    time = f"not before {moment(step.not_before)}"
    return f"{_prerequisites(step)}, {time}" if step.after else time


def _prerequisites(step: Step) -> str:
    if not step.after:
        return "starts at once"
    first, *others = (each.step for each in step.after)
    return f"after {first}" if not others else f"after {first} and {len(others)} more"

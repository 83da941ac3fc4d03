"""An order as people and programs see it: planned only or running, in the same shape."""

from __future__ import annotations

from datetime import datetime

from catalog.base import Recorded
from decomposition.lines import LineKind
from decomposition.model import Definition, OrderPlan, Step
from fulfillment.progress import LineProgress
from fulfillment.states import OrderState, StepState
from orderbook.views import FalloutView, LateAnswer, OrderView, StepView, TaskView


class ShownOrder(Recorded):
    """One order; what only a submitted one has is None or empty in a dry run. Steps are in the order of their ids."""

    number: str
    account: str
    state: OrderState
    priority: str
    catalog: str
    plan: str | None = None
    accepted_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    lines: tuple[LineProgress, ...] = ()
    steps: tuple[StepView, ...] = ()
    fallouts: tuple[FalloutView, ...] = ()
    tasks: tuple[TaskView, ...] = ()
    late_answers: tuple[LateAnswer, ...] = ()

    @property
    def has_ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.ended_at is not None

    @property
    def open_fallouts(self) -> tuple[FalloutView, ...]:
        """The fallouts that wait for a decision."""
        return tuple(each for each in self.fallouts if not each.resolution)

    @property
    def open_tasks(self) -> tuple[TaskView, ...]:
        """The tasks that wait for a person."""
        return tuple(each for each in self.tasks if each.completed_at is None)


def as_shown(view: OrderView) -> ShownOrder:
    """Return what the order book knows of an order."""
    same = {name: getattr(view, name) for name in ShownOrder.model_fields if name not in ("fallouts", "tasks")}
    return ShownOrder.model_construct(**same, fallouts=view.all_fallouts, tasks=view.all_tasks)


def as_planned(plan: OrderPlan) -> ShownOrder:
    """Return a plan as an order of which nothing has run: every step is pending."""
    definitions = {each.id: each for each in plan.definitions}
    return ShownOrder(
        number=plan.order.number,
        account=plan.order.account,
        state=OrderState.PENDING,
        priority=plan.order.priority,
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

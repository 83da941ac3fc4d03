"""A running order against its time: actual, planned, predicted and requested times side by side (`domain.md` H2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from catalog.jeopardy import JeopardyRule
from decomposition.model import OrderPlan, Step, StepId
from fulfillment.jeopardy import Jeopardy, OrderJeopardy, StepJeopardy, limits_in_force, order_jeopardy
from fulfillment.prediction import PredictedStep
from orderbook.views import OrderView, StepView

if TYPE_CHECKING:
    # What is drawn of a dry run needs no database, and so no database library.
    from orderbook.store import OrderBook


class TimedStep(StepView):
    """A step with what was planned when the order was accepted, and what is predicted now; `critical`: it decides.

    What has happened stands in `started_at` and `ended_at`; `jeopardy` is None where nobody has said how long it takes,
    before it begins and after it has ended.
    """

    planned_start: datetime | None = None
    planned_end: datetime | None = None
    predicted_start: datetime | None = None
    predicted_end: datetime | None = None
    critical: bool = False
    jeopardy: Jeopardy | None = None
    at_risk_at: datetime | None = None
    late_at: datetime | None = None


class TimedOrder(OrderView):
    """An order with its times: three pairs (actual, planned, requested) that are never mixed, and the prediction.

    `late_by` counts from the end of the requested day to the predicted completion; None is in time.
    """

    steps: tuple[TimedStep, ...] = ()
    requested_start: date | None = None
    requested_completion: date | None = None
    planned_start: datetime | None = None
    planned_completion: datetime | None = None
    predicted_completion: datetime | None = None
    late_by: timedelta | None = None
    critical_path: tuple[StepId, ...] = ()


def timed(book: OrderBook, order: OrderView, rules: tuple[JeopardyRule, ...], now: datetime) -> TimedOrder:
    """Return an order of the book with its times as of `now`, by the jeopardy rules in force; it has none unplanned."""
    plan = book.plan(order.plan) if order.plan else None
    if plan is None:
        return TimedOrder(**_shallow(order))
    catalog = book.catalog(plan.catalog) if rules else None
    stands = order_jeopardy(plan, order.steps, limits_in_force(plan, catalog, rules), now)
    starts = [each.planned_start for each in plan.steps if each.planned_start]
    return TimedOrder(
        **{
            **_shallow(order),
            "steps": _steps(order, plan, stands),
            "jeopardy": None if order.ended_at else stands.level,
        },
        requested_start=plan.order.requested_start,
        requested_completion=plan.order.requested_completion,
        planned_start=min(starts, default=None),
        planned_completion=plan.predicted_completion,
        predicted_completion=stands.prediction.completion,
        late_by=_late_by(stands),
        critical_path=stands.prediction.critical_path,
    )


def _late_by(stands: OrderJeopardy) -> timedelta | None:
    completion = stands.prediction.completion
    return completion - stands.promised if stands.promised and completion > stands.promised else None


def _steps(order: OrderView, plan: OrderPlan, stands: OrderJeopardy) -> tuple[TimedStep, ...]:
    planned: Mapping[StepId, Step] = {each.id: each for each in plan.steps}
    predicted = {each.id: each for each in stands.prediction.steps}
    in_jeopardy = {each.step: each for each in stands.steps}
    return tuple(
        _step(each, planned.get(each.id), predicted[each.id], in_jeopardy.get(each.id)) for each in order.steps
    )


def _step(step: StepView, planned: Step | None, predicted: PredictedStep, stands: StepJeopardy | None) -> TimedStep:
    return TimedStep(
        **_shallow(step),
        planned_start=planned.planned_start if planned else None,
        planned_end=planned.planned_end if planned else None,
        predicted_start=predicted.start,
        predicted_end=predicted.end,
        critical=predicted.critical,
        jeopardy=stands.level if stands else None,
        at_risk_at=stands.at_risk_at if stands else None,
        late_at=stands.late_at if stands else None,
    )


def _shallow(view: OrderView | StepView) -> dict[str, object]:
    return dict(view)

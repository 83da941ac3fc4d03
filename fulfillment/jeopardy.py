"""What is in danger of being late: steps by how long they take, orders by what they promised (`domain.md` H2).

Nothing here is remembered: given where the steps stand and what time it is, it is computed anew by whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from catalog.base import Frozen
from catalog.catalog import Catalog
from catalog.jeopardy import JeopardyRule, JeopardySubject, Limits, limits
from decomposition.clock import Clock, Length, plus
from decomposition.model import OrderPlan, Step, StepId
from decomposition.schedule import midnight
from fulfillment.prediction import Prediction, predict
from fulfillment.progress import StepProgress
from fulfillment.rollup import ENDED

LOOKS_APART = timedelta(hours=1)
"""How long an order that counts working time is not looked at: its prediction can leap over a night at any moment."""


class Jeopardy(StrEnum):
    """How a step or an order stands against its time."""

    ON_TIME = "on_time"
    AT_RISK = "at_risk"
    LATE = "late"


_WALL = Clock()
SEVERITY = tuple(Jeopardy)
"""Levels from harmless to worst."""


class StepJeopardy(Frozen):
    """One step that has begun and has a time to keep; `at_risk_at` is None where nothing warns before it is late."""

    step: StepId
    level: Jeopardy
    at_risk_at: datetime | None
    late_at: datetime


class OrderJeopardy(Frozen):
    """An order: the worst of its steps and of its promise; steps by id.

    `promised` is the end of the requested day. `next_look` is the earliest moment at which any level can change
    although nothing happens; None if there is none.
    """

    level: Jeopardy
    promise: Jeopardy
    promised: datetime | None
    prediction: Prediction
    steps: tuple[StepJeopardy, ...]
    next_look: datetime | None


def jeopardy(step: StepProgress, allowed: Limits, now: datetime, clock: Clock = _WALL) -> StepJeopardy | None:
    """Return how a step stands; None if it has not begun, has ended, or nobody has said how long it takes.

    It is at risk from `threshold` before its expected end on, and late after that end; both count working time where
    the step has a calendar.
    """
    if step.started_at is None or step.state in ENDED or not allowed.expected:
        return None
    expected, threshold = (
        Length(length=each, calendar=allowed.calendar) for each in (allowed.expected, allowed.threshold)
    )
    late_at = clock.later(step.started_at, expected)
    at_risk_at = max(step.started_at, clock.earlier(late_at, threshold)) if allowed.threshold else None
    level = Jeopardy.ON_TIME
    if now > late_at:
        level = Jeopardy.LATE
    elif at_risk_at is not None and now >= at_risk_at:
        level = Jeopardy.AT_RISK
    return StepJeopardy(step=step.id, level=level, at_risk_at=at_risk_at, late_at=late_at)


def order_jeopardy(
    plan: OrderPlan, steps: Iterable[StepProgress], allowed: Mapping[StepId, Limits], now: datetime
) -> OrderJeopardy:
    """Return how an order and its steps stand; `allowed` are those in force, by step.

    A promise is at risk while the order is predicted to complete after the requested day, and late once that is over.
    """
    steps = tuple(steps)
    clock = Clock(plan.calendars)
    found = tuple(each for step in steps if (each := jeopardy(step, allowed.get(step.id, Limits()), now, clock)))
    prediction = predict(plan, steps, now, {code: each.expected for code, each in allowed.items() if each.expected})
    promised = end_of(plan.order.requested_completion)
    is_open = any(each.state not in ENDED for each in steps) or not steps
    promise = _promise(prediction, promised, now) if is_open else Jeopardy.ON_TIME
    return OrderJeopardy(
        level=worst((promise, *(each.level for each in found))),
        promise=promise,
        promised=promised,
        prediction=prediction,
        steps=tuple(sorted(found, key=lambda each: each.step)),
        next_look=_next_look(found, prediction, promised, now, leaps=bool(plan.calendars)),
    )


def worst(levels: Iterable[Jeopardy]) -> Jeopardy:
    """Return the worst of the levels; on time if there is none."""
    return max(levels, key=SEVERITY.index, default=Jeopardy.ON_TIME)


def end_of(day: date | None) -> datetime | None:
    """Return the moment at which a requested day is over."""
    return None if day is None else plus(midnight(day), timedelta(days=1))


def _promise(prediction: Prediction, promised: datetime | None, now: datetime) -> Jeopardy:
    if promised is None or prediction.completion <= promised:
        return Jeopardy.ON_TIME
    return Jeopardy.LATE if now > promised else Jeopardy.AT_RISK


def _next_look(
    steps: Iterable[StepJeopardy], prediction: Prediction, promised: datetime | None, now: datetime, *, leaps: bool
) -> datetime | None:
    """Return when to look again: a step's next limit, or the earliest moment at which the promise can be in danger.

    As time goes on, a prediction moves by no more than that time: while it has slack, nothing can happen before that
    is used up. One that counts working time `leaps` over the hours in between: it is looked at again before long.
    """
    moments = [at for each in steps for at in (each.at_risk_at, each.late_at) if at is not None and at >= now]
    if promised is not None and promised >= now:
        slack = promised - prediction.completion
        slack = min(slack, LOOKS_APART) if leaps else slack
        moments.append(plus(now, slack) if slack >= timedelta(0) else promised)
    return min(moments, default=None)


def limits_in_force(plan: OrderPlan, catalog: Catalog | None, rules: tuple[JeopardyRule, ...]) -> dict[StepId, Limits]:
    """Return how long each step of a plan may take: as its definition says, or the most exact rule.

    `catalog` is the plan's, for the classes of products; without it no rule for a class matches.
    """
    return {each.id: limits(plan.definition_of(each).step, rules, _subject(plan, each, catalog)) for each in plan.steps}


def _subject(plan: OrderPlan, step: Step, catalog: Catalog | None) -> JeopardySubject:
    products = tuple(dict.fromkeys(plan.line(each).product for each in step.sources or step.origin))
    found = [product for code in products if catalog is not None and (product := catalog.product(code))]
    classes = dict.fromkeys(each for product in found for each in catalog.classes_of(product)) if catalog else {}
    return JeopardySubject(
        step=step.definition,
        type=plan.definition_of(step).step.type,
        account=plan.order.account,
        products=products,
        classifications=tuple(classes),
    )

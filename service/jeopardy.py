"""Looks at open orders for what is in danger of being late, and tells of it once; the clock's part (`domain.md` H2).

All from the order book: no running workflow is touched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from catalog.base import digest
from catalog.jeopardy import JeopardyRule
from decomposition.model import OrderPlan
from decomposition.wording import duration, moment
from fulfillment.jeopardy import Jeopardy, OrderJeopardy, limits_in_force, order_jeopardy
from orderbook.at_risk import ToLookAt
from orderbook.jeopardy import OrderInJeopardy, StepInJeopardy
from orderbook.store import OrderBook
from service.catalogs import environment_in_use
from service.notify import Notification, notify
from service.settings import Settings

KIND = "jeopardy"
"""The kind of the notifications."""
AT_A_TIME = 500
"""Orders that one look judges at most; the others come next minute, those whose time has come first."""
TOGETHER = 50
"""Orders whose judgement is written down in one transaction."""
AGAIN = timedelta(minutes=10)
"""After what time an order in danger is looked at again, so that its predicted completion is that of about now."""

logger = logging.getLogger(__name__)


async def watch_for_jeopardy(book: OrderBook, settings: Settings, now: datetime) -> int:
    """Judge the orders that have gone on, or whose time has come, by the rules in force now; return how many."""
    loaded = await asyncio.to_thread(environment_in_use, settings)
    if loaded.environment is None:
        logger.warning("The environment `%s` cannot be read, so nothing was looked at for jeopardy.", loaded.where)
        return 0
    return await asyncio.to_thread(look, book, loaded.environment.jeopardy_rules, now)


def look(book: OrderBook, rules: tuple[JeopardyRule, ...], now: datetime, limit: int = AT_A_TIME) -> int:
    """Judge open orders, tell of each new danger once and write down how they stand; return how many were judged.

    Any number of clocks may do so at once. It tells first: what is written down was told.
    """
    book.forget_jeopardy(book.ended_in_jeopardy())
    in_force = digest("".join(each.model_dump_json() for each in rules))
    found = book.to_look_at(in_force, now, limit)
    for at in range(0, len(found), TOGETHER):
        judged = (_judged(book, each, rules, in_force, now) for each in found[at : at + TOGETHER])
        book.put_jeopardy(each for each in judged if each is not None)
    return len(found)


def _judged(
    book: OrderBook, order: ToLookAt, rules: tuple[JeopardyRule, ...], in_force: str, now: datetime
) -> tuple[OrderInJeopardy, tuple[StepInJeopardy, ...]] | None:
    plan = book.remembered_plan(order.plan) or book.stored_plan(order.plan)
    if plan is None:
        return None
    batch, steps = book.steps_as_of(order.number)
    catalog = book.catalog(plan.catalog) if rules else None
    stands = order_jeopardy(plan, steps, limits_in_force(plan, catalog, rules), now)
    titles = {each.id: each.title for each in steps}
    for danger in _dangers(plan, titles, stands):
        notify(book, danger, now)
    return _order_row(order.number, batch, stands, in_force, now), _step_rows(order.number, titles, stands, now)


def _order_row(number: str, batch: int, stands: OrderJeopardy, rules: str, now: datetime) -> OrderInJeopardy:
    next_look = stands.next_look
    if stands.level is not Jeopardy.ON_TIME:
        next_look = min(now + AGAIN, next_look or now + AGAIN)
    return OrderInJeopardy(
        number=number,
        level=stands.level,
        promise=stands.promise,
        since=now,
        promised=stands.promised,
        predicted_completion=stands.prediction.completion,
        batch=batch,
        rules=rules,
        looked_at=now,
        next_look_at=next_look,
    )


def _step_rows(
    number: str, titles: Mapping[str, str], stands: OrderJeopardy, now: datetime
) -> tuple[StepInJeopardy, ...]:
    return tuple(
        StepInJeopardy(number=number, title=titles[each.step], since=now, **dict(each))
        for each in stands.steps
        if each.level is not Jeopardy.ON_TIME
    )


def _dangers(plan: OrderPlan, titles: Mapping[str, str], stands: OrderJeopardy) -> Iterator[Notification]:
    """Yield what is in danger, in words."""
    number = plan.order.number
    for each in stands.steps:
        if each.level is not Jeopardy.ON_TIME:
            how = "is late: it was" if each.level is Jeopardy.LATE else "is at risk: it is"
            what = (
                f"Order {number}: `{titles[each.step]}` ({each.step}) {how} expected to end by {moment(each.late_at)}."
            )
            yield Notification(kind=KIND, subject=f"{number}/{each.step}", level=each.level.value, text=what)
    if stands.promise is not Jeopardy.ON_TIME and stands.promised is not None:
        completion = stands.prediction.completion
        late = duration(timedelta(seconds=(completion - stands.promised) // timedelta(seconds=1)))
        day = plan.order.requested_completion
        what = f"Order {number} is predicted to complete {moment(completion)}, {late} after the requested {day} ends."
        yield Notification(kind=KIND, subject=number, level=stands.promise.value, text=what)

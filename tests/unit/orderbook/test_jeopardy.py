"""What the book keeps of open orders in danger, and which it says must be looked at again."""

from __future__ import annotations

from datetime import datetime

from fulfillment.jeopardy import Jeopardy
from fulfillment.states import OrderState
from orderbook.jeopardy import OrderInJeopardy, StepInJeopardy
from orderbook.store import OrderBook
from tests.unit.orderbook.builders import NOON, a_batch, a_step, accept, an_order, minutes

RULES = "r1"


def an_open_order(book: OrderBook, number: str) -> None:
    accept(book, an_order(number))
    book.write_batch(a_batch(1, number=number, steps=(a_step(started_at=NOON),)))


def judged(
    book: OrderBook,
    number: str,
    at: float,
    *,
    level: Jeopardy = Jeopardy.ON_TIME,
    promise: Jeopardy = Jeopardy.ON_TIME,
    next_look: float | None = None,
) -> None:
    """Write down that the clock looked at an order, whose step has the level."""
    order = OrderInJeopardy(
        number=number, level=max(level, promise, key=list(Jeopardy).index), promise=promise, since=minutes(at),
        promised=minutes(30), predicted_completion=minutes(40), batch=1, rules=RULES, looked_at=minutes(at),
        next_look_at=None if next_look is None else minutes(next_look),
    )  # fmt: skip
    step = StepInJeopardy(
        number=number, step="ship.pick", title="Pick", level=level, since=minutes(at), at_risk_at=None, late_at=NOON
    )
    book.put_jeopardy([(order, () if level is Jeopardy.ON_TIME else (step,))])


def numbers(book: OrderBook, at: float, rules: str = RULES, limit: int = 9) -> list[str]:
    return [each.number for each in book.to_look_at(rules, minutes(at), limit)]


def test_what_has_gone_on_or_is_due_is_looked_at_the_due_first_then_the_one_looked_at_longest_ago(
    book: OrderBook,
) -> None:
    for number in ("SO-1", "SO-2", "SO-3", "SO-4", "SO-5"):
        an_open_order(book, number)
    judged(book, "SO-1", 2)
    judged(book, "SO-2", 1)
    judged(book, "SO-3", 3, next_look=9)
    judged(book, "SO-4", 4, next_look=11)
    assert numbers(book, 5) == ["SO-5"]
    assert numbers(book, 9) == ["SO-3", "SO-5"]
    for number in ("SO-1", "SO-2"):
        book.write_batch(a_batch(2, number=number))
    assert numbers(book, 9) == ["SO-3", "SO-5", "SO-2", "SO-1"]
    assert numbers(book, 9, limit=2) == ["SO-3", "SO-5"]
    assert numbers(book, 9, rules="r2") == ["SO-3", "SO-5", "SO-2", "SO-1", "SO-4"]


def test_a_level_keeps_its_since_until_it_changes(book: OrderBook) -> None:
    an_open_order(book, "SO-1")
    since: list[list[datetime]] = []
    for at, level in enumerate((Jeopardy.AT_RISK, Jeopardy.AT_RISK, Jeopardy.LATE, Jeopardy.ON_TIME)):
        judged(book, "SO-1", at, level=level, promise=level)
        since.append([each.since for each in book.at_risk()])
    assert since == [[NOON, NOON], [NOON, NOON], [minutes(2), minutes(2)], []]


def test_the_worst_is_listed_first_and_what_has_ended_not_at_all(book: OrderBook) -> None:
    for at, number in enumerate(("SO-1", "SO-2", "SO-3")):
        an_open_order(book, number)
        judged(book, number, at, level=Jeopardy.LATE if number != "SO-1" else Jeopardy.AT_RISK)
    judged(book, "SO-2", 5, level=Jeopardy.LATE, promise=Jeopardy.AT_RISK)
    book.write_batch(a_batch(2, number="SO-3", state=OrderState.COMPLETED))
    assert [(each.order, each.step, each.level.value) for each in book.at_risk()] == [
        ("SO-2", "ship.pick", "late"),
        ("SO-1", "ship.pick", "at_risk"),
        ("SO-2", "", "at_risk"),
    ]
    assert [each.number for each in book.orders(at_risk_only=True)] == ["SO-1", "SO-2"]
    assert book.ended_in_jeopardy() == ("SO-3",)
    book.forget_jeopardy(("SO-3",))
    assert book.ended_in_jeopardy() == ()
    assert [each.count for each in book.orders_by_level()] == [0, 1, 1]

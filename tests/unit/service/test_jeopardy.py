"""The clock looks at open orders for what is in danger of being late, and tells of it once (`domain.md` H2, W9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from catalog.environment import Environment
from catalog.jeopardy import JeopardyRule
from decomposition.model import OrderPlan
from fulfillment.events import CallEnded, Prepared
from fulfillment.jeopardy import Jeopardy
from fulfillment.outcomes import Succeeded
from fulfillment.planning import run_plan
from fulfillment.progress import Written
from fulfillment.run import Run
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service.jeopardy import look
from service.timed import timed
from tests.unit.decomposition.builders import NOW, a_catalog, an_order, planned

MINUTE = timedelta(minutes=1)
CATALOG = a_catalog(
    products={"LAPTOP": {"name": "Laptop", "classification": "HARDWARE"}},
    classifications={"HARDWARE": {"name": "Hardware"}},
    systems={"carrier": {"operations": {"ship": {"path": "/ship"}}}},
    step_groups={
        "shipping": {
            "steps": {
                "ship": {
                    "type": "callout",
                    "title": "Ship",
                    "operation": "carrier.ship",
                    "expected_duration": "100m",
                    "jeopardy_threshold": "10m",
                },
                "arrive": {"type": "callout", "operation": "carrier.ship", "after": "ship", "expected_duration": "1h"},
            }
        }
    },
    scenarios={"S": {"product": "LAPTOP", "group": "shipping"}},
)


class Office:
    """An order book with one order, carried out by hand."""

    def __init__(self, book: OrderBook, requested: str | None = None) -> None:
        self.book = book
        fields = {"requested_completion": requested} if requested else {}
        order = an_order({"L1": {"product": "LAPTOP"}}, **fields)
        book.store_catalog(CATALOG, {}, label="v1", author="ada", note="", at=NOW)
        book.add_order(order, catalog=CATALOG.digest, at=NOW, actor="ada")
        self.plan: OrderPlan = planned(order, CATALOG)
        book.store_plan(self.plan)
        self.run = Run("SO-1", "ACME", "normal")
        self.run.apply(Prepared(plan=run_plan(self.plan)), NOW)
        self.tell(0)

    def tell(self, minutes: float) -> None:
        """Write down how far it has come."""
        batch = self.run.changes(NOW + minutes * MINUTE)
        if batch is not None:
            self.run.acknowledge(self.book.write_batch(batch) or Written())

    def end(self, step: str, minutes: float) -> None:
        self.run.apply(CallEnded(step=step, round=1, outcome=Succeeded()), NOW + minutes * MINUTE)
        self.tell(minutes)

    def look(self, minutes: float, *rules: JeopardyRule) -> int:
        return look(self.book, rules, NOW + minutes * MINUTE)

    def dangers(self) -> list[tuple[str, str]]:
        return [(each.step, each.level.value) for each in self.book.at_risk()]

    def told(self) -> list[tuple[str, str]]:
        return [(each.subject, each.level) for each in self.book.notifications()]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[OrderBook]:
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    opened = OrderBook(url)
    yield opened
    opened.close()


def test_a_callout_of_100_minutes_with_a_threshold_of_10_is_at_risk_at_90_and_late_after_100(book: OrderBook) -> None:
    office, levels = Office(book), {}
    for minute in range(121):
        office.look(minute)
        levels[minute] = office.dangers()
    assert {minute for minute, found in levels.items() if found == []} == set(range(90))
    assert {minute for minute, found in levels.items() if found == [("shipping.ship", "at_risk")]} == set(
        range(90, 101)
    )
    assert levels[101] == levels[120] == [("shipping.ship", "late")]
    assert office.told() == [("SO-1/shipping.ship", "at_risk"), ("SO-1/shipping.ship", "late")]


def test_two_clocks_that_look_at_once_tell_once(book: OrderBook) -> None:
    office, other = Office(book), OrderBook(book.url)
    office.look(95)
    look(other, (), NOW + 95 * MINUTE)
    other.forget_jeopardy(("SO-1",))
    look(other, (), NOW + 95 * MINUTE)
    other.close()
    assert office.told() == [("SO-1/shipping.ship", "at_risk")]


def test_an_order_is_looked_at_only_when_something_may_have_changed(book: OrderBook) -> None:
    office = Office(book)
    assert [office.look(each) for each in (0, 1, 89)] == [1, 0, 0]
    office.end("shipping.ship", 89)
    assert [office.look(each) for each in (89, 90, 148, 149)] == [1, 0, 0, 1]


def test_a_rule_holds_as_of_now_for_orders_that_run(book: OrderBook) -> None:
    office = Office(book)
    office.look(5)
    for number, subject in enumerate(({"classification": "HARDWARE"}, {"account": "ACME"}, {"step": "shipping.ship"})):
        rules = {"r": {**subject, "expected": f"{4 - number}m", "threshold": "1m"}}
        assert office.look(5, *Environment.model_validate({"jeopardy_rules": rules}).jeopardy_rules) == 1
        assert office.dangers() == [("shipping.ship", "late")]
    office.look(5)
    assert office.dangers() == []


def test_a_promise_is_told_of_as_soon_as_it_is_predicted_to_be_broken(book: OrderBook) -> None:
    office = Office(book, "2026-11-25")
    office.end("shipping.ship", 50)
    office.look(60)
    assert office.dangers() == []
    # ready at 08:50, an hour's work, and it is not done by 23:30: half an hour before the day ends
    office.look(15.5 * 60)
    assert [each for each in office.dangers() if not each[0]] == []
    office.look(16 * 60 + 1)
    assert ("", "late") in office.dangers()
    [promise] = [each for each in book.notifications() if each.subject == "SO-1"]
    assert promise.text == (
        "Order SO-1 is predicted to complete 2026-11-26 00:01:00 UTC, 1 minute after the requested 2026-11-25 ends."
    )


def test_a_danger_keeps_the_time_since_when_it_stands(book: OrderBook) -> None:
    office = Office(book)
    for minute in (92, 99):
        office.look(minute)
        office.end("nobody", minute)
    [found] = book.at_risk()
    assert (found.since, found.account) == (NOW + 92 * MINUTE, "ACME")
    assert found.predicted_completion == NOW + 160 * MINUTE


def test_lists_and_counts_know_an_open_order_by_its_level_and_forget_one_that_has_ended(book: OrderBook) -> None:
    office = Office(book)
    office.look(0)
    assert [each.jeopardy for each in book.orders()] == [Jeopardy.ON_TIME]
    office.look(95)
    assert [each.number for each in book.orders(at_risk_only=True)] == ["SO-1"]
    assert {each.level.value: each.count for each in book.orders_by_level()} == {"on_time": 0, "at_risk": 1, "late": 0}
    office.end("shipping.ship", 96)
    office.end("shipping.arrive", 97)
    assert (book.orders(at_risk_only=True), book.at_risk(), [each.jeopardy for each in book.orders()]) == (
        (),
        (),
        [None],
    )
    office.look(98)
    assert (book.ended_in_jeopardy(), [each.count for each in book.orders_by_level()]) == ((), [0, 0, 0])


def test_an_order_shows_actual_planned_predicted_and_requested_times_apart(book: OrderBook) -> None:
    office = Office(book, "2026-11-26")
    office.end("shipping.ship", 50)
    view = book.show("SO-1")
    assert view is not None
    shown = timed(book, view, (), NOW + 55 * MINUTE)
    arrive, ship = shown.steps
    assert (ship.ended_at, ship.planned_end, ship.predicted_end) == (
        NOW + 50 * MINUTE,
        NOW + 100 * MINUTE,
        ship.ended_at,
    )
    assert (arrive.started_at, arrive.planned_start, arrive.predicted_end) == (
        NOW + 50 * MINUTE,
        NOW + 100 * MINUTE,
        NOW + 110 * MINUTE,
    )
    assert (shown.planned_completion, shown.predicted_completion) == (NOW + 160 * MINUTE, NOW + 110 * MINUTE)
    assert (str(shown.requested_completion), shown.late_by, shown.jeopardy) == ("2026-11-26", None, Jeopardy.ON_TIME)
    assert shown.critical_path == ("shipping.ship", "shipping.arrive")

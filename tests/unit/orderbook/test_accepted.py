"""Accepted orders as pages in the course of time: each once, on both databases, whatever the size of a page."""

from __future__ import annotations

from collections.abc import Iterator

from fulfillment.states import OrderState
from orderbook.accepted import Chosen
from orderbook.store import OrderBook
from orderbook.views import StoredOrder
from tests.unit.orderbook.builders import LAPTOP, a_batch, accept, an_order, minutes

ALL = Chosen(until=minutes(60))


def pages(book: OrderBook, chosen: Chosen = ALL, limit: int = 2) -> Iterator[tuple[str, ...]]:
    last: StoredOrder | None = None
    while page := book.accepted(chosen, after=last, limit=limit):
        yield tuple(each.order.number for each in page)
        last = page[-1]


def test_pages_follow_each_other_by_time_and_by_number_within_one_moment(book: OrderBook) -> None:
    for number, at in (("SO-5", 1), ("so-5", 1), ("SO-10", 1), ("SO-9", 0), ("SO-1", 2)):
        accept(book, an_order(number), minutes(at))
    [first, second, third] = pages(book)
    assert (first[0], third) == ("SO-9", ("SO-1",))
    # Databases disagree about the order of texts, but each agrees with itself: nothing is left out, or told twice.
    assert sorted((*first, *second, *third)) == ["SO-1", "SO-10", "SO-5", "SO-9", "so-5"]
    assert sorted((first[1], *second)) == ["SO-10", "SO-5", "so-5"]


def test_an_order_comes_as_it_was_accepted(book: OrderBook) -> None:
    accept(book, an_order("SO-1"), minutes(3))
    [stored] = book.accepted(ALL)
    assert (stored.order, stored.catalog, stored.accepted_at) == (an_order("SO-1"), LAPTOP.digest, minutes(3))


def test_only_orders_of_a_time_and_of_states_are_chosen_and_counted(book: OrderBook) -> None:
    for number in range(4):
        accept(book, an_order(f"SO-{number}"), minutes(number))
    book.write_batch(a_batch(number="SO-1", state=OrderState.HELD))
    book.write_batch(a_batch(number="SO-2", state=OrderState.COMPLETED))
    chosen = {
        Chosen(until=minutes(3), since=minutes(1)): ["SO-1", "SO-2"],
        Chosen(until=minutes(9), states=(OrderState.ACKNOWLEDGED,)): ["SO-0", "SO-3"],
        Chosen(until=minutes(9), states=(OrderState.HELD, OrderState.ACKNOWLEDGED)): ["SO-0", "SO-1", "SO-3"],
        Chosen(until=minutes(9), since=minutes(2), states=(OrderState.HELD, OrderState.COMPLETED)): ["SO-2"],
    }
    for wanted, numbers in chosen.items():
        assert [number for page in pages(book, wanted) for number in page] == numbers
        assert book.count_accepted(wanted) == len(numbers)

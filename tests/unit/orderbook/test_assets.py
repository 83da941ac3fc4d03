"""Assets are made with the news that tells of them, and changed by one open order at a time (`domain.md` A6)."""

from __future__ import annotations

from decimal import Decimal

from fulfillment.states import OrderState, StepState
from orderbook.claiming import FORGOTTEN, MOVED, STORED, Blocked
from orderbook.store import OrderBook
from tests.unit.orderbook.builders import minutes
from tests.unit.orderbook.deliveries import SEATS, claimed, deliver, planned, seats, told


def quantities(book: OrderBook) -> dict[str, list[Decimal]]:
    found: dict[str, list[Decimal]] = {}
    for each in book.assets():
        found.setdefault(each.product, []).append(each.quantity)
    return {code: sorted(each) for code, each in found.items()}


def test_what_an_order_delivers_is_there_when_the_news_of_its_end_is(book: OrderBook) -> None:
    order = seats(book, "SO-1", {"quantity": 3}, minutes(0))
    plan, _ = claimed(book, order, minutes(0))
    book.write_batch(told(plan, 1, minutes(1), OrderState.IN_PROGRESS, step=StepState.IN_PROGRESS))
    assert book.assets() == ()
    book.write_batch(told(plan, 2, minutes(2)))

    assert quantities(book) == {"SEATS": [3], "POOL": [3], "KEY": [3]}
    (pool,) = book.assets(product="POOL")
    assert (pool.valid_from, pool.valid_to, pool.made_by, pool.made_for) == (minutes(2), None, "SO-1", "POOL")
    assert pool.claimed_by is None


def test_a_second_order_amends_and_the_history_tells_of_both(book: OrderBook) -> None:
    deliver(book, "SO-1", {"quantity": 3}, 0)
    deliver(book, "SO-2", {"quantity": 2}, 1)

    assert quantities(book) == {"SEATS": [2, 3], "POOL": [5], "KEY": [2, 3]}
    (pool,) = book.assets(product="POOL")
    detail = book.asset(pool.id)
    assert detail is not None
    assert [(each.order, each.what, str(each.after.quantity)) for each in detail.history] == [
        ("SO-1", "made", "3"),
        ("SO-2", "changed", "5"),
    ]


def test_what_is_cancelled_ends_and_stays_for_history(book: OrderBook) -> None:
    deliver(book, "SO-1", {"quantity": 3}, 0)
    deliver(book, "SO-2", {"action": "cancel"}, 1)

    assert book.assets() == ()
    ended = {each.product: each.valid_to for each in book.assets(living_only=False)}
    assert ended == dict.fromkeys(("SEATS", "POOL", "KEY"), minutes(1))


def test_a_stage_makes_the_assets_of_its_lines_and_a_cancelled_order_takes_them_back(book: OrderBook) -> None:
    deliver(book, "SO-1", {"quantity": 3}, 0)
    plan, _ = claimed(book, seats(book, "SO-2", {"quantity": 2}, minutes(1)), minutes(1))
    stage = told(plan, 1, minutes(2), OrderState.IN_PROGRESS, only="work.stage@POOL")
    book.write_batch(stage)
    assert quantities(book) == {"SEATS": [3], "POOL": [5], "KEY": [3]}
    book.write_batch(told(plan, 2, minutes(3), OrderState.CANCELLED, step=StepState.CANCELLED))

    assert quantities(book) == {"SEATS": [3], "POOL": [3], "KEY": [3]}
    (pool,) = book.assets(product="POOL")
    assert (pool.changed_by, pool.claimed_by) == ("SO-1", None)


def test_a_batch_that_is_told_otherwise_makes_what_it_tells_then(book: OrderBook) -> None:
    plan, _ = claimed(book, seats(book, "SO-1", {"quantity": 3}, minutes(0)), minutes(0))
    book.write_batch(told(plan, 1, minutes(1)))
    book.write_batch(told(plan, 1, minutes(2), OrderState.FAILED, step=StepState.FATALLY_FAILED))

    assert book.assets() == ()


def test_news_told_twice_changes_nothing(book: OrderBook) -> None:
    plan = deliver(book, "SO-1", {"quantity": 3}, 0)
    before = book.assets()
    book.write_batch(told(plan, 2, minutes(5)))

    assert book.assets() == before


def test_a_second_order_waits_until_the_first_has_ended(book: OrderBook) -> None:
    first, got = claimed(book, seats(book, "SO-1", {}, minutes(0)), minutes(0))
    waiting = seats(book, "SO-2", {}, minutes(1))
    assert got is STORED
    plan, blocked = claimed(book, waiting, minutes(1))
    assert isinstance(blocked, Blocked)
    assert (blocked.number, book.plan(plan.digest)) == ("SO-1", None)
    view = book.show("SO-2")
    assert view is not None
    assert (view.waits_for, view.state) == ("SO-1", OrderState.PENDING)
    assert [each.number for each in book.orders(OrderState.PENDING)] == ["SO-2"]
    assert [each.number for each in book.orders(OrderState.ACKNOWLEDGED)] == ["SO-1"]

    book.write_batch(told(first, 1, minutes(2)))
    plan, got = claimed(book, waiting, minutes(1), minutes(3))
    assert got is STORED
    assert plan.line("POOL").quantity == 2
    view = book.show("SO-2")
    assert view is not None
    assert (view.waits_for, view.state) == (None, OrderState.ACKNOWLEDGED)


def test_those_who_wait_go_in_the_order_of_their_acceptance(book: OrderBook) -> None:
    first, _ = claimed(book, seats(book, "SO-1", {}, minutes(0)), minutes(0))
    second, third = (seats(book, number, {}, minutes(at)) for number, at in (("SO-2", 1), ("SO-3", 2)))
    claimed(book, second, minutes(1), minutes(3))
    claimed(book, third, minutes(2), minutes(3))
    book.write_batch(told(first, 1, minutes(4)))

    _, blocked = claimed(book, third, minutes(2), minutes(4))
    assert isinstance(blocked, Blocked)
    assert blocked.number == "SO-2"
    assert claimed(book, second, minutes(1), minutes(4))[1] is STORED


def test_one_who_asks_no_more_keeps_nobody_waiting(book: OrderBook) -> None:
    first, _ = claimed(book, seats(book, "SO-1", {}, minutes(0)), minutes(0))
    claimed(book, seats(book, "SO-2", {}, minutes(1)), minutes(1))
    book.write_batch(told(first, 1, minutes(2)))
    third = seats(book, "SO-3", {}, minutes(2))

    assert claimed(book, third, minutes(2), minutes(1) + FORGOTTEN)[1] is STORED


def test_a_plan_made_before_its_assets_moved_is_not_stored(book: OrderBook) -> None:
    late = seats(book, "SO-9", {}, minutes(0))
    before = planned(book, late, minutes(0))
    deliver(book, "SO-1", {}, 1)

    assert book.claim(before, (), SEATS, minutes(2)) is MOVED
    assert book.plan(before.digest) is None


def test_orders_of_other_accounts_do_not_wait(book: OrderBook) -> None:
    claimed(book, seats(book, "SO-1", {}, minutes(0)), minutes(0))

    assert claimed(book, seats(book, "SO-2", {}, minutes(1), "GLOBEX"), minutes(1))[1] is STORED


def test_an_order_is_planned_again_against_what_was_there_before_it(book: OrderBook) -> None:
    deliver(book, "SO-1", {"quantity": 3}, 0)
    order = seats(book, "SO-2", {"quantity": 2}, minutes(1))
    plan, _ = claimed(book, order, minutes(1))
    book.write_batch(told(plan, 1, minutes(2), OrderState.IN_PROGRESS, only="work.stage@POOL"))

    assert planned(book, order, minutes(1)) == plan
    assert claimed(book, order, minutes(1), minutes(3))[1] is STORED
    assert book.assets_met("SO-2") == plan.assets

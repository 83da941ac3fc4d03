"""Lost executions: found once, open until the order goes on, and told wherever an order is looked at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from fulfillment.states import OrderState
from orderbook.store import OrderBook
from orderbook.views import LostExecution, OrderView
from tests.unit.orderbook.builders import a_batch, a_fallout, a_step, accept, an_order, minutes


def a_loss(found_at: datetime | None = None, how: str = "terminated", run_id: str = "r-1") -> LostExecution:
    detail = "It was terminated: a test."
    return LostExecution(found_at=found_at or minutes(5), run_id=run_id, how=how, detail=detail)


def shown(book: OrderBook, number: str = "SO-1") -> OrderView:
    found = book.show(number)
    assert found is not None
    return found


@pytest.fixture
def running(book: OrderBook) -> OrderBook:
    """A book with one order in progress, last heard of at noon and a minute."""
    accept(book)
    book.write_batch(a_batch(1, steps=(a_step(),), at=minutes(1)))
    return book


def test_a_loss_is_shown_with_the_order_in_the_list_and_among_the_fallouts(running: OrderBook) -> None:
    assert running.record_lost("SO-1", a_loss())

    assert shown(running).lost == a_loss()
    assert [each.lost for each in running.orders()] == [a_loss()]
    [fallout] = running.fallouts()
    assert (fallout.order, fallout.step, fallout.number, fallout.resolution) == ("SO-1", "", 1, "")
    assert (fallout.failure.code, fallout.failure.message) == ("EXECUTION_LOST", "It was terminated: a test.")
    assert fallout.opened_at == minutes(5)


def test_a_loss_belongs_to_no_system_and_no_queue(running: OrderBook) -> None:
    running.record_lost("SO-1", a_loss())

    assert running.fallouts(system="stock") == ()
    assert running.fallouts(queue="logistics") == ()


def test_a_loss_that_is_known_is_not_recorded_again(running: OrderBook) -> None:
    assert running.record_lost("SO-1", a_loss())
    assert not running.record_lost("SO-1", a_loss(minutes(6)))

    assert shown(running).lost == a_loss()
    assert len(running.losses("SO-1")) == 1


def test_of_several_who_find_the_same_loss_one_records_it(running: OrderBook) -> None:
    with ThreadPoolExecutor(6) as threads:
        recorded = list(threads.map(lambda _: running.record_lost("SO-1", a_loss()), range(6)))

    assert sorted(recorded) == [False] * 5 + [True]
    assert len(running.losses("SO-1")) == 1


def test_an_order_that_has_ended_cannot_be_lost(running: OrderBook) -> None:
    running.write_batch(a_batch(2, state=OrderState.COMPLETED, at=minutes(2)))

    assert not running.record_lost("SO-1", a_loss())
    assert shown(running).lost is None


def test_an_order_that_was_heard_of_a_moment_ago_is_not_lost_yet(running: OrderBook) -> None:
    assert not running.record_lost("SO-1", a_loss(), quiet_since=minutes(1))
    assert running.record_lost("SO-1", a_loss(), quiet_since=minutes(2))


def test_an_unknown_order_cannot_be_lost(running: OrderBook) -> None:
    assert not running.record_lost("SO-2", a_loss())


def test_a_restart_ends_the_loss_and_stays_known(running: OrderBook) -> None:
    running.record_lost("SO-1", a_loss())
    running.record_restart("SO-1", at=minutes(8), actor="kim", reason="a mistake")

    assert shown(running).lost is None
    assert running.fallouts() == ()
    [fallout] = running.fallouts(open_only=False)
    assert (fallout.resolution, fallout.actor, fallout.reason) == ("restarted", "kim", "a mistake")
    assert fallout.resolved_at == minutes(8)


def test_an_order_can_be_lost_again_after_a_restart(running: OrderBook) -> None:
    running.record_lost("SO-1", a_loss())
    running.record_restart("SO-1", at=minutes(8), actor="kim", reason="")

    assert running.record_lost("SO-1", a_loss(minutes(9), "failed", "r-2"))

    assert shown(running).lost == a_loss(minutes(9), "failed", "r-2")
    assert [(each.number, each.resolution) for each in running.losses("SO-1")] == [(1, "restarted"), (2, "")]


@pytest.mark.parametrize("seen", [a_loss(minutes(9)), a_loss(minutes(7), "gone", "")])
def test_who_looked_before_a_restart_records_nothing_after_it(running: OrderBook, seen: LostExecution) -> None:
    running.record_lost("SO-1", a_loss())
    running.record_restart("SO-1", at=minutes(8), actor="kim", reason="")

    assert not running.record_lost("SO-1", seen)
    assert shown(running).lost is None


def test_progress_after_the_finding_shows_that_the_order_goes_on(running: OrderBook) -> None:
    running.record_lost("SO-1", a_loss())

    running.write_batch(a_batch(2, at=minutes(6)))

    assert shown(running).lost is None
    assert [each.resolution for each in running.losses("SO-1")] == ["went on"]


def test_open_orders_are_those_that_have_not_ended_and_are_not_lost(running: OrderBook) -> None:
    for number in ("SO-2", "SO-3", "SO-4", "SO-5"):
        accept(running, an_order(number))
    accept(running, an_order("SO-6"), minutes(30))
    running.write_batch(a_batch(number="SO-2", state=OrderState.PARTIAL))
    running.record_lost("SO-3", a_loss())

    found = running.open_orders(minutes(30))

    assert [(each.number, each.updated_at) for each in found] == [("SO-1", minutes(1)), ("SO-4", None), ("SO-5", None)]


def test_a_lost_order_without_progress_is_none_that_waits_to_be_started(book: OrderBook) -> None:
    accept(book)
    accept(book, an_order("SO-2"))
    book.record_lost("SO-1", a_loss())

    assert [each.number for each in book.unstarted(minutes(3))] == ["SO-2"]


def test_fallouts_of_steps_and_losses_come_by_time(running: OrderBook) -> None:
    running.record_lost("SO-1", a_loss(minutes(5)))
    running.write_batch(a_batch(1, fallouts=(a_fallout("g.a", 2), a_fallout("g.b", 7)), at=minutes(1)))

    assert [each.step for each in running.fallouts()] == ["g.a", "", "g.b"]

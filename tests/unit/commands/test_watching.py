"""`dro orders watch` where no terminal is: a line for each change, in order, until the order has ended."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator

import pytest

from fulfillment.states import OrderState, StepState
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from tests.unit.commands.conftest import Dro
from tests.unit.orderbook.builders import a_batch, a_step, accept, minutes
from tests.unit.service.shop import Shop


@pytest.fixture
def book(shop: Shop) -> Iterator[OrderBook]:
    url = shop.settings().database
    migrate(url)
    opened = OrderBook(url)
    accept(opened)
    yield opened
    opened.close()


def test_an_order_that_has_ended_is_told_at_once_with_how_it_ended_as_exit_code(dro: Dro, book: OrderBook) -> None:
    book.write_batch(a_batch(1, state=OrderState.COMPLETED, steps=(a_step(state=StepState.COMPLETED),)))
    assert dro("orders", "watch", "SO-1").exit_code == 0

    book.write_batch(a_batch(2, state=OrderState.PARTIAL))
    shown = dro("orders", "watch", "SO-1")
    assert shown.exit_code == 1
    assert [line.partition(" ")[2] for line in shown.stdout.splitlines()] == [
        "ship.pick: completed (called)",
        "order SO-1: partial",
    ]


def test_changes_are_told_while_they_happen_an_object_a_line(dro: Dro, book: OrderBook) -> None:
    begun = a_step(state=StepState.IN_PROGRESS)
    book.write_batch(a_batch(1, steps=(begun,)))
    done = a_batch(2, state=OrderState.COMPLETED, steps=(a_step(state=StepState.COMPLETED),), at=minutes(1))

    def go_on() -> None:
        time.sleep(0.4)
        book.write_batch(done)

    other = threading.Thread(target=go_on)
    other.start()
    shown = dro("orders", "watch", "SO-1", "--json")
    other.join()

    found = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [(each["step"], each["state"]) for each in found] == [
        ("ship.pick", "in_progress"),
        (None, "in_progress"),
        ("ship.pick", "completed"),
        (None, "completed"),
    ]
    assert {each["order"] for each in found} == {"SO-1"}
    assert shown.exit_code == 0


def test_an_unknown_order_is_refused(dro: Dro, book: OrderBook) -> None:
    assert book.show("SO-9") is None
    assert dro("orders", "watch", "SO-9").exit_code == 1

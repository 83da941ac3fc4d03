"""Why a command finds no execution of its order: in the words of the order book, with what to do instead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment.states import OrderState
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from orderbook.views import LostExecution
from service.lost import why_unheard
from tests.unit.orderbook.builders import a_batch, accept, minutes


@pytest.fixture
def book(tmp_path: Path) -> Iterator[OrderBook]:
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    opened = OrderBook(url)
    accept(opened)
    yield opened
    opened.close()


def told(book: OrderBook, number: str = "SO-1") -> str:
    [issue] = why_unheard(book, number).issues
    return f"{issue.message} {issue.hint}"


def test_an_order_that_is_unknown(book: OrderBook) -> None:
    assert told(book, "SO-2") == "There is no order `SO-2`. `dro orders list` names the orders there are."


def test_an_order_that_has_ended(book: OrderBook) -> None:
    book.write_batch(a_batch(state=OrderState.PARTIAL, at=minutes(5)))

    assert told(book).startswith("Order `SO-1` has ended: partial at 2026-11-25 12:05 UTC. `dro orders show SO-1`")


def test_an_order_whose_execution_was_found_lost(book: OrderBook) -> None:
    book.record_lost("SO-1", LostExecution(found_at=minutes(5), run_id="r", how="failed", detail="It failed: a bug."))

    assert told(book) == "It failed: a bug. `dro orders restart SO-1` goes on from what the order book knows."


def test_an_order_whose_execution_nobody_has_missed_yet(book: OrderBook) -> None:
    assert told(book).startswith("Temporal runs no execution of order `SO-1`. `dro orders restart SO-1`")

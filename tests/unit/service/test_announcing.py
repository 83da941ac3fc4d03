"""What a fallout rule decided is told to the webhooks that it names: each once, whatever becomes of the fallout."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from fulfillment.progress import FalloutProgress
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service.announcing import announce
from tests.unit.orderbook.builders import NOON, a_batch, a_fallout, accept, minutes


@pytest.fixture
def book(tmp_path: Path) -> Iterator[OrderBook]:
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    opened = OrderBook(url)
    accept(opened)
    yield opened
    opened.close()


def telling(fallout: FalloutProgress, *webhooks: str) -> FalloutProgress:
    return fallout.model_copy(update={"notify": webhooks})


async def test_each_webhook_is_told_once_of_each_fallout(book: OrderBook) -> None:
    book.write_batch(a_batch(fallouts=(telling(a_fallout(), "ops", "carrier"), a_fallout("ship.send"))))
    assert [await announce(book, minutes(10)), await announce(book, minutes(11))] == [2, 0]
    told = book.notifications()
    assert [(each.webhook, each.subject) for each in told] == [
        ("ops", "SO-1/ship.pick/1"),
        ("carrier", "SO-1/ship.pick/1"),
    ]
    assert told[0].text == "Order SO-1, ship.pick: failed with `HTTP_503`: no stock server (3 tries failed)."


async def test_a_fallout_that_its_rule_resolved_at_once_is_told_too(book: OrderBook) -> None:
    book.write_batch(a_batch(fallouts=(telling(a_fallout(resolution="skipped"), "ops"),)))
    assert await announce(book, minutes(10)) == 1


async def test_nobody_is_told_of_what_is_long_past(book: OrderBook) -> None:
    book.write_batch(a_batch(fallouts=(telling(a_fallout(), "ops"),)))
    assert await announce(book, NOON + timedelta(days=2)) == 0

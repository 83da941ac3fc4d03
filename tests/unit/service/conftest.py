"""The shop and its order book, as fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orderbook.migrate import migrate
from orderbook.store import OrderBook
from tests.unit.service.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def book(shop: Shop) -> Iterator[OrderBook]:
    """The shop's order book, empty."""
    url = shop.settings().database
    migrate(url)
    opened = OrderBook(url)
    yield opened
    opened.close()

"""`dro assets`: what accounts own, for people and programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from orderbook.store import OrderBook
from tests.unit.commands.conftest import Dro
from tests.unit.orderbook.builders import minutes
from tests.unit.orderbook.deliveries import claimed, deliver, seats
from tests.unit.service.shop import Shop


@pytest.fixture
def book(dro: Dro, shop: Shop) -> Iterator[OrderBook]:
    """An order book in which an account has seats, and an open order changes them."""
    assert dro("migrate").exit_code == 0
    opened = OrderBook(shop.settings().database)
    deliver(opened, "SO-1", {"quantity": 3, "attributes": {"note": "by the window"}}, 0)
    claimed(opened, seats(opened, "SO-2", {"action": "amend", "quantity": 4}, minutes(1)), minutes(1))
    yield opened
    opened.close()


@pytest.mark.usefixtures("book")
def test_assets_are_listed_by_account_and_product(dro: Dro) -> None:
    found = json.loads(dro("assets", "list", "--account", "ACME", "--product", "POOL", "--json").stdout)

    assert [(each["quantity"], each["made_by"], each["claimed_by"]) for each in found] == [("3", "SO-1", "SO-2")]
    assert "order SO-2 changes it" in dro("assets", "list").stdout
    assert dro("assets", "list", "--account", "GLOBEX").stderr == "Nobody owns anything like that.\n"


def test_ended_assets_are_listed_with_all(dro: Dro, book: OrderBook) -> None:
    deliver(book, "SO-3", {}, 2, "GLOBEX")
    deliver(book, "SO-4", {"action": "cancel"}, 3, "GLOBEX")

    assert json.loads(dro("assets", "list", "--account", "GLOBEX", "--json").stdout) == []
    assert len(json.loads(dro("assets", "list", "--account", "GLOBEX", "--all", "--json").stdout)) == 3


def test_one_asset_is_shown_with_where_it_came_from_and_what_became_of_it(dro: Dro, book: OrderBook) -> None:
    (sold,), (pool,) = book.assets(product="SEATS"), book.assets(product="POOL")

    shown = dro("assets", "show", sold.id).stdout
    assert "note = by the window" in shown
    assert pool.id in shown
    assert f"3 from {sold.id}, by rule SEATS-POOL" in dro("assets", "show", pool.id).stdout
    history = json.loads(dro("assets", "show", pool.id, "--json").stdout)["history"]
    assert [(each["order"], each["before"], each["after"]["quantity"]) for each in history] == [("SO-1", None, "3")]


def test_an_unknown_asset_is_refused_with_the_nearest_one(dro: Dro, book: OrderBook) -> None:
    (pool,) = book.assets(product="POOL")
    refused = dro("assets", "show", pool.id[:-1])

    assert refused.exit_code == 1
    assert f"Did you mean `{pool.id}`?" in refused.stderr

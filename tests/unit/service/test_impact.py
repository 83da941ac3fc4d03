"""A catalog is tried on recorded orders, each planned as of its acceptance; of many orders few are in memory."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from catalog.base import Refused
from decomposition.order import Order
from orderbook.accepted import PAGE, Chosen
from orderbook.store import OrderBook
from orderbook.views import StoredOrder
from service.catalogs import load_catalog
from service.impact import CatalogImpact, impact
from tests.unit.service.shop import Shop
from tests.unit.service.versioned import NOW, POSTED, issue, published, write

ALL = Chosen(until=NOW + timedelta(days=365))


def record(book: OrderBook, shop: Shop, *numbers: int, product: str = "BOOK") -> None:
    """Record orders on the shop's catalog as it is now, a minute after the other."""
    catalog = load_catalog(shop.catalog).catalog
    assert catalog is not None
    book.store_catalog(catalog, {}, label=f"draft-{catalog.digest[:12]}", author="ada", note="", at=NOW)
    for number in numbers:
        order = Order.model_validate(
            {"number": f"SHOP-{number}", "account": "ADA", "lines": {"L1": {"product": product}}}
        )
        book.add_order(order, catalog=catalog.digest, at=NOW + timedelta(minutes=number), actor="ada")


def told(folder: str | Path, book: OrderBook, chosen: Chosen = ALL) -> CatalogImpact:
    found = impact(str(folder), book, chosen)
    assert isinstance(found, CatalogImpact), found
    return found


def test_a_folder_is_tried_on_what_was_recorded(shop: Shop, book: OrderBook) -> None:
    record(book, shop, 1, 2, 3)
    found = told(write(shop, POSTED), book)
    [only] = found.impact.changes
    assert (only.orders, only.example) == (3, "SHOP-1")
    assert [each.text for each in only.consequences] == [
        "no longer has step `packing.packed`",
        "adds step `packing.posted`, after `packing.pack`",
    ]
    assert found.catalog.name == str(shop.catalog)


def test_orders_are_compared_with_the_version_that_each_is_pinned_to(shop: Shop, book: OrderBook) -> None:
    record(book, shop, 1, 2)
    write(shop, POSTED)
    record(book, shop, 3)
    found = told(shop.catalog, book).impact
    assert (found.orders, found.changed, found.same) == (3, 2, 1)


def test_an_order_is_planned_as_of_its_acceptance(shop: Shop, book: OrderBook) -> None:
    """A product whose sale ends later on does not refuse what was ordered before."""
    record(book, shop, 1)
    gone = (NOW + timedelta(days=1)).date()
    found = told(write(shop, ("{name: Book}", f"{{name: Book, effective_until: {gone}}}")), book).impact
    assert (found.same, found.refused) == (1, 0)
    gone = NOW.date()
    found = told(write(shop, ("{name: Book}", f"{{name: Book, effective_until: {gone}}}")), book).impact
    assert (found.same, found.refused) == (0, 1)


def test_a_version_is_tried_as_a_folder_is_and_only_orders_that_were_chosen(shop: Shop, book: OrderBook) -> None:
    published(shop, book, label="spring")
    write(shop, POSTED)
    record(book, shop, *range(6))
    chosen = Chosen(until=ALL.until, since=NOW + timedelta(minutes=4))
    found = told("spring", book, chosen)
    assert (found.catalog.name, found.impact.changed) == ("spring", 2)


def test_a_catalog_that_cannot_be_used_is_refused_with_its_places(shop: Shop, book: OrderBook) -> None:
    folder = write(shop, ("group: packing", "group: paking"))
    found = impact(str(folder), book, ALL)
    assert isinstance(found, Refused)
    assert any(each.place and each.place.file.endswith("catalog.yaml") for each in found.issues)
    assert "neither a folder nor a catalog version" in issue(impact("none", book, ALL)).message


def test_each_order_is_told_with_how_many_there_are(shop: Shop, book: OrderBook) -> None:
    record(book, shop, 1, 2, 3)
    heard: list[tuple[int, int]] = []
    impact(str(write(shop, POSTED)), book, ALL, lambda done, total: heard.append((done, total)))
    assert heard == [(1, 3), (2, 3), (3, 3)]


class Watched(OrderBook):
    """An order book that gives small pages, and knows how many of the orders it has given are still held."""

    SIZE = 5

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.given: list[weakref.ref[StoredOrder]] = []
        self.most_held = 0

    def accepted(self, chosen: Chosen, after: StoredOrder | None = None, limit: int = PAGE) -> tuple[StoredOrder, ...]:
        self.most_held = max(self.most_held, self.held())
        page = super().accepted(chosen, after, limit)
        self.given += map(weakref.ref, page)
        return page

    def held(self) -> int:
        return sum(each() is not None for each in self.given)


@pytest.fixture
def watched(book: OrderBook, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setattr("service.impact.PAGE", Watched.SIZE)
    opened = Watched(book.url)
    yield opened
    opened.close()


def test_of_many_orders_no_more_than_two_pages_are_held(shop: Shop, watched: Watched) -> None:
    record(watched, shop, *range(6 * Watched.SIZE))
    found = told(write(shop, POSTED), watched).impact
    assert (found.orders, len(watched.given)) == (6 * Watched.SIZE, 6 * Watched.SIZE)
    assert 0 < watched.most_held <= 2 * Watched.SIZE
    assert watched.held() == 0


def test_what_is_held_of_differences_does_not_grow_with_the_orders(shop: Shop, book: OrderBook) -> None:
    record(book, shop, *range(40))
    few = told(write(shop, POSTED), book, Chosen(until=NOW + timedelta(minutes=4))).impact
    many = told(shop.catalog, book).impact
    assert (few.orders, many.orders) == (4, 40)
    assert [each.consequences for each in few.changes] == [each.consequences for each in many.changes]

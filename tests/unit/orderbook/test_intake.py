"""Catalog versions and accepted orders: stored once, returned as they were, to the last digit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from catalog.catalog import Catalog
from catalog.products import Attribute, CommercialProduct
from catalog.values import ValueType
from decomposition.order import Address, Given, Order, OrderLine
from orderbook.errors import LabelTaken
from orderbook.store import OrderBook
from orderbook.views import Acceptance
from tests.unit.orderbook.builders import LAPTOP, NOON, PHONE, a_plan, accept, an_entry, an_order, minutes, publish


def test_a_catalog_comes_back_with_its_digest_and_files(book: OrderBook) -> None:
    choice = Attribute(name="colour", type=ValueType.CHOICE, choices=("blau", "grün"), default="grün")
    rich = Catalog(products=(CommercialProduct(code="LAPTOP", name="Laptop „15”", attributes=(choice,)),))
    publish(book, rich)

    found = book.catalog(rich.digest)

    assert found == rich
    assert found is not None
    assert found.digest == rich.digest
    assert book.catalog_sources(rich.digest) == {"products.yaml": "products: {}\n"}


def test_a_catalog_is_parsed_once(book: OrderBook) -> None:
    publish(book)

    assert book.catalog(LAPTOP.digest) is book.catalog(LAPTOP.digest)


def test_a_catalog_that_was_missing_is_found_once_it_is_stored(book: OrderBook) -> None:
    assert book.catalog(LAPTOP.digest) is None
    assert book.catalog_sources(LAPTOP.digest) is None

    publish(book)

    assert book.catalog(LAPTOP.digest) == LAPTOP


def test_storing_the_same_catalog_again_changes_nothing(book: OrderBook) -> None:
    publish(book)
    before = book.catalog_versions()

    book.store_catalog(LAPTOP, {}, label="v2", author="bob", note="second", at=minutes(1))

    assert book.catalog_versions() == before


def test_a_label_names_one_catalog_only(book: OrderBook) -> None:
    publish(book)

    with pytest.raises(LabelTaken, match="Label `v1` names catalog version"):
        publish(book, PHONE)

    assert book.catalog(PHONE.digest) is None


def test_catalog_versions_come_newest_first(book: OrderBook) -> None:
    publish(book)
    book.store_catalog(PHONE, {}, label="v2", author="ada", note="", at=minutes(1))

    assert [each.label for each in book.catalog_versions()] == ["v2", "v1"]


def test_a_new_order_is_stored_as_it_was_submitted(book: OrderBook) -> None:
    publish(book)
    order = Order(
        number="SO-7",
        account="ACME",
        attributes=(Given(name="note", value="grün „ja” 日本"),),
        addresses=(Address(id="HQ", street="Main Street 1", city="Köln"),),
        lines=(OrderLine(id="L1", product="LAPTOP", ship_to="HQ"),),
    )

    accepted = book.add_order(order, catalog=LAPTOP.digest, at=NOON, actor="ada")

    stored = book.order("SO-7")
    assert accepted.kind is Acceptance.NEW
    assert accepted.stored == stored
    assert stored is not None
    assert (stored.order, stored.order.digest) == (order, order.digest)
    assert (stored.catalog, stored.accepted_at, stored.actor) == (LAPTOP.digest, NOON, "ada")


def test_the_same_order_again_returns_the_first_one(book: OrderBook) -> None:
    accept(book)
    publish(book, PHONE, "v2")

    again = book.add_order(an_order(), catalog=PHONE.digest, at=minutes(5), actor="bob")

    assert again.kind is Acceptance.SAME
    assert (again.stored.catalog, again.stored.accepted_at, again.stored.actor) == (LAPTOP.digest, NOON, "ada")
    assert book.order("SO-1") == again.stored


def test_other_content_under_a_known_number_is_a_conflict_and_changes_nothing(book: OrderBook) -> None:
    accept(book)

    answer = book.add_order(an_order(price="1.00"), catalog=LAPTOP.digest, at=minutes(5), actor="bob")

    assert answer.kind is Acceptance.CONFLICT
    assert answer.stored.order == an_order()
    assert book.order("SO-1") == answer.stored


def test_of_threads_that_submit_the_same_order_one_stores_it(book: OrderBook) -> None:
    publish(book)

    def submit(actor: str) -> Acceptance:
        return book.add_order(an_order(), catalog=LAPTOP.digest, at=NOON, actor=actor).kind

    with ThreadPoolExecutor(8) as threads:
        kinds = sorted(threads.map(submit, "abcdefgh"))

    assert kinds == [Acceptance.NEW] + [Acceptance.SAME] * 7


def test_an_unknown_order_is_none(book: OrderBook) -> None:
    assert book.order("SO-1") is None
    assert book.show("SO-1") is None


@pytest.mark.parametrize("price", ["0.10", "1299.00", "1234567890123456789.123456789", "0.000000000001", "1E+3"])
def test_money_survives_exactly(book: OrderBook, price: str) -> None:
    accept(book, an_order(price=price))

    stored = book.order("SO-1")

    assert stored is not None
    found = stored.order.lines[0].price
    assert found is not None
    assert found.as_tuple() == Decimal(price).as_tuple()


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 25, 12, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 11, 25, 12, 0, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_instants_survive_exactly(book: OrderBook, moment: datetime) -> None:
    accept(book, at=moment)

    stored = book.order("SO-1")

    assert stored is not None
    assert stored.accepted_at == moment
    assert stored.accepted_at.tzinfo is UTC


def test_an_instant_without_offset_is_refused(book: OrderBook) -> None:
    with pytest.raises(Exception, match="needs its offset"):
        accept(book, at=datetime(2026, 11, 25, 12, 0))  # noqa: DTZ001 - the naive one is the subject


def test_a_plan_comes_back_by_its_digest_and_is_parsed_once(book: OrderBook) -> None:
    plan = a_plan(an_order())
    assert book.plan(plan.digest) is None

    book.store_plan(plan)
    book.store_plan(plan)

    found = book.plan(plan.digest)
    assert found == plan
    assert found is not None
    assert found.digest == plan.digest
    assert book.plan(plan.digest) is found


def test_what_the_service_audits_for_no_order_is_under_no_order(book: OrderBook) -> None:
    accept(book)
    book.add_audit("", an_entry("publish"))
    book.add_audit("SO-1", an_entry("submit"))

    assert [each.action for each in book.audit("SO-1")] == ["submit"]
    assert [each.action for each in book.audit("")] == ["publish"]

"""Publishing catalogs: one version in force, a history that only grows, labels that name one content."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from catalog.catalog import Catalog
from catalog.products import CommercialProduct
from orderbook.errors import LabelTaken
from orderbook.publications import PublicationKind, Published
from orderbook.store import OrderBook
from tests.unit.orderbook.builders import LAPTOP, NOON, PHONE, accept, an_order, minutes

TABLET = Catalog(products=(CommercialProduct(code="TABLET", name="Tablet"),))


def publish(book: OrderBook, catalog: Catalog, at: float = 0, label: str | None = None) -> Published:
    files = {"all.yaml": f"# {catalog.products[0].code}\n"}
    return book.publish_catalog(catalog, files, label=label, author="ada", note="why", at=minutes(at), role="designer")


def in_force(book: OrderBook) -> str | None:
    found = book.catalog_in_force()
    return found.label if found else None


def test_labels_are_counted_and_the_newest_publication_is_in_force(book: OrderBook) -> None:
    assert book.catalog_in_force() is None

    first, second = publish(book, LAPTOP), publish(book, PHONE, 1)

    assert (first.label, first.is_new, second.label, second.is_new) == ("v1", True, "v2", True)
    assert second.in_force == book.catalog_in_force()
    assert [(each.seq, each.label, each.digest, each.at, each.author, each.note) for each in book.publications()] == [
        (2, "v2", PHONE.digest, minutes(1), "ada", "why"),
        (1, "v1", LAPTOP.digest, NOON, "ada", "why"),
    ]


def test_a_counted_label_follows_the_highest_there_is(book: OrderBook) -> None:
    publish(book, LAPTOP, label="v7")
    publish(book, PHONE, label="spring")

    assert publish(book, TABLET).label == "v8"


def test_publishing_unchanged_content_is_no_new_version_and_no_event(book: OrderBook) -> None:
    publish(book, LAPTOP)

    again = publish(book, LAPTOP, 1)

    assert (again.label, again.is_new, again.in_force) == ("v1", False, book.catalog_in_force())
    assert (len(book.catalog_versions()), len(book.publications()), len(book.audit(""))) == (1, 1, 1)


def test_content_of_an_earlier_version_does_not_come_into_force_by_publishing(book: OrderBook) -> None:
    publish(book, LAPTOP)
    publish(book, PHONE, 1)

    again = publish(book, LAPTOP, 2)

    assert (again.label, again.is_new, in_force(book)) == ("v1", False, "v2")


def test_a_label_of_other_content_is_refused_and_nothing_is_written(book: OrderBook) -> None:
    publish(book, LAPTOP, label="spring")

    with pytest.raises(LabelTaken, match=f"Label `spring` names catalog version `{LAPTOP.digest[:12]}` already"):
        publish(book, PHONE, 1, label="spring")

    assert book.catalog(PHONE.digest) is None
    assert (in_force(book), len(book.publications())) == ("spring", 1)


def test_publishing_a_draft_gives_it_its_label_and_files(book: OrderBook) -> None:
    draft = f"draft-{LAPTOP.digest[:12]}"
    book.store_catalog(LAPTOP, {"old.yaml": ""}, label=draft, author="bob", note="", at=NOON)
    assert in_force(book) is None

    publish(book, LAPTOP, 1)

    [version] = book.catalog_versions()
    assert (version.label, version.author, version.created_at, version.note) == ("v1", "ada", minutes(1), "why")
    assert book.catalog_sources(LAPTOP.digest) == {"all.yaml": "# LAPTOP\n"}
    assert in_force(book) == "v1"


def test_rolling_back_is_a_publication_of_its_own(book: OrderBook) -> None:
    publish(book, LAPTOP)
    publish(book, PHONE, 1)

    done = book.roll_back(LAPTOP.digest, author="bob", note="v2 forgets the bag", at=minutes(2))

    assert done == book.catalog_in_force()
    assert [(each.seq, each.label, each.kind, each.author) for each in book.publications()] == [
        (3, "v1", PublicationKind.ROLLBACK, "bob"),
        (2, "v2", PublicationKind.PUBLISH, "ada"),
        (1, "v1", PublicationKind.PUBLISH, "ada"),
    ]


def test_rolling_back_to_what_is_in_force_writes_nothing(book: OrderBook) -> None:
    publish(book, LAPTOP)

    assert book.roll_back(LAPTOP.digest, author="bob", note="", at=minutes(1)) is None
    assert (len(book.publications()), len(book.audit(""))) == (1, 1)


def test_what_was_put_in_force_is_audited_with_what_it_took_the_place_of(book: OrderBook) -> None:
    publish(book, LAPTOP)
    publish(book, PHONE, 1)
    book.roll_back(LAPTOP.digest, author="bob", note="too early", at=minutes(2), role="admin")

    assert [(each.actor, each.role, each.action, each.detail, each.reason) for each in book.audit("")] == [
        ("ada", "designer", "publish", "`v1`", "why"),
        ("ada", "designer", "publish", "`v2` in place of `v1`", "why"),
        ("bob", "admin", "rollback", "`v1` in place of `v2`", "too early"),
    ]


def test_of_several_that_publish_at_once_each_gets_a_label_and_a_place_in_the_history(book: OrderBook) -> None:
    catalogs = (LAPTOP, PHONE, TABLET)

    with ThreadPoolExecutor(3) as threads:
        done = list(threads.map(lambda each: publish(book, each), catalogs))

    assert sorted(each.label for each in done) == ["v1", "v2", "v3"]
    history = book.publications()
    assert [each.seq for each in history] == [3, 2, 1]
    assert {each.digest for each in history} == {each.digest for each in catalogs}


def test_of_several_that_publish_the_same_one_does(book: OrderBook) -> None:
    with ThreadPoolExecutor(3) as threads:
        done = list(threads.map(lambda _: publish(book, LAPTOP), range(3)))

    assert sorted(each.is_new for each in done) == [False, False, True]
    assert {each.label for each in done} == {"v1"}
    assert len(book.publications()) == 1


def test_an_order_keeps_the_version_that_it_was_accepted_on(book: OrderBook) -> None:
    accept(book, an_order())
    publish(book, PHONE, 1)

    stored = book.order("SO-1")

    assert stored is not None
    assert (stored.catalog, book.catalog(stored.catalog)) == (LAPTOP.digest, LAPTOP)

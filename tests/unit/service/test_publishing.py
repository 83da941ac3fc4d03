"""Publishing a folder and rolling back: what is checked, what is answered, and what is left as it was."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from catalog.base import Refused
from orderbook.publications import Publication, PublicationKind
from orderbook.store import OrderBook
from service.catalogs import load_catalog
from service.publishing import PublishedFolder, publish, roll_back
from service.versions import Exported, export
from tests.unit.service.shop import CATALOG, ENVIRONMENT, Shop
from tests.unit.service.versioned import NOW, POSTED, issue, published, write

PEOPLE = """\
people:
  ada: {name: Ada, roles: [operator]}
  bob: {name: Bob, roles: [designer]}
"""
WRONG_TEST = """\
a book is packed and nothing else:
  order: {number: SHOP-1, account: ADA, lines: {L1: {product: BOOK}}}
  expect:
    steps: [packing.pack]
"""


def test_a_folder_is_published_with_its_files_in_the_name_of_who_acts(shop: Shop, book: OrderBook) -> None:
    done = publish(shop.catalog, book, shop.settings(), NOW, note="opening")

    assert isinstance(done, PublishedFolder)
    assert (done.published.label, done.published.is_new, done.tests) == ("v1", True, 0)
    assert book.catalog_in_force() == Publication(
        seq=1, digest=done.digest, label="v1", kind=PublicationKind.PUBLISH, at=NOW, author="ada", note="opening"
    )
    assert book.catalog_sources(done.digest) == {"catalog.yaml": CATALOG}


def test_a_catalog_with_errors_is_refused_with_all_of_them(shop: Shop, book: OrderBook) -> None:
    write(shop, ("group: packing", "group: paking"), ("BOOK: {name: Book}", "BOOK: {name: Book, unit: PIECE}"))

    done = publish(shop.catalog, book, shop.settings(), NOW)

    assert isinstance(done, Refused)
    assert len(done.issues) == 2
    assert book.catalog_versions() == ()


def test_a_design_test_that_fails_refuses_at_its_place(shop: Shop, book: OrderBook) -> None:
    (shop.catalog / "tests").mkdir()
    (shop.catalog / "tests" / "packing.yaml").write_text(WRONG_TEST)

    found = issue(publish(shop.catalog, book, shop.settings(), NOW))

    assert (found.check, "`a book is packed and nothing else` fails" in found.message) == ("design_test", True)
    assert found.place is not None
    assert (found.place.file.endswith("packing.yaml"), found.place.line) == (True, 1)
    assert "dro catalog test" in found.hint
    assert book.catalog_versions() == ()


def test_unchanged_content_is_published_as_what_it_is_already(shop: Shop, book: OrderBook) -> None:
    published(shop, book)
    (shop.catalog / "catalog.yaml").write_text("# the same, with a comment\n" + CATALOG)

    again = published(shop, book, 1)

    assert (again.published.label, again.published.is_new) == ("v1", False)
    assert len(book.publications()) == 1


def test_unchanged_content_under_another_label_is_refused(shop: Shop, book: OrderBook) -> None:
    published(shop, book)
    found = issue(publish(shop.catalog, book, shop.settings(), NOW, label="spring"))
    assert found.message == "This content is published already, as `v1`, and a version has one label."


def test_content_of_an_earlier_version_is_refused_with_the_way_back(shop: Shop, book: OrderBook) -> None:
    published(shop, book)
    write(shop, POSTED)
    published(shop, book, 1)
    write(shop)

    found = issue(publish(shop.catalog, book, shop.settings(), NOW + timedelta(hours=2)))

    assert found.message == "This content is published already, as `v1`, and `v2` is in force."
    assert found.hint == "`dro catalog rollback v1` puts it in force again."


def test_a_label_of_other_content_is_refused_with_whose_it_is(shop: Shop, book: OrderBook) -> None:
    first = published(shop, book, label="spring")
    write(shop, POSTED)

    found = issue(publish(shop.catalog, book, shop.settings(), NOW, label="spring"))

    whose = f"version `{first.digest[:12]}` published by ada on 2026-11-25"
    assert found.message == f"The label `spring` names other content, {whose}."


@pytest.mark.parametrize("label", ["", "draft-2", "spring 2027", "-x", "x" * 65])
def test_what_cannot_be_a_label_is_refused(shop: Shop, book: OrderBook, label: str) -> None:
    assert issue(publish(shop.catalog, book, shop.settings(), NOW, label=label)).check == "label"
    assert book.catalog_versions() == ()


def test_only_those_whose_role_allows_it_publish_and_roll_back(shop: Shop, book: OrderBook) -> None:
    (shop.environment / "environment.yaml").write_text(ENVIRONMENT + PEOPLE)
    assert "may not `publish`" in issue(publish(shop.catalog, book, shop.settings(), NOW)).message
    bob = shop.settings().model_copy(update={"actor": "bob"})
    assert isinstance(publish(shop.catalog, book, bob, NOW), PublishedFolder)
    write(shop, POSTED)
    publish(shop.catalog, book, bob, NOW)

    assert "may not `rollback`" in issue(roll_back("v1", book, shop.settings(), NOW)).message
    assert isinstance(roll_back("v1", book, bob, NOW), Publication)
    assert [(each.actor, each.role, each.action) for each in book.audit("")] == [
        ("bob", "designer", "publish"), ("bob", "designer", "publish"), ("bob", "designer", "rollback"),
    ]  # fmt: skip


def test_a_system_that_the_environment_lacks_is_told_and_refuses_nothing(shop: Shop, book: OrderBook) -> None:
    calls = "packed: {type: callout, operation: press.print, scope: line, after: [pack]}"
    systems = "systems:\n  press: {operations: {print: {path: /print}}}\nscenarios:"
    write(shop, ("packed: {type: milestone, after: [pack]}", calls), ("scenarios:", systems))

    done = published(shop, book)

    assert any("`press`" in each.message for each in done.told)
    assert done.published.is_new


def test_rolling_back_to_what_is_in_force_changes_nothing(shop: Shop, book: OrderBook) -> None:
    published(shop, book)
    assert roll_back("v1", book, shop.settings(), NOW) is None
    assert len(book.publications()) == 1


def test_an_unknown_version_is_refused_with_the_nearest(shop: Shop, book: OrderBook) -> None:
    assert issue(roll_back("v1", book, shop.settings(), NOW)).hint.startswith("Nothing was published yet")
    published(shop, book, label="spring")
    found = issue(roll_back("sping", book, shop.settings(), NOW))
    assert (found.message, found.hint) == ("There is no catalog version `sping`.", "Did you mean `spring`?")


def test_a_draft_is_not_rolled_back_to_but_exported(shop: Shop, book: OrderBook, tmp_path: Path) -> None:
    loaded = load_catalog(shop.catalog)
    assert loaded.catalog is not None
    draft = f"draft-{loaded.catalog.digest[:12]}"
    book.store_catalog(loaded.catalog, dict(loaded.sources), label=draft, author="ada", note="", at=NOW)

    assert "was used, but never published" in issue(roll_back(draft, book, shop.settings(), NOW)).message
    assert isinstance(export(draft, tmp_path / "out", book), Exported)

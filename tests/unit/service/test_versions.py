"""Versions listed, compared and given back as the files they were published from."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from catalog.base import Refused
from orderbook.store import OrderBook
from service.catalogs import load_catalog
from service.publishing import roll_back
from service.versions import CatalogDiff, Exported, diff, export, versions
from tests.unit.service.shop import CATALOG, Shop
from tests.unit.service.versioned import NOW, POSTED, issue, published, write


def test_versions_come_by_when_they_were_in_force_last_and_drafts_at_the_end(shop: Shop, book: OrderBook) -> None:
    published(shop, book)
    write(shop, POSTED)
    published(shop, book, 1)
    roll_back("v1", book, shop.settings(), NOW + timedelta(hours=2))
    draft = load_catalog(write(shop, ("Corner shop", "Book shop"))).catalog
    assert draft is not None
    book.store_catalog(draft, {}, label="draft-x", author="ada", note="", at=NOW + timedelta(hours=3))

    found = versions(book)

    assert [(each.label, each.in_force, [one.seq for one in each.publications]) for each in found] == [
        ("v1", True, [3, 1]),
        ("v2", False, [2]),
        ("draft-x", False, []),
    ]


def test_what_is_exported_is_what_was_published_byte_for_byte(shop: Shop, book: OrderBook, tmp_path: Path) -> None:
    text = CATALOG.replace("\n", "\r\n") + "# größer → so\r\n"
    lane, _, rest = text.partition("scenarios:")
    (shop.catalog / "catalog.yaml").write_bytes(lane.encode())
    (shop.catalog / "more").mkdir()
    (shop.catalog / "more" / "scenarios.yaml").write_bytes(f"scenarios:{rest}".encode())
    first = published(shop, book)
    write(shop, POSTED)

    done = export("v1", tmp_path / "restored" / "here", book)

    assert isinstance(done, Exported)
    assert (done.files, done.as_stored) == (("catalog.yaml", "more/scenarios.yaml"), True)
    restored = tmp_path / "restored" / "here"
    assert (restored / "catalog.yaml").read_bytes() == lane.encode()
    assert (restored / "more" / "scenarios.yaml").read_bytes() == f"scenarios:{rest}".encode()
    read = load_catalog(restored).catalog
    assert read is not None
    assert read.digest == first.digest


@pytest.mark.parametrize("kind", ["full", "file"])
def test_nothing_is_exported_over_what_is_there(shop: Shop, book: OrderBook, kind: str) -> None:
    published(shop, book)
    target = shop.catalog if kind == "full" else shop.order()
    before = target.read_bytes() if target.is_file() else (target / "catalog.yaml").read_bytes()

    found = issue(export("v1", target, book))

    assert (found.check, "cannot be written" in found.message) == ("folder", True)
    assert before == (target.read_bytes() if target.is_file() else (target / "catalog.yaml").read_bytes())


def test_a_version_without_files_cannot_be_exported(shop: Shop, book: OrderBook, tmp_path: Path) -> None:
    catalog = load_catalog(shop.catalog).catalog
    assert catalog is not None
    book.store_catalog(catalog, {}, label="bare", author="ada", note="", at=NOW)
    assert issue(export("bare", tmp_path / "out", book)).check == "no_files"


def test_a_version_and_a_folder_are_compared_with_the_effect_on_products(shop: Shop, book: OrderBook) -> None:
    first = published(shop, book)
    write(shop, POSTED)

    found = diff("v1", str(shop.catalog), book, NOW)

    assert isinstance(found, CatalogDiff)
    assert (found.before.name, found.before.digest) == ("v1", first.digest)
    [lane] = found.differences
    assert (lane.entry, [each.path for each in lane.changes]) == ("packing", ["steps.packed", "steps.posted"])
    [effect] = found.effects.effects
    assert effect.products == ("BOOK",)
    assert [each.text for each in effect.consequences] == [
        "no longer has step `packing.packed`",
        "adds step `packing.posted`, after `packing.pack`",
    ]


def test_two_folders_are_compared_without_an_order_book(shop: Shop, tmp_path: Path) -> None:
    nowhere = OrderBook(f"sqlite:///{tmp_path}/none.db")
    found = diff(str(shop.catalog), str(shop.catalog), nowhere, NOW)
    assert isinstance(found, CatalogDiff)
    assert (found.differences, found.effects.effects) == ((), ())


def test_all_that_keeps_from_comparing_is_told_at_once(shop: Shop, book: OrderBook) -> None:
    write(shop, ("group: packing", "group: paking"))
    found = diff("v7", str(shop.catalog), book, NOW)
    assert isinstance(found, Refused)
    version, group = found.issues
    assert version.message == "`v7` is neither a folder nor a catalog version."
    assert "`paking`" in group.message

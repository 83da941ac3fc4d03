"""`dro catalog publish`, `versions`, `diff`, `rollback` and `export`: what designers read, and how commands end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orderbook.store import OrderBook
from service.catalogs import load_catalog
from tests.unit.commands.conftest import Dro
from tests.unit.service.shop import CATALOG, Shop
from tests.unit.service.versioned import NOW, POSTED, write


@pytest.fixture
def desk(dro: Dro) -> Dro:
    """The commands, on an order book that is set up."""
    assert dro("migrate").exit_code == 0
    return dro


def publish(desk: Dro, shop: Shop, *options: str) -> None:
    assert desk("catalog", "publish", shop.catalog, *options).exit_code == 0


def labels(desk: Dro, *options: str) -> list[tuple[str, bool]]:
    found = json.loads(desk("catalog", "versions", "--json", *options).stdout)
    return [(each["label"], each["in_force"]) for each in found]


def test_publishing_says_what_is_in_force_and_that_nothing_was_tested(desk: Dro, shop: Shop) -> None:
    done = desk("catalog", "publish", shop.catalog, "--note", "opening")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "no issues; it has no design tests" in done.stderr
    assert "Published as `v1`" in done.stderr
    assert labels(desk) == [("v1", True)]


def test_publishing_the_same_again_says_that_nothing_changed(desk: Dro, shop: Shop) -> None:
    publish(desk, shop)
    again = desk("catalog", "publish", shop.catalog)
    assert (again.exit_code, "Nothing changed: `v1`" in again.stderr) == (0, True)
    assert labels(desk) == [("v1", True)]


def test_a_catalog_with_errors_is_refused_at_their_places(desk: Dro, shop: Shop) -> None:
    write(shop, ("group: packing", "group: paking"))
    refused = desk("catalog", "publish", shop.catalog)
    assert refused.exit_code == 1
    assert "catalog.yaml:15:" in refused.stderr
    assert labels(desk) == []


def test_the_history_shows_what_was_in_force_when_and_why(desk: Dro, shop: Shop) -> None:
    publish(desk, shop, "--label", "spring")
    write(shop, POSTED)
    publish(desk, shop, "--note", "posted too", "--actor", "bob")
    assert desk("catalog", "rollback", "spring", "--note", "too early").exit_code == 0

    head, *rows = (line.split() for line in desk("catalog", "versions").stdout.splitlines())

    assert head[0] == "Version"
    assert [row[0] for row in rows] == ["spring", "v1", "spring"]
    assert ["force" in row for row in rows] == [True, False, False]
    assert [row[-3:] for row in rows[:2]] == [["rollback", "too", "early"], ["publish", "posted", "too"]]
    assert ["bob" in row for row in rows] == [False, True, False]


def test_nothing_published_is_said_as_such(desk: Dro) -> None:
    shown = desk("catalog", "versions")
    assert (shown.exit_code, shown.stdout, "Nothing was published yet" in shown.stderr) == (0, "", True)
    assert json.loads(desk("catalog", "versions", "--json").stdout) == []


def test_rolling_back_to_what_is_in_force_says_so(desk: Dro, shop: Shop) -> None:
    publish(desk, shop)
    again = desk("catalog", "rollback", "v1")
    assert (again.exit_code, "in force already; nothing changed" in again.stderr) == (0, True)
    assert desk("catalog", "rollback", "v2").exit_code == 1


def test_a_difference_is_told_by_entry_and_by_product(desk: Dro, shop: Shop) -> None:
    publish(desk, shop)
    write(shop, POSTED, ("Pack the book", "Pack it"))
    shown = desk("catalog", "diff", "v1", shop.catalog)
    assert shown.exit_code == 0
    assert [line.strip() for line in shown.stdout.splitlines()][1:] == [
        "",
        "step_groups",
        "changed `packing` (Packing)",
        "`steps.pack.title`: Pack the book → Pack it",
        "`steps.packed`: removed, {after: {step: pack}, type: milestone}",
        "`steps.posted`: added, {scope: line, after: {step: pack}, type: manual_task}",
        "",
        "Effect on products",
        "`BOOK`:",
        "does step `packing.pack` otherwise (`title`)",
        "no longer has step `packing.packed`",
        "adds step `packing.posted`, after `packing.pack`",
        "Each product is planned once, as its smallest order.",
    ]


def test_a_difference_without_effect_and_none_at_all_are_said_as_such(desk: Dro, shop: Shop) -> None:
    publish(desk, shop)
    assert "The two are the same." in desk("catalog", "diff", "v1", shop.catalog).stdout
    write(shop, ("Corner shop", "Book shop"))
    shown = desk("catalog", "diff", "v1", shop.catalog).stdout
    assert "Corner shop → Book shop" in shown
    assert "None: the smallest order of each of 1 product is fulfilled as before." in shown


def test_a_difference_is_given_to_programs_as_json(desk: Dro, shop: Shop) -> None:
    publish(desk, shop)
    write(shop, POSTED)
    found = json.loads(desk("catalog", "diff", "v1", shop.catalog, "--json").stdout)
    assert [each["path"] for each in found["differences"][0]["changes"]] == ["steps.packed", "steps.posted"]
    [effect] = found["effects"]["effects"]
    assert [(each["aspect"], each["kind"], each["subject"]) for each in effect["consequences"]] == [
        ("step", "removed", "packing.packed"),
        ("step", "added", "packing.posted"),
    ]


def test_two_folders_are_compared_without_an_order_book(dro: Dro, shop: Shop) -> None:
    assert dro("catalog", "diff", shop.catalog, shop.catalog).exit_code == 0


def test_what_is_exported_gives_the_same_catalog(desk: Dro, shop: Shop, tmp_path: Path) -> None:
    publish(desk, shop)
    write(shop, POSTED)
    assert desk("catalog", "export", "v1", tmp_path / "restored").exit_code == 0
    assert (tmp_path / "restored" / "catalog.yaml").read_text() == CATALOG
    assert "The two are the same." in desk("catalog", "diff", "v1", tmp_path / "restored").stdout
    refused = desk("catalog", "export", "v1", tmp_path / "restored")
    assert (refused.exit_code, "it is not empty" in refused.stderr) == (1, True)


def test_drafts_are_listed_only_when_asked_for(desk: Dro, shop: Shop) -> None:
    draft = load_catalog(shop.catalog).catalog
    assert draft is not None
    book = OrderBook(shop.settings().database)
    book.store_catalog(draft, {}, label="draft-1", author="ada", note="", at=NOW)
    book.close()
    assert labels(desk) == []
    assert labels(desk, "--drafts") == [("draft-1", False)]
    assert "draft-1" in desk("catalog", "versions", "--drafts").stdout


def test_publishing_without_an_order_book_ends_as_unreachable(dro: Dro, shop: Shop) -> None:
    assert dro("catalog", "publish", shop.catalog).exit_code == 3


def test_what_was_put_in_force_stands_in_the_history_of_what_concerns_no_order(desk: Dro, shop: Shop) -> None:
    publish(desk, shop, "--note", "opening")
    [entry] = json.loads(desk("orders", "history", "--json").stdout)
    assert (entry["action"], entry["actor"], entry["detail"], entry["reason"]) == ("publish", "ada", "`v1`", "opening")

"""`dro catalog impact`: what designers read before they publish, and how the command ends for a pipeline."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commands.errors import ExitCode
from decomposition.order import Order
from orderbook.store import OrderBook
from service.catalogs import load_catalog
from tests.unit.commands.conftest import Dro
from tests.unit.service.shop import Shop
from tests.unit.service.versioned import POSTED, write

BEGUN = datetime(2025, 11, 25, tzinfo=UTC)


@pytest.fixture
def desk(dro: Dro, shop: Shop) -> Dro:
    """The commands, with three orders of the shop recorded, an hour after the other."""
    assert dro("migrate").exit_code == 0
    catalog = load_catalog(shop.catalog).catalog
    assert catalog is not None
    book = OrderBook(shop.settings().database)
    book.store_catalog(catalog, {}, label="v1", author="ada", note="", at=BEGUN)
    for number in range(3):
        content = {"number": f"SHOP-{number}", "account": "ADA", "lines": {"L1": {"product": "BOOK"}}}
        at = BEGUN + timedelta(hours=number)
        book.add_order(Order.model_validate(content), catalog=catalog.digest, at=at, actor="ada")
    book.close()
    return dro


def read(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()][1:]


def test_without_a_difference_it_says_that_nothing_changes_and_ends_with_0(desk: Dro, shop: Shop) -> None:
    shown = desk("catalog", "impact", shop.catalog, "--fail-on-change")
    assert (shown.exit_code, shown.stderr) == (ExitCode.DONE, "")
    assert read(shown.stdout) == ["", "Nothing changes: every order gets the plan that it got."]


def test_what_changes_is_told_once_for_all_its_orders(desk: Dro, shop: Shop) -> None:
    shown = desk("catalog", "impact", write(shop, POSTED))
    assert shown.exit_code == ExitCode.DONE
    assert read(shown.stdout) == [
        "",
        "3 orders would be fulfilled otherwise",
        "3 orders with BOOK, such as SHOP-0:",
        "no longer has step `packing.packed`",
        "adds step `packing.posted`, after `packing.pack`",
        "",
        "0 orders would get the same plan.",
    ]


def test_refusals_are_told_with_their_reason(desk: Dro, shop: Shop) -> None:
    shown = desk(
        "catalog", "impact", write(shop, ("BOOK: {name: Book}", "BOOK: {name: Book, effective_from: 2030-01-01}"))
    )
    assert read(shown.stdout)[1:4] == [
        "3 orders would be refused",
        "3 orders with BOOK, such as SHOP-0:",
        "Line `L1`: `BOOK` (Book) is in force from 2030-01-01, not on 2025-11-25",
    ]


def test_a_pipeline_is_told_of_a_change_by_an_exit_code_of_its_own(desk: Dro, shop: Shop) -> None:
    write(shop, POSTED)
    assert desk("catalog", "impact", shop.catalog, "--fail-on-change").exit_code == ExitCode.CHANGED
    assert desk("catalog", "impact", shop.catalog, "--fail-on-change", "--state", "completed").exit_code == 0


def found(desk: Dro, shop: Shop, *options: str) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(desk("catalog", "impact", shop.catalog, "--json", *options).stdout)
    return shown


def test_orders_are_chosen_by_time_and_state(desk: Dro, shop: Shop) -> None:
    assert found(desk, shop)["impact"]["orders"] == 3
    assert found(desk, shop, "--since", "2025-11-25T01:00")["impact"]["orders"] == 2
    assert found(desk, shop, "--since", "2025-11-26")["impact"]["orders"] == 0
    assert found(desk, shop, "--state", "acknowledged", "--state", "held")["impact"]["orders"] == 3


def test_programs_get_counts_and_groups_as_json(desk: Dro, shop: Shop) -> None:
    write(shop, POSTED)
    told = found(desk, shop)
    assert told["catalog"]["name"] == str(shop.catalog)
    [change] = told["impact"].pop("changes")
    assert told["impact"] == {"orders": 3, "same": 0, "changed": 3, "refused": 0, "untold": 0, "reasons": []}
    assert (change["orders"], change["example"], change["products"]) == (3, "SHOP-0", ["BOOK"])
    assert [(each["aspect"], each["kind"], each["subject"]) for each in change["consequences"]] == [
        ("step", "removed", "packing.packed"),
        ("step", "added", "packing.posted"),
    ]


def test_what_cannot_be_used_ends_as_everywhere(desk: Dro, shop: Shop) -> None:
    assert desk("catalog", "impact", shop.catalog, "--since", "yesterday").exit_code == ExitCode.USAGE
    assert desk("catalog", "impact", shop.catalog, "--state", "lost").exit_code == ExitCode.USAGE
    assert desk("catalog", "impact", "none").exit_code == ExitCode.REFUSED
    write(shop, ("group: packing", "group: paking"))
    refused = desk("catalog", "impact", shop.catalog)
    assert (refused.exit_code, "catalog.yaml:15:" in refused.stderr) == (ExitCode.REFUSED, True)


def test_without_an_order_book_it_ends_with_3(dro: Dro, shop: Shop) -> None:
    assert dro("catalog", "impact", shop.catalog).exit_code == ExitCode.UNREACHABLE


def test_without_orders_it_says_so(dro: Dro, shop: Shop) -> None:
    assert dro("migrate").exit_code == 0
    shown = dro("catalog", "impact", shop.catalog, "--fail-on-change")
    assert (shown.exit_code, "No such orders are recorded" in shown.stdout) == (0, True)

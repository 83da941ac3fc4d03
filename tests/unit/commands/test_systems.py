"""`dro systems`: what is known of each system, and switching them."""

from __future__ import annotations

import json

import pytest

from orderbook.store import OrderBook
from tests.unit.commands.conftest import Dro
from tests.unit.service.shop import ENVIRONMENT, Shop

OFF = ("systems", "offline", "carrier", "--reason", "maintenance")
PEOPLE = """\
people:
  ada: {name: Ada, roles: [submitter]}
  bob: {name: Bob, roles: [operator]}
"""


@pytest.fixture
def empty_book(dro: Dro) -> Dro:
    assert dro("migrate").exit_code == 0
    return dro


def test_a_system_is_off_until_it_is_switched_on_with_who_and_why(empty_book: Dro) -> None:
    assert empty_book(*OFF).exit_code == 0
    [carrier] = json.loads(empty_book("systems", "list", "--json").stdout)
    assert (carrier["system"], carrier["health"], carrier["actor"], carrier["reason"]) == (
        "carrier", "offline", "ada", "maintenance",
    )  # fmt: skip
    shown = empty_book("systems", "list").stdout
    assert "ada: maintenance" in shown
    assert "dro systems online carrier" in shown


def test_switching_off_twice_changes_nothing_and_says_so(empty_book: Dro) -> None:
    empty_book(*OFF)
    again = empty_book(*OFF, "--actor", "bob")
    assert (again.exit_code, "offline already" in again.stderr) == (0, True)
    assert json.loads(empty_book("systems", "list", "--json").stdout)[0]["actor"] == "ada"


def test_an_unknown_system_is_refused_with_the_nearest(empty_book: Dro) -> None:
    shown = empty_book("systems", "offline", "carier", "--reason", "x")
    assert shown.exit_code == 1
    assert "There is no system `carier`. Did you mean `carrier`?" in shown.stderr


def test_switching_off_needs_a_reason(empty_book: Dro) -> None:
    assert empty_book("systems", "offline", "carrier").exit_code == 2
    assert empty_book("systems", "offline", "carrier", "--reason", " ").exit_code == 2


def test_without_temporal_a_system_stays_off_since_nobody_could_be_told(empty_book: Dro) -> None:
    empty_book(*OFF)
    assert empty_book("systems", "online", "carrier").exit_code == 3
    assert json.loads(empty_book("systems", "list", "--json").stdout)[0]["health"] == "offline"


def test_only_those_whose_role_allows_it_switch_systems(empty_book: Dro, shop: Shop) -> None:
    (shop.environment / "environment.yaml").write_text(ENVIRONMENT + PEOPLE)
    refused = empty_book(*OFF)
    assert refused.exit_code == 1
    assert "may not `offline`; `admin` or `operator` may." in refused.stderr
    assert empty_book(*OFF, "--actor", "bob").exit_code == 0
    book = OrderBook(shop.settings().database)
    assert [(each.actor, each.role, each.action) for each in book.audit("")] == [("bob", "operator", "system offline")]
    book.close()

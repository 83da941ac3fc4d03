"""Commands that read: for people, and as JSON alone on stdout."""

from __future__ import annotations

import json

import pytest

from tests.unit.commands.conftest import Dro
from tests.unit.service.shop import CATALOG, Shop


@pytest.fixture
def empty_book(dro: Dro) -> Dro:
    assert dro("migrate").exit_code == 0
    return dro


@pytest.mark.parametrize("noun", ["orders", "fallouts", "tasks"])
def test_an_empty_list_is_an_empty_json_list_and_a_sentence_for_people(empty_book: Dro, noun: str) -> None:
    assert json.loads(empty_book(noun, "list", "--json").stdout) == []
    shown = empty_book(noun, "list")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert shown.stderr.startswith("No ")


def test_a_sound_catalog_has_no_issues(dro: Dro, shop: Shop) -> None:
    shown = dro("catalog", "lint", shop.catalog, "--json")
    assert (shown.exit_code, json.loads(shown.stdout)) == (0, [])


def test_the_environment_in_use_is_checked_against_the_catalog_where_asked(dro: Dro, shop: Shop) -> None:
    tied = "fallout_rules: {one: {queue: desk}, other: {queue: desk}}\nqueues: {desk: {}}\n"
    (shop.environment / "rules.yaml").write_text(tied)
    shown = dro("catalog", "lint", shop.catalog, "--environment")
    assert shown.exit_code == 0
    assert "warning[idle_fallout_rule]: `one` never applies" in shown.stdout
    assert "rules.yaml" in shown.stdout
    assert dro("catalog", "lint", shop.catalog).stdout == ""


def test_every_issue_of_a_catalog_is_reported_with_its_place(dro: Dro, shop: Shop) -> None:
    (shop.catalog / "catalog.yaml").write_text(CATALOG.replace("group: packing", "group: paking") + "colours: {}\n")
    shown = dro("catalog", "lint", shop.catalog)
    assert shown.exit_code == 1
    assert "There is no section `colours`." in shown.stdout
    assert "`packing`" in shown.stdout
    assert f"{shop.catalog}: 2 errors" in shown.stderr


def test_a_catalog_that_is_no_catalog_is_reported_with_the_shape_it_needs(dro: Dro, shop: Shop) -> None:
    (shop.catalog / "catalog.yaml").write_text("products: [BOOK]\n")
    shown = dro("catalog", "lint", shop.catalog, "--json")
    assert shown.exit_code == 1
    assert [each["place"]["line"] for each in json.loads(shown.stdout)] == [1]


def test_settings_tell_who_gave_each_value(dro: Dro) -> None:
    found = {each["name"]: each for each in json.loads(dro("settings", "--json").stdout)}
    assert (found["actor"]["value"], found["actor"]["source"]) == ("ada", "environment")
    assert "DRO_TASK_QUEUE" in dro("settings").stdout


def test_the_doctor_names_what_is_not_well_and_what_to_do(dro: Dro) -> None:
    shown = dro("doctor", "--json")
    found = {each["name"]: each for each in json.loads(shown.stdout)}
    assert shown.exit_code == 1
    assert not found["Temporal"]["ok"]
    assert "`dro migrate`" in found["Order book"]["next_step"]
    assert found["Catalog"]["ok"]
    assert found["Environment"]["ok"]


def test_without_temporal_nothing_is_compared(empty_book: Dro) -> None:
    shown = empty_book("doctor", "--reconcile", "--json")
    assert (shown.exit_code, shown.stdout) == (3, "")
    assert "Temporal cannot be reached" in shown.stderr


def test_an_unknown_order_is_not_compared(empty_book: Dro) -> None:
    shown = empty_book("doctor", "--reconcile", "--order", "SHOP-9")
    assert (shown.exit_code, "`SHOP-9`" in shown.stderr) == (1, True)


@pytest.mark.parametrize("words", [("--since", "2h"), ("--order", "SHOP-1"), ("--reconcile", "--since", "soon")])
def test_orders_are_chosen_for_comparing_only_and_by_a_length_of_time(dro: Dro, words: tuple[str, ...]) -> None:
    assert dro("doctor", *words).exit_code == 2


def test_an_order_that_was_not_submitted_is_explained_from_its_file(dro: Dro, shop: Shop) -> None:
    whole = dro("orders", "explain", shop.order())
    assert whole.exit_code == 0
    assert "PACK_BOOK" in whole.stdout
    assert "packing.pack@L1" in dro("orders", "explain", shop.order(), "packing.packed").stdout


def test_an_explanation_is_json_too_line_by_line(dro: Dro, shop: Shop) -> None:
    people, programs = dro("orders", "explain", shop.order()), dro("orders", "explain", shop.order(), "--json")
    found = json.loads(programs.stdout)
    # each run plans the order at its own moment
    assert found["step"] is None
    assert timeless(found["explanation"]) == timeless(people.stdout.splitlines())


def timeless(lines: list[str]) -> list[str]:
    return [each for each in lines if " UTC" not in each]


def test_an_unknown_step_is_refused_with_the_nearest_one(dro: Dro, shop: Shop) -> None:
    shown = dro("orders", "explain", shop.order(), "packing.pack")
    assert shown.exit_code == 1
    assert "Did you mean `packing.pack" in shown.stderr


def test_migrating_twice_changes_nothing_the_second_time(dro: Dro) -> None:
    assert "It was at none." in dro("migrate").stderr
    assert "It was at" not in dro("migrate").stderr

"""One exit code per cause, and on stderr what to do next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from commands.errors import ExitCode, answering
from tests.unit.commands.conftest import Dro
from tests.unit.service.shop import ORDER, Shop


def test_a_dry_run_needs_neither_server_nor_database(dro: Dro, shop: Shop) -> None:
    shown = dro("orders", "submit", shop.order(), "--dry-run")
    assert shown.exit_code == ExitCode.DONE
    assert "packing.pack@L1" in shown.stdout
    assert not (shop.folder / "home").exists()


def test_a_refused_order_ends_with_1_and_the_place_of_each_reason(dro: Dro, shop: Shop) -> None:
    order = shop.order(ORDER.replace("BOOK", "BOKO") + "colour: red\n")
    shown = dro("orders", "submit", order, "--dry-run")
    assert shown.exit_code == ExitCode.REFUSED
    assert f"{order}:5:1: error[shape]: There is no field `colour` here." in shown.stderr


def test_an_unknown_product_is_refused_at_its_place_with_the_nearest_one(dro: Dro, shop: Shop) -> None:
    order = shop.order(ORDER.replace("BOOK", "BOKO"))
    shown = dro("orders", "submit", order, "--dry-run")
    assert shown.exit_code == ExitCode.REFUSED
    assert f"{order}:4:" in shown.stderr
    assert "`BOOK`" in shown.stderr


def test_a_file_that_is_not_there_is_refused_by_name(dro: Dro, shop: Shop) -> None:
    shown = dro("orders", "submit", shop.folder / "none.yaml", "--dry-run")
    assert shown.exit_code == ExitCode.REFUSED
    assert "none.yaml" in shown.stderr


def test_a_wrong_setting_is_a_usage_error_that_names_it(dro: Dro, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRO_SERVE_PORT", "many")
    shown = dro("settings")
    assert shown.exit_code == ExitCode.USAGE
    assert "`DRO_SERVE_PORT` is 'many'" in shown.stderr


def test_a_value_that_is_no_pair_is_a_usage_error(dro: Dro) -> None:
    shown = dro("tasks", "complete", "SHOP-1", "packing.pack@L1", "--value", "boxes")
    assert shown.exit_code == ExitCode.USAGE
    assert "name=value" in shown.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("orders", "submit", "ORDER"),
        ("steps", "retry", "SHOP-1", "packing.pack@L1"),
        ("steps", "skip", "SHOP-1", "packing.pack@L1", "--signal"),
        ("tasks", "complete", "SHOP-1", "packing.pack@L1", "--value", "boxes=1"),
        ("worker",),
        ("serve",),
    ],
    ids=" ".join,
)
def test_without_temporal_a_command_ends_with_3_and_says_how_to_start_one(
    dro: Dro, shop: Shop, words: tuple[str, ...]
) -> None:
    order = shop.order()
    shown = dro(*(order if each == "ORDER" else each for each in words))
    assert shown.exit_code == ExitCode.UNREACHABLE
    assert "Temporal cannot be reached at 127.0.0.1:9" in shown.stderr


def test_without_an_order_book_reading_ends_with_3_and_names_the_way_out(dro: Dro) -> None:
    shown = dro("orders", "list", "--json")
    assert shown.exit_code == ExitCode.UNREACHABLE
    assert "`dro migrate`" in shown.stderr
    assert shown.stdout == ""


def test_an_unknown_order_is_refused(dro: Dro) -> None:
    dro("migrate")
    shown = dro("orders", "show", "SHOP-1")
    assert shown.exit_code == ExitCode.REFUSED
    assert "There is no order `SHOP-1`." in shown.stderr


def test_a_bug_ends_with_70_and_leaves_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    @answering
    def broken() -> None:
        raise ZeroDivisionError("nothing to share")

    with pytest.raises(typer.Exit) as ended:
        broken()
    assert ended.value.exit_code == ExitCode.UNEXPECTED
    report = Path(capsys.readouterr().err.strip().rpartition(" ")[2])
    assert "ZeroDivisionError: nothing to share" in report.read_text()
    report.unlink()


def test_another_server_named_by_temporals_settings_keeps_the_stack_from_starting(dro: Dro) -> None:
    shown = dro("up")
    assert shown.exit_code == ExitCode.UNREACHABLE
    assert "`TEMPORAL_ADDRESS` names the Temporal server at 127.0.0.1:9" in shown.stderr


def test_json_of_a_dry_run_stands_alone_on_stdout(dro: Dro, shop: Shop) -> None:
    shown = dro("orders", "submit", shop.order(), "--dry-run", "--json")
    order = json.loads(shown.stdout)
    assert (order["number"], order["state"]) == ("SHOP-1", "pending")
    assert [(each["id"], each["state"], each["after"]) for each in order["steps"]] == [
        ("packing.pack@L1", "pending", []),
        ("packing.packed", "pending", ["packing.pack@L1"]),
    ]


def test_json_of_a_refusal_holds_every_issue(dro: Dro, shop: Shop) -> None:
    shown = dro("orders", "submit", shop.order(ORDER.replace("BOOK", "BOKO")), "--dry-run", "--json")
    refused = json.loads(shown.stdout)
    assert [each["check"] for each in refused["issues"]] == ["unknown_product"]
    assert refused["issues"][0]["place"]["line"] == 4


def test_several_orders_each_get_an_answer_and_one_refusal_decides_the_code(dro: Dro, shop: Shop) -> None:
    bad = shop.order(ORDER.replace("BOOK", "BOKO"), "bad.yaml")
    shown = dro("orders", "submit", bad, shop.order(), "--dry-run", "--json")
    assert shown.exit_code == ExitCode.REFUSED
    assert [each.get("number") for each in json.loads(shown.stdout)] == [None, "SHOP-1"]

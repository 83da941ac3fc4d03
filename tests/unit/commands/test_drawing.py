"""`--format` of dry runs and explanations: the plan drawn on stdout, alone, for a file or for an order of the book."""

from __future__ import annotations

import json

import pytest

from tests.unit.commands.conftest import Dro
from tests.unit.service.shop import ORDER, Shop

HEADS = {"tree": "Order SHOP-1", "table": "Step ", "json": "{", "mermaid": "flowchart LR", "dot": 'digraph "SHOP-1"'}


@pytest.mark.parametrize("form", HEADS)
def test_a_dry_run_draws_the_plan_in_each_format(dro: Dro, shop: Shop, form: str) -> None:
    shown = dro("orders", "submit", shop.order(), "--dry-run", "--format", form)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.startswith(HEADS[form])
    assert "Pack the book" in shown.stdout


@pytest.mark.parametrize("form", HEADS)
def test_an_explanation_is_drawn_in_each_format(dro: Dro, shop: Shop, form: str) -> None:
    shown = dro("orders", "explain", shop.order(), "--format", form)
    assert shown.exit_code == 0
    assert shown.stdout.startswith(HEADS[form])


def test_json_is_one_format_by_either_name_and_has_dates_path_and_verdicts(dro: Dro, shop: Shop) -> None:
    order = shop.order(ORDER + "requested_completion: 2020-01-01\n")
    named = json.loads(dro("orders", "submit", order, "--dry-run", "--format", "json").stdout)
    flagged = json.loads(dro("orders", "submit", order, "--dry-run", "--json").stdout)
    assert named.keys() == flagged.keys()
    assert named["critical_path"] == ["packing.pack@L1", "packing.packed"]
    assert named["late_by"].startswith("P")
    assert [each["verdict"] for each in named["tried"]] == ["matched"]
    first = next(each for each in named["steps"] if each["id"] == "packing.pack@L1")
    assert first["planned_start"] == named["accepted_at"]


def test_without_a_format_a_dry_run_shows_the_order_and_tells_its_outlook_apart(dro: Dro, shop: Shop) -> None:
    shown = dro("orders", "submit", shop.order(), "--dry-run")
    assert "0 of 2 steps done" in shown.stdout
    assert "Predicted completion" not in shown.stdout
    assert "Critical path: Pack the book (`packing.pack@L1`) → packed (`packing.packed`)." in shown.stderr


def test_a_refused_order_is_not_drawn(dro: Dro, shop: Shop) -> None:
    shown = dro("orders", "submit", shop.order(ORDER.replace("BOOK", "BOOT")), "--dry-run", "--format", "tree")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "Did you mean `BOOK`?" in shown.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("submit", "--format", "tree"), "--dry-run"),
        (("submit", "--dry-run", "--json", "--format", "dot"), "exclude each other"),
        (("submit", "--dry-run", "--format", "svg"), "mermaid"),
        (("explain", "packing.packed", "--format", "dot"), "leave the step out"),
    ],
)
def test_a_format_that_does_not_fit_is_a_usage_error(dro: Dro, shop: Shop, words: tuple[str, ...], why: str) -> None:
    verb, *rest = words
    shown = dro("orders", verb, shop.order(), *rest)
    assert shown.exit_code == 2
    assert why in " ".join(shown.output.split())

"""Commands about time: what is refused before anything is asked, and what an order's time looks like."""

from __future__ import annotations

import json

import pytest

from commands.shared import book_of
from service.settings import load
from tests.unit.commands.conftest import Dro
from tests.unit.service.shop import Shop
from tests.unit.service.test_jeopardy import Office


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("tomorrow", "`tomorrow` is no time; write it as 2026-12-01T08:00Z."),
        ("2026-12-01T08:00", "does not say of which zone"),
    ],
)
def test_a_time_without_its_zone_is_refused(dro: Dro, at: str, why: str) -> None:
    shown = dro("steps", "reschedule", "SHOP-1", "packing.pack@L1", "--at", at)
    assert shown.exit_code == 2
    assert why in " ".join(shown.stderr.replace("│", " ").split())


def test_where_nothing_is_at_risk_the_list_is_empty_and_says_so(dro: Dro) -> None:
    assert dro("migrate").exit_code == 0
    assert json.loads(dro("orders", "at-risk", "--json").stdout) == []
    assert dro("orders", "at-risk").stderr == "Nothing is at risk or late.\n"
    assert dro("orders", "list", "--at-risk").stderr == "No such orders.\n"


def test_a_dry_run_is_drawn_over_time(dro: Dro, shop: Shop) -> None:
    shown = dro("orders", "submit", shop.order(), "--dry-run", "--gantt")
    assert (shown.exit_code, "Pack the book" in shown.stdout) == (0, True)
    assert dro("orders", "submit", shop.order(), "--gantt").exit_code == 2
    assert dro("orders", "submit", shop.order(), "--dry-run", "--gantt", "--json").exit_code == 2


def test_an_order_that_runs_shows_its_time_as_text_as_chart_and_in_its_explanation(dro: Dro) -> None:
    assert dro("migrate").exit_code == 0
    with book_of(load()) as book:
        Office(book, "2026-11-26")
    shown = dro("orders", "show", "SO-1")
    assert shown.exit_code == 0, shown.output
    assert "Predicted completion" in shown.stdout
    chart = dro("orders", "show", "SO-1", "--gantt").stdout
    assert "▶ Ship" in chart
    assert "end of the requested 2026-11-26" in chart
    data = json.loads(dro("orders", "show", "SO-1", "--json").stdout)
    assert (data["requested_completion"], data["planned_completion"]) == ("2026-11-26", "2026-11-25T10:40:00Z")
    assert data["critical_path"] == ["shipping.ship", "shipping.arrive"]
    explained = dro("orders", "explain", "SO-1", "shipping.ship").stdout
    assert "Now: started" in explained
    assert "decides about when the order completes" in explained
    assert "Predicted completion" in dro("orders", "explain", "SO-1").stdout

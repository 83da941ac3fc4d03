"""What is asked of a plan before its order is accepted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.model import OrderPlan
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service.planning import dry_run
from service.settings import load

CATALOG = {
    "products": {"SEAT": {"name": "Seat"}},
    "scenarios": {"SEAT": {"product": "SEAT", "group": "seats"}},
    "step_groups": {"seats": {"steps": {"assign": {"type": "manual_task", "scope": "line"}}}},
}


def planned(folder: Path, lines: int) -> OrderPlan | Refused:
    """Plan an order of so many seats, each with a person's task."""
    (folder / "catalog").mkdir()
    (folder / "catalog/catalog.json").write_text(json.dumps(CATALOG))
    seats = {f"L{at:05d}": {"product": "SEAT"} for at in range(lines)}
    order = folder / "order.json"
    order.write_text(json.dumps({"number": "T-1", "account": "ACME", "currency": "USD", "lines": seats}))
    settings = load({"home": str(folder / "home"), "catalog": str(folder / "catalog")}, {})
    return dry_run(order, settings, datetime(2026, 11, 25, tzinfo=UTC))


def test_a_plan_too_large_to_run_is_refused_with_its_size_and_with_what_fits(tmp_path: Path) -> None:
    found = planned(tmp_path, 6_000)
    assert isinstance(found, Refused)
    (issue,) = found.issues
    assert issue.check == "plan_too_large"
    assert issue.message.startswith("The plan of order `T-1` is too large to run: 6,000 steps in 1,")
    assert issue.message.endswith(" KiB, at most 1,024 KiB.")
    fitting = int(issue.hint.split("about ")[1].split(" of")[0].replace(",", ""))
    (tmp_path / "less").mkdir()
    assert isinstance(planned(tmp_path / "less", fitting), OrderPlan)


def test_without_a_catalog_of_its_own_a_dry_run_plans_on_what_is_published(tmp_path: Path) -> None:
    settings = load({"home": str(tmp_path / "home")}, {})
    order = tmp_path / "order.json"
    order.write_text(json.dumps({"number": "T-1", "account": "ACME", "lines": {"L1": {"product": "SEAT"}}}))
    now = datetime(2026, 11, 25, tzinfo=UTC)
    assert isinstance(dry_run(order, settings, now), Refused)  # SmartBytes sells none

    migrate(settings.database)
    catalog = Catalog.model_validate(CATALOG)
    book = OrderBook(settings.database)
    book.publish_catalog(catalog, {}, label="v1", author="ada", note="", at=now, role="")
    book.close()

    found = dry_run(order, settings, now)
    assert isinstance(found, OrderPlan)
    assert found.catalog == catalog.digest

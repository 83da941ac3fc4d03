"""The benchmark of impact tries a changed catalog on as many orders as it says, and every one of them changes."""

from __future__ import annotations

from pathlib import Path

from benchmarks.impact import record, try_catalog


def test_every_recorded_order_is_planned_and_changes(tmp_path: Path) -> None:
    found = try_catalog(record(tmp_path, 6), tmp_path / "catalog")
    assert (found.orders, found.changed) == (6, 6)

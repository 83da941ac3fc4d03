"""The large catalog of the benchmark is one: as large as it says, and without any problem."""

from __future__ import annotations

from pathlib import Path

from benchmarks.big_catalog import Size
from benchmarks.check_catalog import write
from service.catalogs import load_catalog


def test_the_large_catalog_holds_what_its_size_says_and_no_check_finds_anything(tmp_path: Path) -> None:
    write(tmp_path, Size(products=80, technical=20, rules=160))
    loaded = load_catalog(tmp_path)
    assert [str(each) for each in loaded.issues] == []
    assert loaded.catalog is not None
    assert len(loaded.catalog.products) == 80
    assert len(loaded.catalog.technical_products) == 20
    assert len(loaded.catalog.decomposition_rules) == 160

"""New catalogs are whole: they lint clean, pass their design tests, and editors find the schemas."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.base import Refused
from service.catalogs import LoadedCatalog, load_catalog, load_environment, load_order
from service.design_tests import run_folder
from service.schemas import Kind, schema_text
from service.templates import TEMPLATES, Begun, begin

NAMES = ("laptop-shop", "make-to-order")
SCHEMA_LINE = "# yaml-language-server: $schema="


@pytest.fixture(params=NAMES)
def begun(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Begun]:
    folder = tmp_path / "new" / "catalog"
    found = begin(folder, request.param)
    assert isinstance(found, Begun)
    return folder, found


def loaded(folder: Path) -> LoadedCatalog:
    found = load_catalog(folder)
    assert found.catalog is not None
    return found


def test_every_template_has_a_folder_and_every_folder_is_a_template() -> None:
    assert sorted(each.name for each in TEMPLATES.iterdir()) == sorted(NAMES)


def test_a_new_catalog_has_neither_errors_nor_warnings_and_its_environment_fits_it(begun: tuple[Path, Begun]) -> None:
    folder, _ = begun
    found = loaded(folder)
    assert found.issues == ()
    assert load_environment(folder / "environment", found.catalog).issues == ()


def test_its_order_can_be_read(begun: tuple[Path, Begun]) -> None:
    folder, found = begun
    orders = [each for each in found.files if each.parts[0] == "orders"]
    assert [load_order(folder / each).issues for each in orders] == [()]


def test_it_passes_its_design_tests_and_they_reach_all_there_is(begun: tuple[Path, Begun]) -> None:
    report = run_folder(begun[0])
    assert report.issues == ()
    assert [each.name for each in report.failed] == []
    assert len(report.passed) > 4
    assert report.coverage.missed == ()


def test_each_file_names_the_schema_of_its_kind_which_stands_there(begun: tuple[Path, Begun]) -> None:
    folder, found = begun
    expected = {"environment": Kind.ENVIRONMENT, "orders": Kind.ORDER, "tests": Kind.TEST}
    for file in (each for each in found.files if each.suffix == ".yaml"):
        first = (folder / file).read_text().splitlines()[0]
        assert first.startswith(SCHEMA_LINE)
        schema = (folder / file).parent / first.removeprefix(SCHEMA_LINE)
        assert schema.read_text() == schema_text(expected.get(file.parts[0], Kind.CATALOG))


def test_the_catalog_is_the_template_s_and_nothing_of_what_stands_beside_it(begun: tuple[Path, Begun]) -> None:
    sources = [name for name, _ in loaded(begun[0]).sources]
    assert sources == ["fulfilment.yaml", "products.yaml", "systems.yaml"]


def test_a_new_catalog_still_has_the_issues_that_a_designer_makes(begun: tuple[Path, Begun]) -> None:
    folder, _ = begun
    (folder / "more.yaml").write_text("products: {TOY: {name: Toy}}")
    assert [each.check for each in loaded(folder).issues] == ["unfulfilled_product"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    assert isinstance(begin(tmp_path, "laptop-shop"), Begun)


@pytest.mark.parametrize("what", [".hidden", "catalog.yaml"])
def test_a_folder_that_holds_anything_is_refused_and_left_as_it_is(tmp_path: Path, what: str) -> None:
    (tmp_path / what).write_text("kept")
    refused = begin(tmp_path, "laptop-shop")
    assert isinstance(refused, Refused)
    assert refused.issues[0].message == f"`{tmp_path}` is not empty."
    assert [each.name for each in tmp_path.iterdir()] == [what]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    refused = begin(tmp_path / "file", "laptop-shop")
    assert isinstance(refused, Refused)
    assert "is a file" in refused.issues[0].message


def test_what_cannot_be_written_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    refused = begin(tmp_path / "file" / "below", "laptop-shop")
    assert isinstance(refused, Refused)
    assert "cannot be written: " in refused.issues[0].message

"""`dro catalog init`, `show` and `schema`, and `dro orders schema`, as a shell sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.schemas import Kind, schema_of
from tests.unit.commands.conftest import Dro
from tests.unit.service.shop import Shop

HEADS = {"tree": "Book", "mermaid": "flowchart LR", "dot": 'digraph "Products"'}


def test_a_catalog_is_begun_checked_tested_and_drawn_by_the_commands_that_init_tells(dro: Dro, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    begun = dro("catalog", "init", folder, "--template", "make-to-order")
    assert begun.exit_code == 0
    assert (folder / "products.yaml").as_posix() in begun.stdout.splitlines()
    steps = [line.split() for line in begun.stderr.splitlines() if line.startswith("  dro ")]
    assert [words[1:3] for words in steps] == [
        ["catalog", "lint"],
        ["catalog", "show"],
        ["catalog", "test"],
        ["orders", "submit"],
    ]
    assert [dro(*words[1:]).exit_code for words in steps] == [0, 0, 0, 0]


def test_init_refuses_a_folder_that_holds_anything(dro: Dro, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    shown = dro("catalog", "init", tmp_path / "mine")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "is not empty" in shown.stderr


def test_an_unknown_template_is_a_usage_error_that_names_the_templates(dro: Dro, tmp_path: Path) -> None:
    shown = dro("catalog", "init", tmp_path / "mine", "--template", "shoe-shop")
    assert shown.exit_code == 2
    assert "laptop-shop" in shown.output


@pytest.mark.parametrize("form", HEADS)
def test_a_product_is_drawn_in_each_format(dro: Dro, shop: Shop, form: str) -> None:
    shown = dro("catalog", "show", "BOOK", "--catalog", shop.catalog, "--format", form)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.startswith(HEADS[form])
    assert "Packing" in shown.stdout


@pytest.mark.parametrize("form", HEADS)
def test_lanes_are_drawn_in_each_format(dro: Dro, shop: Shop, form: str) -> None:
    shown = dro("catalog", "show", "--lanes", "--catalog", shop.catalog, "--format", form)
    assert shown.exit_code == 0
    assert "packing.pack" in shown.stdout


def test_as_json_a_drawing_is_its_boxes_and_arrows(dro: Dro, shop: Shop) -> None:
    shown = json.loads(dro("catalog", "show", "BOOK", "--catalog", shop.catalog, "--json").stdout)
    boxes = {box["id"]: box["texts"] for frame in shown["frames"] for box in frame["boxes"]}
    assert ["Book", "BOOK"] in boxes.values()
    assert all(each in boxes for arrow in shown["arrows"] for each in (arrow["tail"], arrow["head"]))


def test_an_unknown_product_is_refused_with_the_nearest_name(dro: Dro, shop: Shop) -> None:
    shown = dro("catalog", "show", "BOOC", "--catalog", shop.catalog)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "Did you mean `BOOK`?" in shown.stderr


def test_a_wrong_catalog_is_not_drawn(dro: Dro, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("products: {A: {}}")
    shown = dro("catalog", "show", "--catalog", tmp_path)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "wrong.yaml:1:" in shown.stderr


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("catalog", "schema"), Kind.CATALOG),
        (("catalog", "schema", "--environment"), Kind.ENVIRONMENT),
        (("catalog", "schema", "--tests"), Kind.TEST),
        (("orders", "schema"), Kind.ORDER),
    ],
)
def test_schemas_are_json_on_stdout_alone_or_in_a_file(
    dro: Dro, tmp_path: Path, words: tuple[str, ...], kind: Kind
) -> None:
    shown = dro(*words)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert json.loads(shown.stdout) == schema_of(kind)
    file = tmp_path / ".schema" / "it.json"
    written = dro(*words, "-o", file)
    assert (written.exit_code, written.stdout) == (0, "")
    assert file.read_text() == shown.stdout


def test_one_schema_at_a_time(dro: Dro) -> None:
    assert dro("catalog", "schema", "--environment", "--tests").exit_code == 2


def test_a_schema_that_cannot_be_written_is_refused_with_the_reason(dro: Dro, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    shown = dro("catalog", "schema", "-o", tmp_path / "file" / "below.json")
    assert shown.exit_code == 1
    assert "cannot be written" in shown.stderr

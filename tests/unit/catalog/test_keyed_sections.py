"""Entries of a section have their key above them, once; folders beside the files of a catalog are no part of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.catalog import SECTIONS, Catalog
from catalog.environment import Environment
from catalog.files import read_document, read_folder
from catalog.shapes import validate


def test_an_entry_that_says_its_key_again_is_refused_at_its_section_and_told_to_leave_it_out() -> None:
    document = read_document("products:\n  A: {name: A, code: B}\n  C: {name: C}\nunits:\n  M: {}\n", "shop.yaml")
    catalog, issues = validate(Catalog, document.data, document.places)
    assert catalog is None
    assert [(str(each.place), each.message) for each in issues] == [
        ("shop.yaml:2:3", "`products`: leave `code` out inside `A`: the key above is it."),
        ("shop.yaml:5:6", "`name` is missing."),
    ]


def test_a_name_of_a_step_is_no_title() -> None:
    document = read_document("step_groups: {pack: {steps: {wrap: {type: milestone, name: Wrap it}}}}")
    _, issues = validate(Catalog, document.data, document.places)
    assert [each.message for each in issues] == ["`steps`: leave `name` out inside `wrap`: the key above is it."]


def test_people_may_have_names_since_their_key_is_another_field() -> None:
    document = read_document("people: {ada: {name: Ada Lovelace}}")
    environment, issues = validate(Environment, document.data, document.places)
    assert issues == ()
    assert environment is not None
    assert [(each.actor, each.name) for each in environment.people] == [("ada", "Ada Lovelace")]


@pytest.mark.parametrize("folder", ["environment", "orders", "tests", ".schema"])
def test_what_stands_in_folders_for_other_things_is_no_part_of_the_catalog(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "other.yaml").write_text("queues: {desk: {}}")
    (tmp_path / "catalog.yaml").write_text("products: {A: {name: A, nothing_to_do: none}}")
    read = read_folder(tmp_path, SECTIONS)
    assert read.issues == ()
    assert [name for name, _ in read.sources] == ["catalog.yaml"]

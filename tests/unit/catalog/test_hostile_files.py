"""Files from strangers are read or refused with their place, and nothing else happens (`domain.md` C10, X4)."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import files
from catalog.base import Issue, Refused
from catalog.catalog import SECTIONS, Catalog
from catalog.checks import check_catalog
from catalog.documents import MAX_DIRECTIVES
from catalog.environment import Environment
from catalog.environment_checks import check_environment
from catalog.files import read_document, read_folder
from catalog.places import Places
from catalog.shapes import MAX_ISSUES, validate
from decomposition.order import Order
from decomposition.plan import plan
from service.catalogs import ENVIRONMENT_SECTIONS, EXAMPLE, load_catalog, load_environment, load_order
from tests.unit.catalog.mutations import mutated
from tests.unit.catalog.shops import CLEAN, catalog

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
SMARTBYTES = read_folder(EXAMPLE / "catalog", SECTIONS, ("name",)).data
ENVIRONMENT = read_folder(EXAMPLE / "environment", ENVIRONMENT_SECTIONS, ("name", "functions")).data
ORDER = read_document(EXAMPLE / "orders" / "laptop-bundle.yaml").data
SHOP = Catalog.model_validate(SMARTBYTES)


def told(folder: Path) -> list[str]:
    """Return what is said of a folder, without the folder's own name."""
    return [str(each).replace(f"{folder}/", "").replace(str(folder), "FOLDER") for each in load_catalog(folder).issues]


def test_a_pipe_is_refused_instead_of_being_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert told(tmp_path) == [
        "pipe.yaml:1:1: error[file]: This is no file that can be read, but a folder, a pipe or a device."
    ]


def test_a_device_is_refused_instead_of_being_read(tmp_path: Path) -> None:
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    assert [each.check for each in load_catalog(tmp_path).issues] == ["file"]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").symlink_to(tmp_path / "two.yaml")
    (tmp_path / "two.yaml").symlink_to(tmp_path / "one.yaml")
    (tmp_path / "here").symlink_to(tmp_path)
    assert [(each.check, "symbolic links" in each.message) for each in load_catalog(tmp_path).issues] == [
        ("file", True),
        ("file", True),
    ]


def test_a_file_as_large_as_a_disk_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "large.yaml").open("wb") as stream:
        stream.truncate(1 << 40)
    assert told(tmp_path) == [
        "large.yaml:1:1: error[limits]: The file is larger than 8 MiB. Split it into several files."
    ]


def test_folders_in_folders_have_a_limit(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*"x" * 40)
    deep.mkdir(parents=True)
    (deep / "products.yaml").write_text("products: {}\n")
    (issue,) = load_catalog(tmp_path).issues
    assert (issue.check, "more than 16 levels deep" in issue.message) == ("limits", True)


@pytest.mark.parametrize("limit", ["MAX_FILES", "MAX_FOLDER_TEXT", "MAX_FOLDER_VALUES"])
def test_a_folder_of_too_much_is_refused_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.yaml").write_text(f"value_tables:\n  {name}: {{key: text, value: text, rows: {{}}}}\n")
    monkeypatch.setattr(files, limit, 2)
    loaded = load_catalog(tmp_path)
    assert [each.check for each in loaded.issues] == ["limits"]


def test_directives_that_the_parser_compares_with_each_other_are_refused() -> None:
    text = "".join(f"%TAG !t{at}! x\n" for at in range(300_000))
    document = read_document(f"{text}--- {{}}\n", "bomb.yaml")
    assert [str(each) for each in document.issues] == [
        (
            f"bomb.yaml:{MAX_DIRECTIVES + 1}:1: error[limits]: More than {MAX_DIRECTIVES} lines begin with `%`. "
            "Remove them; no tag is obeyed."
        )
    ]


def test_a_document_of_nothing_but_problems_is_told_in_part() -> None:
    products = "".join(f"  P{at}: {{nam: x}}\n" for at in range(2_000))
    document = read_document(f"products:\n{products}", "shop.yaml")
    _, issues = validate(Catalog, document.data, document.places)
    assert len(issues) == MAX_ISSUES + 1
    (more,) = (each for each in issues if each.check == "limits")
    assert str(more) == (
        "shop.yaml:1:1: error[limits]: There are 3,000 more problems of this kind. "
        "They are told when those before them are mended."
    )


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"expected_duration": "999999999d"}, "at most 36,525 days"),
        ({"expected_duration": "P9999999D"}, "at most 36,525 days"),
        ({"schedule": {"offset": "-999999999d"}}, "at most 36,525 days"),
        ({"expected_duration": f"{'9' * 5_000}d"}, "expected a duration"),
    ],
)
def test_no_step_takes_longer_than_a_century(step: dict[str, object], message: str) -> None:
    group = {"steps": {"s": {"type": "milestone", **step}}}
    _, issues = validate(Catalog, {"step_groups": {"g": group}}, Places())
    assert [message in each.message for each in issues] == [True]


@pytest.mark.parametrize("number", ["1e999999999", "1e-999999999", "9" * 5_000, "NaN", "Infinity"])
def test_no_quantity_and_no_price_is_longer_than_it_can_be_written(number: str) -> None:
    bundle = {"name": "b", "components": {"B": {"min": number}}}
    _, issues = validate(Catalog, {"products": {"A": bundle}}, Places())
    assert {each.path for each in issues} == {("products", "A", "components", "B", "min")}
    line = {"product": "A", "quantity": number, "price": number}
    _, issues = validate(Order, {"number": "1", "account": "a", "lines": {"L": line}}, Places())
    assert {each.path[-1] for each in issues} == {"quantity", "price"}


def _all_texts(issues: tuple[Issue, ...]) -> list[str]:
    texts = [str(each) for each in issues]
    assert all(len(each) < 20_000 for each in texts)
    return texts


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode(errors="replace"))))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as home:
        for name in ("file.yaml", "file.json"):
            file = Path(home) / name
            file.write_bytes(content)
            for issues in (
                load_catalog(Path(home)).issues,
                load_environment(Path(home), SHOP).issues,
                load_order(file).issues,
            ):
                _all_texts(issues)
            file.unlink()


SIGNS = ("{", "}", "[", "]", ":", ",", "- ", "? ", "\n", "\n  ", "&a ", "*a", "!x ", "|", ">", "'", '"', "%", "#", "a")


@given(st.lists(st.sampled_from((*SIGNS, "products", "lines", "1e9", "---", "<<", "\t")), max_size=40).map("".join))
def test_any_signs_of_the_format_are_read_or_refused(text: str) -> None:
    for name in ("file.yaml", "file.json"):
        document = read_document(text, name)
        _all_texts(document.issues)
        _, issues = validate(Order, document.data, document.places)
        _all_texts(issues)


@given(mutated(CLEAN))  # type: ignore[arg-type]  # it is made of plain data
def test_a_catalog_with_anything_in_it_is_checked(document: dict[str, object]) -> None:
    read, issues = validate(Catalog, document, Places())
    _all_texts(issues)
    if read is not None:
        _all_texts(check_catalog(read))
        assert Catalog.model_validate_json(read.canonical()).canonical() == read.canonical()


@given(mutated(ENVIRONMENT))
def test_an_environment_with_anything_in_it_is_checked(document: dict[str, object]) -> None:
    read, issues = validate(Environment, document, Places())
    _all_texts(issues)
    if read is not None:
        _all_texts(check_environment(read, SHOP))


@given(mutated(ORDER))
def test_an_order_with_anything_in_it_is_planned_or_refused(document: dict[str, object]) -> None:
    read, issues = validate(Order, document, Places())
    _all_texts(issues)
    if read is not None:
        found = plan(read, SHOP, now=NOW)
        if isinstance(found, Refused):
            _all_texts(found.issues)


def test_the_documents_that_are_changed_are_without_problems_themselves() -> None:
    assert check_catalog(catalog(CLEAN)) == ()
    assert validate(Environment, ENVIRONMENT, Places())[1] == ()
    assert validate(Order, ORDER, Places())[1] == ()

"""A folder of files is one document: merged sections, places that editors jump to, problems of all files together."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.files import read_document, read_folder

SECTIONS = ("products", "systems")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where to write files; named `shop` as a user would type it."""
    monkeypatch.chdir(tmp_path)
    Path("shop").mkdir()
    return Path("shop")


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_a_folder_is_read_as_one_document_however_it_is_split(folder: Path) -> None:
    write(
        folder,
        {
            "z.yaml": "name: Shop\nproducts:\n  B: {name: b}\n",
            "more/a.yml": "products:\n  A: {name: a}\nsystems:\n",
            "more/b.json": '{"systems": {"shipping": {"own_queue": true}}}',
            "orders/one.yaml": "number: 1\n",
            "tests/one.yaml": "number: 1\n",
            ".hidden/a.yaml": "x: 1\n",
            ".hidden.yaml": "x: 1\n",
            "README.md": "# no catalog file\n",
        },
    )
    read = read_folder("shop", SECTIONS, scalars=("name",))
    assert read.issues == ()
    assert read.whole
    assert read.data == {
        "products": {"A": {"name": "a"}, "B": {"name": "b"}},
        "systems": {"shipping": {"own_queue": True}},
        "name": "Shop",
    }
    assert [name for name, _ in read.sources] == ["more/a.yml", "more/b.json", "z.yaml"]
    assert read.sources[1][1] == '{"systems": {"shipping": {"own_queue": true}}}'
    assert str(read.places.find(("products", "B", "name"))) == "shop/z.yaml:3:13"
    assert str(read.places.key(("products", "A"))) == "shop/more/a.yml:2:3"
    assert str(read.places.find(("systems", "shipping", "own_queue"))) == "shop/more/b.json:1:40"
    assert str(read.places.key(("name",))) == "shop/z.yaml:1:1"


def test_all_problems_of_all_files_come_together_in_the_order_of_their_places(folder: Path) -> None:
    write(
        folder,
        {
            "a.yaml": "name: One\nproducts:\n  A: {}\nprodcts:\n  X: {}\n",
            "b.yaml": "products:\n  B: {}\n  A: {}\n  B: {}\nname: Two\n",
            "c.yaml": "products:\n  C: [\n",
            "d.yaml": "products: [D]\ncustomers: {}\n",
            "e.yaml": "products:\n  E: {}\n",
        },
    )
    read = read_folder("shop", SECTIONS, scalars=("name",))
    assert [str(issue) for issue in read.issues] == [
        "shop/a.yaml:4:1: error[section]: There is no section `prodcts`. Did you mean `products`?",
        (
            "shop/b.yaml:3:3: error[duplicate]: `A` is defined here a second time;"
            " it is first defined at shop/a.yaml:3:3. Remove one of the two, or rename it."
        ),
        (
            "shop/b.yaml:4:3: error[duplicate]: `B` stands here a second time; it first stands in line 2, column 3."
            " Remove one of the two, or rename it."
        ),
        (
            "shop/b.yaml:5:1: error[duplicate]: `name` is defined here a second time;"
            " it is first defined at shop/a.yaml:1:1. Remove one of the two, or rename it."
        ),
        "shop/c.yaml:3:1: error[syntax]: This is not valid YAML: did not find expected node content.",
        (
            "shop/d.yaml:1:1: error[section]: The section `products` must map names to definitions, not be a list."
            " Write `NAME:` above each definition."
        ),
        "shop/d.yaml:2:1: error[section]: There is no section `customers`. Sections: `products`, `systems` and `name`.",
    ]
    assert read.data["products"] == {"A": {}, "B": {}, "E": {}}
    assert not read.whole


def test_the_first_of_two_definitions_counts(folder: Path) -> None:
    write(folder, {"a.yaml": "products:\n  A: {name: first}\n", "b.yaml": "products:\n  A: {name: second}\n"})
    read = read_folder(folder, SECTIONS)
    assert read.data["products"] == {"A": {"name": "first"}}
    assert str(read.places.find(("products", "A", "name"))) == "shop/a.yaml:2:13"
    assert read.issues[0].path == ("products", "A")


def test_merging_does_not_reach_into_the_documents(folder: Path) -> None:
    write(folder, {"a.yaml": "products: &all\n  A: {}\nsystems: *all\n", "b.yaml": "products:\n  B: {}\n"})
    read = read_folder(folder, SECTIONS)
    assert read.data == {"products": {"A": {}, "B": {}}, "systems": {"A": {}}}
    assert read.places.key(("systems", "B")) == read.places.find(("systems",))


def test_a_folder_without_files_is_refused(folder: Path) -> None:
    (folder / "note.txt").write_text("")
    found = {name: [str(issue) for issue in read_folder(name, SECTIONS).issues] for name in ("shop", "shp")}
    assert found == {
        "shop": ["error[file]: `shop` holds no `.yaml`, `.yml` or `.json` file."],
        "shp": ["error[file]: There is no folder `shp`."],
    }
    assert [str(issue) for issue in read_folder("shop/note.txt", SECTIONS).issues] == [
        "error[file]: `shop/note.txt` is no folder."
    ]


def test_a_file_that_is_not_utf8_is_refused_with_its_place(folder: Path) -> None:
    (folder / "a.yaml").write_bytes("products:\n  A: {name: ä, text: ".encode() + b"\xe4}\n")
    assert [str(issue) for issue in read_folder("shop", SECTIONS).issues] == [
        "shop/a.yaml:2:22: error[encoding]: The file is not in UTF-8. Save it as UTF-8."
    ]


def test_a_byte_order_mark_and_windows_line_ends_change_no_place(folder: Path) -> None:
    (folder / "a.yaml").write_bytes(b"\xef\xbb\xbfproducts:\r\n  A:\r\n    name: x\r\n")
    read = read_folder("shop", SECTIONS)
    assert read.data == {"products": {"A": {"name": "x"}}}
    assert str(read.places.find(("products", "A", "name"))) == "shop/a.yaml:3:11"


def test_a_missing_file_is_an_issue(folder: Path) -> None:
    document = read_document(folder / "order.yaml")
    assert [str(issue) for issue in document.issues] == [
        "shop/order.yaml:1:1: error[file]: The file cannot be read: No such file or directory."
    ]
    assert not document.whole


def test_a_file_too_large_is_not_read(folder: Path) -> None:
    (folder / "a.yaml").write_bytes(b"#" * (8 * 1024 * 1024 + 1))
    assert [str(issue) for issue in read_document(folder / "a.yaml").issues] == [
        "shop/a.yaml:1:1: error[limits]: The file is larger than 8 MiB. Split it into several files."
    ]

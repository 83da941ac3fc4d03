"""Files become plain data: what words mean, where things stand, what is refused, and how a folder is merged."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from textwrap import dedent

import pytest

from catalog import documents
from catalog.documents import PurePython
from catalog.files import Document, read_document


def read(text: str, file: str = "shop.yaml") -> Document:
    return read_document(dedent(text), file)


def told(document: Document) -> list[str]:
    return [str(issue) for issue in document.issues]


def place(document: Document, *path: str | int) -> str:
    return str(document.places.find(path))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", "yes"),
        ("NO", "NO"),
        ("on", "on"),
        ("True", "True"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("Null", "Null"),
        ("12", 12),
        ("-3", -3),
        ("+5", 5),
        ("0", 0),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1e3", "1e3"),
        ("1.", "1."),
        ("2026-11-25", date(2026, 11, 25)),
        ("2026-02-30", "2026-02-30"),
        ("2026-11-25T08:00:00Z", datetime(2026, 11, 25, 8, tzinfo=UTC)),
        ("2026-11-25 10:00:00+02:00", datetime(2026, 11, 25, 8, tzinfo=UTC)),
        ("2026-11-25T08:00:00", "2026-11-25T08:00:00"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
    ],
)
def test_an_unquoted_word_means_what_it_says(written: str, meant: object) -> None:
    value = read(f"a: {written}").data["a"]
    assert value == meant
    assert type(value) is type(meant)


@pytest.mark.parametrize("written", ["1299.00", "12.50", "0.1", "-.5", "1.0e3", "00.50", "123456789012345678.90"])
def test_a_number_with_a_point_is_the_decimal_of_its_source_text(written: str) -> None:
    value = read(f"a: {written}").data["a"]
    assert isinstance(value, Decimal)
    assert str(value) == str(Decimal(written))


@pytest.mark.parametrize("written", ["1" * 31, "1." + "0" * 40, "1.0e99", "1.0e-99", "1.0e99999999999999999999"])
def test_a_number_nobody_can_mean_is_refused(written: str) -> None:
    assert told(read(f"a: {written}")) == [
        "shop.yaml:1:4: error[limits]: This number has more than 30 digits. Quote it if it is text."
    ]


def test_a_key_is_its_source_text() -> None:
    assert read("{1: a, true: b, 2026-11-25: c, 1.50: d, ~: e}").data == {
        "1": "a",
        "true": "b",
        "2026-11-25": "c",
        "1.50": "d",
        "~": "e",
    }


def test_an_empty_document_is_an_empty_mapping() -> None:
    for text in ("", "# nothing yet\n", "---\n", "null"):
        document = read(text)
        assert (document.data, document.issues, document.whole) == ({}, (), True)
    assert read(" ", "a.json").data == {}


def test_all_problems_of_a_file_come_in_one_pass_with_their_places() -> None:
    document = read(
        """\
        products:
          A:
            name: first
            name: second
            price: !!python/object/apply:os.system [ls]
          B:
            <<: {name: x}
            ? [a, b]
            : 1
            size: 1234567890123456789012345678901
          A: again
        """
    )
    assert told(document) == [
        (
            "shop.yaml:4:5: error[duplicate]: `name` stands here a second time; it first stands in line 3, column 5."
            " Remove one of the two, or rename it."
        ),
        (
            "shop.yaml:5:12: error[tag]: The tag `!!python/object/apply:os.system` is not allowed."
            " Write the value without a tag, or quote text that begins with `!`."
        ),
        (
            "shop.yaml:7:5: error[merge]: The merge key `<<` is not supported."
            " Write the fields out; an alias can stand for a whole value."
        ),
        "shop.yaml:8:7: error[key]: A key must be text, not a mapping or a list. Put text before the colon.",
        "shop.yaml:10:11: error[limits]: This number has more than 30 digits. Quote it if it is text.",
        (
            "shop.yaml:11:3: error[duplicate]: `A` stands here a second time; it first stands in line 2, column 3."
            " Remove one of the two, or rename it."
        ),
    ]
    assert document.issues[0].path == ("products", "A", "name")
    assert document.whole


def test_every_value_and_key_has_its_place() -> None:
    document = read("products:\n  A:\n    names: [x, {y: 'z'}]\n")
    assert place(document) == "shop.yaml:1:1"
    assert place(document, "products", "A") == "shop.yaml:3:5"
    assert str(document.places.key(("products", "A"))) == "shop.yaml:2:3"
    assert place(document, "products", "A", "names", 1, "y") == "shop.yaml:3:20"
    assert str(document.places.key(("products", "A", "names", 1, "y"))) == "shop.yaml:3:17"


def test_what_stands_nowhere_has_the_place_of_its_nearest_ancestor() -> None:
    document = read("products:\n  A:\n    name: x\n")
    assert place(document, "products", "A", "price", 3) == "shop.yaml:3:5"
    assert str(document.places.key(("products", "B"))) == "shop.yaml:2:3"
    assert read("").places.find(("products",)) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a: 1\n b: 2\n",
            (
                "2:3: error[syntax]: This is not valid YAML: mapping values are not allowed in this context."
                " Check the indentation, and quote text that contains `: `."
            ),
        ),
        (
            "a:\n\t- 1\n",
            (
                "2:1: error[syntax]: This is not valid YAML: found character that cannot start any token."
                " Indent with spaces, never with tabs, and quote text that begins with a special sign."
            ),
        ),
        (
            "a: 1\n---\nb: 2\n",
            "2:1: error[syntax]: A second document begins here; a file holds one. Move it to a file of its own.",
        ),
        ("- 1\n", "1:1: error[shape]: A file must hold a mapping (`name: value`), not a list."),
        (
            "a: *x\n",
            (
                "1:4: error[syntax]: This is not valid YAML: found undefined alias."
                " Define it further up with `&name`, or quote text that begins with `*`."
            ),
        ),
        (
            "a: b\x01\n",
            "1:5: error[syntax]: The character U+0001 is not allowed in YAML. Remove it, or write it as an escape.",
        ),
        (
            "a: [1,\n  2\nb: 3\n",
            (
                "3:2: error[syntax]: This is not valid YAML: did not find expected ',' or ']',"
                " while parsing a flow sequence that begins in line 1."
            ),
        ),
        ("a: &x [*x]\n", "1:4: error[limits]: This value contains itself, by an alias. Write it out."),
    ],
)
def test_a_document_that_cannot_be_read_says_where_and_why(text: str, expected: str) -> None:
    document = read_document(text, "f")
    assert [issue.removeprefix("f:") for issue in told(document)] == [expected]
    assert (document.data, document.whole) == ({}, False)


def hostile() -> dict[str, str]:
    lists = "".join(f"{name}: &{name} [{','.join(['*' + below] * 9)}]\n" for below, name in pairwise("abcdefghi"))
    chain = "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 80))
    return {
        "laughs": f"a: &a [x,x,x,x,x,x,x,x,x]\n{lists}",
        "text": f"a: &a {'x' * 90_000}\nb: [{','.join(['*a'] * 200)}]\n",
        "chain": f"a0: &a0 [x]\n{chain}",
        "deep": f"a: {'[' * 70}{']' * 70}\n",
        "very deep": f"a: {'[' * 100_000}\n",
        "indented": "- " * 20_000,
        "wide": f"a: [{'1,' * 200_001}]\n",
        "large": "a: 'x'\n" * (9 * 1024 * 1024 // 7),
        "long": f"a: '{'x' * 100_001}'\n",
    }


@pytest.mark.parametrize("name", hostile())
def test_a_hostile_document_is_refused_and_neither_hangs_nor_fills_memory(name: str) -> None:
    document = read_document(hostile()[name], "f.yaml")
    assert [issue.check for issue in document.issues] in (["limits"], ["syntax"])


def test_a_bomb_says_what_is_too_much() -> None:
    assert told(read_document(hostile()["laughs"], "f.yaml")) == [
        (
            "f.yaml:6:4: error[limits]: This document has more than 200,000 values,"
            " those behind aliases counted each time. Split it into files, and use fewer aliases."
        )
    ]


def test_an_alias_stands_for_a_whole_value_and_is_reported_once() -> None:
    document = read("a: &x {n: 1, n: 2}\nb: *x\n")
    assert document.data == {"a": {"n": 1}, "b": {"n": 1}}
    assert len(document.issues) == 1


def test_without_libyaml_the_same_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: [1, 1.50, yes, {b: '2'}]\nc: &x 2026-11-25\nd: *x\nd: 1\n"
    fast = read(text)
    monkeypatch.setattr(documents, "LOADER", PurePython)
    pure = read(text)
    assert (pure.data, pure.issues) == (fast.data, fast.issues)
    assert place(pure, "a", 3, "b") == place(fast, "a", 3, "b") == "shop.yaml:1:23"
    assert [issue.check for issue in read("- " * 20_000).issues] == ["limits"]

"""JSON is read like YAML, by JSON's own rules; and what JSON and YAML libraries write is read back as it was."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.files import read_document


def test_json_is_read_by_its_own_rules() -> None:
    text = (
        '{\n\t"a": ["\\/", "\\ud83d\\ude00", 1, 1.50, 1e3, -0.5E-2, true, null],\n\t"'
        + "k" * 2_000
        + '": {"x": "\x7f"}\n}'
    )
    document = read_document(text, "order.json")
    assert document.issues == ()
    values = document.data["a"]
    assert isinstance(values, list)
    assert values == ["/", "😀", 1, Decimal("1.50"), Decimal(1000), Decimal("-0.005"), True, None]
    assert not any(isinstance(each, float) for each in values)
    assert str(document.places.find(("a", 2))) == "order.json:2:30"
    assert str(document.places.key(("k" * 2_000, "x"))) == "order.json:3:2007"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1,}', "1:9: error[syntax]: This is not valid JSON: expected a key in double quotes, got `}`."),
        ('{"a": 01}', '1:8: error[syntax]: This is not valid JSON: expected "," or "}", got `1`.'),
        ('{"a": NaN}', "1:7: error[syntax]: This is not valid JSON: expected a value, got `N`."),
        ('{"a": [1', '1:9: error[syntax]: This is not valid JSON: expected "," or "]", got the end of the file.'),
        ('{"a": 1} 2', "1:10: error[syntax]: This is not valid JSON: expected the end of the file, got `2`."),
        ('{"a" 1}', '1:6: error[syntax]: This is not valid JSON: expected ":", got `1`.'),
        ('{"a": "x\n"}', "1:9: error[syntax]: This is not valid JSON: invalid control character."),
        (
            '{"a": "\\ud83d"}',
            "1:7: error[syntax]: This text holds half of a surrogate pair. Write both halves.",
        ),
        (
            '{"a": 1, "a": 2}',
            (
                "1:10: error[duplicate]: `a` stands here a second time; it first stands in line 1, column 2."
                " Remove one of the two, or rename it."
            ),
        ),
        ("[" * 70, "1:65: error[limits]: This is nested more than 64 levels deep. Flatten it."),
    ],
)
def test_wrong_json_is_refused_with_its_place(text: str, expected: str) -> None:
    issues = read_document(text, "f.json").issues
    assert [str(issue).removeprefix("f.json:") for issue in issues] == [expected]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LEAVES = TEXTS | st.integers(-(10**30) + 1, 10**30 - 1) | st.booleans() | st.none()
DATA = st.dictionaries(
    TEXTS, st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))
)


@given(DATA, st.booleans(), st.sampled_from([None, 2, "\t"]))
def test_what_json_writes_is_read_back(data: dict[str, object], ascii_only: bool, indent: int | str | None) -> None:
    document = read_document(json.dumps(data, ensure_ascii=ascii_only, indent=indent), "a.json")
    assert (document.data, document.issues) == (data, ())


def _numbers_in_both(data: object) -> bool:
    """Tell whether no text in `data` is a number or moment in YAML 1.2 alone: `safe_dump` writes YAML 1.1."""
    if isinstance(data, dict):
        return all(_numbers_in_both(each) for pair in data.items() for each in pair)
    if isinstance(data, list):
        return all(_numbers_in_both(each) for each in data)
    return not (isinstance(data, str) and data[:1] in "+-.0123456789" and ("." in data or ":" in data))


@settings(max_examples=50)
@given(DATA.filter(_numbers_in_both))
def test_what_yaml_writes_is_read_back(data: dict[str, object]) -> None:
    document = read_document(yaml.safe_dump(data), "a.yaml")
    assert (document.data, document.issues) == (data, ())

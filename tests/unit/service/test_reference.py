"""The page of every key is what the models say, and lacks none of them."""

from __future__ import annotations

import pytest

from service.reference import PAGE, page
from service.schemas import Kind, schema_of


def test_the_page_is_as_generated() -> None:
    assert PAGE.read_text() == page(), "write it anew with `make reference`"


@pytest.mark.parametrize("kind", Kind)
def test_every_key_of_a_kind_of_file_stands_on_the_page(kind: Kind) -> None:
    schema, text = schema_of(kind), page()
    shapes = [schema, *schema["$defs"].values()]
    assert [key for shape in shapes for key in shape.get("properties", {}) if f"| `{key}` |" not in text] == []


def test_every_link_on_the_page_leads_to_a_heading_of_it_or_to_a_page_beside_it() -> None:
    text = page()
    headings = [line.lstrip("# ").lower().replace(" ", "-") for line in text.splitlines() if line.startswith("#")]
    links = [part.partition(")")[0] for part in text.split("](")[1:]]
    anchors = [each[1:] for each in links if each.startswith("#")]
    assert [each for each in anchors if each not in headings] == []
    assert len(headings) == len(dict.fromkeys(headings))
    pages = [each for each in links if not each.startswith("#")]
    assert [each for each in pages if not (PAGE.parent / each).is_file()] == []

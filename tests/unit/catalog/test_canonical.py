"""The canonical form: what a digest covers stays the same text, and means the same, whatever the code becomes."""

from __future__ import annotations

import json
import os
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic_core import PydanticUndefined, to_jsonable_python

from catalog.base import digest
from catalog.canonical import canonical
from catalog.catalog import Catalog
from catalog.fields import from_mapping, sorted_by
from catalog.products import CommercialProduct
from service.catalogs import EXAMPLE, load_catalog
from tests.unit.catalog.shops import CLEAN
from tests.unit.golden import FOLDER, assert_golden

ROOT = Path(__file__).parents[3]
DEFAULTS = "catalog/defaults.txt"


def example_catalogs() -> Iterator[tuple[str, Catalog]]:
    """Yield every catalog that the examples and tests have as files, and the clean one of the checks' tests."""
    yield "clean", Catalog.model_validate(CLEAN)
    tests = {each.parent for each in (ROOT / "examples").rglob("tests") if each.is_dir()}
    folders = {*(ROOT / "examples").rglob("catalog"), *tests, ROOT / "tests/server/catalog"}
    for folder in sorted(folders):
        found = load_catalog(folder).catalog
        if found is not None:
            yield folder.relative_to(ROOT).as_posix(), found


EXAMPLES = dict(example_catalogs())


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_catalog_read_back_from_its_text_is_the_same(name: str) -> None:
    catalog = EXAMPLES[name]
    again = Catalog.model_validate_json(catalog.canonical())
    assert again == catalog
    assert (again.canonical(), again.digest) == (catalog.canonical(), catalog.digest)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_text_with_every_default_spelt_out_is_read_as_the_same_catalog(name: str) -> None:
    catalog = EXAMPLES[name]
    again = Catalog.model_validate_json(catalog.model_dump_json())
    assert (again, again.digest) == (catalog, catalog.digest)


class LaterProduct(CommercialProduct):
    """A product as later code may have it."""

    shelf: str = ""


class LaterCatalog(Catalog):
    """A catalog as later code may have it: a section more, and more of a product."""

    products: Annotated[tuple[LaterProduct, ...], from_mapping("code"), sorted_by("code")] = ()
    shelves: tuple[str, ...] = ()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_new_field_with_a_default_moves_no_digest(name: str) -> None:
    later = LaterCatalog.model_validate_json(EXAMPLES[name].canonical())
    assert later.digest == EXAMPLES[name].digest


def test_a_new_field_that_is_given_moves_the_digest() -> None:
    document: dict[str, object] = {"products": {"BOOK": {"name": "Book"}}}
    shelved: dict[str, object] = {"products": {"BOOK": {"name": "Book", "shelf": "A1"}}}
    digests = [Catalog.model_validate(document).digest, LaterCatalog.model_validate(shelved).digest]
    assert len({*digests}) == 2


def test_the_order_of_fields_in_the_code_changes_no_byte() -> None:
    class One(BaseModel):
        name: str
        size: int = 0

    class Other(BaseModel):
        size: int = 0
        name: str

    assert canonical(One(name="a", size=2)) == canonical(Other(name="a", size=2)) == '{"name":"a","size":2}'


def test_a_default_written_or_left_out_is_the_same_content() -> None:
    terse: dict[str, object] = {"products": {"BOOK": {"name": "Book", "attributes": {"pages": {"type": "integer"}}}}}
    wordy = json.loads(json.dumps(terse))
    wordy["products"]["BOOK"] |= {"nothing_to_do": "", "components": {}}
    wordy["products"]["BOOK"]["attributes"]["pages"] |= {"required": False, "merge": None}
    assert Catalog.model_validate(wordy).digest == Catalog.model_validate(terse).digest


def test_a_version_keeps_the_digest_that_it_is_stored_under() -> None:
    former = Catalog.model_validate(CLEAN).model_dump_json()
    stored = Catalog.stored(former, digest(former))
    assert (stored, stored.digest) == (Catalog.model_validate(CLEAN), digest(former))


NAMES = st.sampled_from(["expression", "fields", "elements", "each", "element", "as", "name", "template", "b", "a"])
WRITTEN: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(["order.number", "'text'", "1 + 1"]) | st.integers(0, 9) | st.booleans(),
    # Four names at most: with all five fields of the model, a mapping would be the model's own form.
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(NAMES, parts, max_size=4),
    max_leaves=12,
).filter(lambda shape: not (isinstance(shape, dict) and set(shape) == {"each", "as"}))
"""Templates as people write them, with the names that mean something to our own models; `each` is tried on its own."""


def calling(request: object) -> Catalog:
    """Return a catalog with one operation that sends this."""
    operations = {"pick": {"path": "/pick", "request": request}}
    return Catalog.model_validate({"systems": {"store": {"operations": operations}}})


@given(WRITTEN)
def test_any_request_is_read_back_as_it_was_written(request: object) -> None:
    try:
        catalog = calling(request)
    except ValueError:
        return  # within it, `each` and `as` alone ask for an expression
    assert Catalog.model_validate_json(catalog.canonical()) == catalog


@given(WRITTEN)
def test_any_request_for_each_element_is_read_back_as_it_was_written(request: object) -> None:
    try:
        catalog = calling({"each": "lines", "as": request})
    except ValueError:
        return
    assert Catalog.model_validate_json(catalog.canonical()) == catalog


@pytest.mark.parametrize(
    "step",
    [
        {"after": [{"step": "first", "pair": {"kind": "origin", "by": "line.id"}}]},
        {"after": [{"step": "first", "pair": {"by": "line.id"}}]},
        {"after": [{"step": "first", "pair": "all"}]},
        {"schedule": {"base": {"kind": "ready", "attribute": "day"}}},
        {"schedule": {"base": {"attribute": "day"}, "offset": "-2d"}},
        {"schedule": {}},
        {"scope": "line"},
        {"scope": "plan"},
        {"scope": {"by": "line.id"}},
        {"scope": {"by": "line.id", "fallback": "bundle"}},
    ],
    ids=str,
)
def test_what_is_written_in_short_is_read_back_as_the_same(step: dict[str, object]) -> None:
    steps = {"first": {"type": "milestone"}, "second": {"type": "milestone", **step}}
    catalog = Catalog.model_validate({"step_groups": {"lane": {"steps": steps}}})
    assert Catalog.model_validate_json(catalog.canonical()) == catalog


def reachable(model: type[BaseModel], seen: dict[type[BaseModel], None]) -> None:
    """Note a model and all that its fields may hold."""
    if model in seen:
        return
    seen[model] = None
    for field in model.model_fields.values():
        for found in models_in(field.annotation):
            reachable(found, seen)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in typing.get_args(annotation):
        yield from models_in(part)


def catalog_models() -> tuple[type[BaseModel], ...]:
    seen: dict[type[BaseModel], None] = {}
    reachable(Catalog, seen)
    return tuple(sorted(seen, key=lambda model: model.__name__))


def test_what_tells_models_apart_has_no_default_and_so_is_always_written() -> None:
    left_out = [
        f"{model.__name__}.{name}"
        for model in catalog_models()
        for name, field in model.model_fields.items()
        if (typing.get_origin(field.annotation) is typing.Literal or name == "kind") and not field.is_required()
    ]
    assert left_out == []


def defaults() -> Iterator[str]:
    """Yield every default that the canonical form leaves out."""
    for model in catalog_models():
        for name, field in model.model_fields.items():
            assert field.default_factory is None, f"{model.__name__}.{name} computes its default"
            if field.default is not PydanticUndefined:
                yield f"{model.__name__}.{name} = {as_json(field.default)}"


def as_json(value: object) -> str:
    return canonical(value) if isinstance(value, BaseModel) else json.dumps(to_jsonable_python(value))


def test_no_default_that_stored_catalogs_rely_on_has_changed() -> None:
    """Each stored version would mean something else. Give the new meaning a new field instead."""
    if not os.environ.get("WRITE_GOLDEN"):
        assert [each for each in (FOLDER / DEFAULTS).read_text().splitlines() if each not in set(defaults())] == []
    # What is new is to be recorded with WRITE_GOLDEN=1.
    assert_golden(DEFAULTS, "".join(f"{each}\n" for each in defaults()))


def test_the_readme_shows_the_digest_that_the_example_has() -> None:
    shown = re.findall(r"catalog ([0-9a-f]{12})\b", (ROOT / "README.md").read_text())
    example = load_catalog(EXAMPLE / "catalog").catalog
    assert example is not None
    assert shown == [example.digest[:12]] * len(shown) != []

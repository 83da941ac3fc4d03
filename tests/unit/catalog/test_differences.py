"""What differs between two catalogs, told entry by entry; whatever moves a digest is told."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog.catalog import Catalog
from catalog.differences import Kind, differences
from tests.unit.catalog.shops import CLEAN

BEFORE = Catalog.model_validate(CLEAN)


def changed(*path: str | int, to: object) -> Catalog:
    """Return the clean catalog with one value replaced, added, or left out (`to` is None)."""
    document: Any = copy.deepcopy(CLEAN)
    at = document
    for each in path[:-1]:
        at = at[each]
    if to is None:
        del at[path[-1]]
    else:
        at[path[-1]] = to
    return Catalog.model_validate(document)


def told(after: Catalog, before: Catalog = BEFORE) -> list[str]:
    """Return differences a line each: "products LAPTOP name: Laptop → Notebook"."""
    return [line for each in differences(before, after) for line in lines(each.section, each.entry, each.kind, each)]


def lines(section: str, entry: str, kind: Kind, difference: Any) -> Iterator[str]:
    if kind is not Kind.CHANGED:
        yield f"{section} {entry} {kind} ({difference.title})"
    for each in difference.changes:
        yield f"{section} {entry} {each.path}: {each.before} → {each.after}"


def test_the_same_content_differs_in_nothing() -> None:
    assert differences(BEFORE, Catalog.model_validate(copy.deepcopy(CLEAN))) == ()


def test_entries_that_come_and_go_are_told_with_their_names() -> None:
    assert told(changed("products", "CASE", to={"name": "Case"})) == ["products CASE added (Case)"]
    assert told(changed("products", "BAG", to=None)) == ["products BAG removed (Bag)"]


def test_a_changed_value_is_told_with_its_path_before_and_after() -> None:
    after = changed("products", "LAPTOP", "attributes", "weight", "max", to="5.5")
    assert told(after) == ["products LAPTOP attributes.weight.max: 4 → 5.5"]


def test_what_was_at_its_default_is_told_with_it() -> None:
    after = changed("technical_products", "DEVICE", "attributes", "note", "required", to=True)
    assert told(after) == ["technical_products DEVICE attributes.note.required: false → true"]


def test_parts_of_an_entry_that_come_and_go_are_told_as_they_are_written() -> None:
    after = changed("products", "BAG", "attributes", to={"colour": {"type": "choice", "choices": ["red", "blue"]}})
    assert told(after) == ["products BAG attributes.colour: None → {type: choice, choices: red, blue}"]
    after = changed("step_groups", "shipping", "steps", "done", to=None)
    assert told(after) == ["step_groups shipping steps.done: {after: {step: ship}, type: milestone} → None"]


def test_lengths_of_time_are_told_as_files_have_them() -> None:
    after = changed("step_groups", "shipping", "steps", "pack", "due", to="90m")
    assert told(after) == ["step_groups shipping steps.pack.due: None → 90m"]
    assert told(after, changed("step_groups", "shipping", "steps", "pack", "due", to="2d")) == [
        "step_groups shipping steps.pack.due: 2d → 90m"
    ]


def test_a_step_of_another_type_is_told_with_what_that_type_adds_and_lacks() -> None:
    after = changed("step_groups", "shipping", "steps", "done", to={"type": "pause", "until": "true", "after": "ship"})
    assert told(after) == [
        "step_groups shipping steps.done.type: milestone → pause",
        "step_groups shipping steps.done.until: None → true",
    ]


def test_dependencies_are_told_by_the_step_that_is_waited_for() -> None:
    after = changed("step_groups", "shipping", "steps", "done", "after", to=["pack", {"step": "ship", "lag": "2h"}])
    assert told(after) == [
        "step_groups shipping steps.done.after.pack: None → {}",
        "step_groups shipping steps.done.after.ship.lag: 0s → 2h",
    ]


def test_another_order_of_what_is_sent_is_told_as_such() -> None:
    request = CLEAN["systems"]["store"]["operations"]["ship"]["request"]  # type: ignore[index]
    turned = dict(reversed(request.items()))
    after = changed("systems", "store", "operations", "ship", "request", to=turned)
    assert told(after) == ["systems store operations.ship.request.order: weight, to, lines → lines, to, weight"]


def test_requests_are_told_by_the_names_they_send() -> None:
    request = {"weight": "input.weight", "to": {"url": "callback.url"}, "lines": {"each": "lines", "as": "item.id"}}
    assert told(changed("systems", "store", "operations", "ship", "request", to=request)) == [
        "systems store operations.ship.request.lines.as: {id: item.id, memory: item.attributes.memory} → item.id",
        "systems store operations.ship.request.to: callback.url → {url: callback.url}",
        "systems store operations.ship.request.weight: input.weight + 0.1 → input.weight",
    ]


def test_a_scope_is_told_as_one() -> None:
    after = changed("technical_products", "DEVICE", "scope", to="order")
    assert told(after) == ["technical_products DEVICE scope: by source.ship_to.postal_code → order"]


def test_the_name_of_the_catalog_and_attributes_of_orders_are_told_too() -> None:
    assert told(changed("name", to="Shop")) == ["name  : None → Shop"]
    after = changed("order_attributes", "channel", "default", to="shop")
    assert told(after) == ["order_attributes channel default: web → shop"]


def test_differences_come_by_section_and_entry() -> None:
    document: Any = copy.deepcopy(CLEAN)
    del document["scenarios"], document["products"]["BAG"]
    document["products"]["A"] = {"name": "A"}
    found = differences(BEFORE, Catalog.model_validate(document))
    assert [f"{each.section} {each.entry}" for each in found] == ["products A", "products BAG", "scenarios ship"]


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, (*path, key))
    else:
        yield path


EVERYTHING = json.loads(BEFORE.model_dump_json())
LEAVES = tuple(leaves(EVERYTHING))
OTHERS = st.sampled_from(
    ["x", "line.quantity > 7", "origin", "all", "choice", "PT9H", "7", 7, True, False, None, [], ["x"]]
)


@given(st.sampled_from(LEAVES), OTHERS)
def test_whatever_moves_the_digest_is_told(path: tuple[str | int, ...], other: object) -> None:
    document = copy.deepcopy(EVERYTHING)
    at = document
    for each in path[:-1]:
        at = at[each]
    at[path[-1]] = other
    try:
        after = Catalog.model_validate_json(json.dumps(document))
    except ValidationError:
        return  # no catalog, so nothing to compare
    assert (differences(BEFORE, after) == ()) == (after.digest == BEFORE.digest)
    assert (differences(after, BEFORE) == ()) == (after.digest == BEFORE.digest)

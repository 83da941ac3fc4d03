"""Names in reach have the types that the products, the steps and their scopes guarantee."""

from __future__ import annotations

import pytest

from catalog.expressions import (
    ANYTHING,
    BOOLEAN,
    INTEGER,
    TEXT,
    ListType,
    RecordType,
    Type,
    UnknownType,
    choice,
    list_of,
    nullable,
)
from catalog.reach import Reach
from tests.unit.catalog.shops import CLEAN, catalog, lane, products

CALL = {"type": "callout", "operation": "store.pick"}


def fields(of: Type | None) -> tuple[str, ...]:
    assert isinstance(of, RecordType)
    return tuple(name for name, _ in of.fields)


def attribute(names: dict[str, Type], record: str, name: str) -> Type | None:
    of = names[record]
    assert isinstance(of, RecordType)
    attributes = of.field("attributes")
    return attributes.field(name) if isinstance(attributes, RecordType) else attributes


def read(document: dict[str, object], step: str, path: str) -> Type:
    return Reach(catalog(document)).graph.read(step, tuple(path.split("."))).type


def steps(near: dict[str, object], far: dict[str, object], **lanes: dict[str, object]) -> dict[str, object]:
    """Return a catalog in which `g.near` reads the output `shelf` of the callout `g.far`."""
    outputs = {"shelf": {"type": "text", "value": "response.body.shelf"}}
    return {
        "step_groups": {"g": lane(near={"after": "far", **near}, far={**CALL, **far}), **lanes},
        "systems": {"store": {"operations": {"pick": {"path": "/pick", "outputs": outputs}}}},
    }


def test_a_rule_reads_order_source_and_bundle() -> None:
    shop = catalog(CLEAN)
    names = dict(Reach(shop).rule(shop.decomposition_rules[1]).names)
    assert list(names) == ["order", "source", "bundle"]
    assert names["bundle"].nullable
    assert attribute(names, "source", "memory") == choice("8", "16")
    assert attribute(names, "source", "serial") == nullable(TEXT)


def test_a_bundle_in_reach_is_one_that_the_product_may_be_in() -> None:
    document: dict[str, object] = {
        "classifications": {"parts": {"name": "Parts"}},
        "products": products(
            A={"components": {"parts": {}}, "attributes": {"a": {"type": "text", "required": True}}},
            B={"components": {"OTHER": {}}, "attributes": {"b": {"type": "text", "required": True}}},
            PART={"classification": "parts"},
            OTHER={},
        ),
        "technical_products": products(T={}),
        "decomposition_rules": {"r": {"product": "PART", "target": "T"}},
    }
    shop = catalog(document)
    bundle = Reach(shop).rule(shop.decomposition_rules[0]).name("bundle")
    assert isinstance(bundle, RecordType)
    assert fields(bundle.field("attributes")) == ("a",)


def test_an_attribute_that_not_every_product_has_may_be_null() -> None:
    required = {"type": "integer", "required": True}
    document: dict[str, object] = {
        "products": products(
            A={"attributes": {"one": required, "both": required}}, B={"attributes": {"both": required}}
        )
    }
    reach = Reach(catalog(document))
    assert reach.attribute(("A",), "one") == INTEGER
    assert reach.attribute(("A", "B"), "one") == nullable(INTEGER)
    assert reach.attribute(("A", "B"), "both") == INTEGER
    assert reach.attribute(("A", "B"), "none") is None


def test_choices_of_several_products_are_joined_and_types_without_anything_in_common_are_open() -> None:
    def typed(**declared: object) -> dict[str, object]:
        return {"attributes": {"x": {"required": True, **declared}}}

    document: dict[str, object] = {
        "products": products(
            A=typed(type="choice", choices=["a"]), B=typed(type="choice", choices=["b"]), C=typed(type="integer")
        )
    }
    reach = Reach(catalog(document))
    assert reach.attribute(("A", "B"), "x") == choice("a", "b")
    assert reach.attribute(("A", "C"), "x") == ANYTHING


def test_attributes_of_products_that_are_not_known_are_not_checked() -> None:
    assert isinstance(Reach(catalog({})).attribute((), "x"), UnknownType)


def test_only_a_step_of_scope_line_has_one_line() -> None:
    shop = catalog(CLEAN)
    reach = Reach(shop)
    by_name = {step.name: reach.step("shipping", step) for step in shop.step_groups[0].steps}
    of_a_line = ["order", "lines", "line", "step", "steps", "facts", "line_facts"]
    assert [name for name, _ in by_name["ship"].names] == of_a_line
    assert [name for name, _ in by_name["done"].names] == ["order", "lines", "step", "steps", "facts"]


def test_a_fact_is_typed_and_may_be_unknown() -> None:
    shop = catalog(
        {
            **CLEAN,
            "order_facts": {"signed_off": {"type": "boolean"}},
            "line_facts": {"colour": {"type": "choice", "choices": ["red", "blue"]}},
        }
    )
    scope = Reach(shop).step("shipping", next(step for step in shop.step_groups[0].steps if step.name == "ship"))
    facts, line_facts = (dict(scope.names)[name] for name in ("facts", "line_facts"))
    assert isinstance(facts, RecordType)
    assert isinstance(line_facts, RecordType)
    assert facts.field("signed_off") == nullable(BOOLEAN)
    assert line_facts.field("colour") == nullable(choice("red", "blue"))


def test_the_lines_behind_a_line_end_with_themselves() -> None:
    line = Reach(catalog(CLEAN)).line(("LAPTOP",))
    origin = line.field("origin")
    assert isinstance(origin, ListType)
    assert isinstance(origin.item, RecordType)
    assert origin.item.field("origin") == list_of(UnknownType())


@pytest.mark.parametrize(
    ("near", "far", "expected"),
    [
        ({}, {}, TEXT),
        ({"scope": "line"}, {}, TEXT),
        ({}, {"scope": "line"}, list_of(TEXT)),
        ({"scope": "line"}, {"scope": "line"}, TEXT),
        ({"scope": "line"}, {"scope": "bundle"}, list_of(TEXT)),
        ({"scope": {"by": "line.title"}}, {"scope": {"by": "line.title"}}, TEXT),
        ({"scope": {"by": "line.title"}}, {"scope": {"by": "line.id"}}, list_of(TEXT)),
        ({"scope": "line", "after": [{"step": "far", "pair": "all"}]}, {"scope": "line"}, TEXT),
        ({}, {"when": "true"}, nullable(TEXT)),
        ({}, {"scope": "line", "when": "true"}, list_of(nullable(TEXT))),
    ],
)
def test_an_output_is_one_value_where_the_scopes_guarantee_it(
    near: dict[str, object], far: dict[str, object], expected: Type
) -> None:
    assert read(steps(near, far), "g.near", "g.far.shelf") == expected


def test_outputs_of_another_group_are_a_list_even_where_the_scopes_are_the_same() -> None:
    document = steps({}, {"scope": "line"}, h=lane(other={"scope": "line", "after": "g.far"}))
    assert read(document, "h.other", "g.far.shelf") == list_of(TEXT)


def test_an_output_of_another_group_may_be_missing_unless_the_dependency_is_required() -> None:
    def beside(**dependency: object) -> dict[str, object]:
        return steps({}, {}, h=lane(other={"after": [{"step": "g.far", **dependency}]}))

    assert read(beside(), "h.other", "g.far.shelf") == nullable(TEXT)
    assert read(beside(required=True), "h.other", "g.far.shelf") == TEXT


def test_what_a_form_requires_is_never_null() -> None:
    form = {"must": {"type": "text", "required": True}, "may": {"type": "text"}}
    document: dict[str, object] = {
        "step_groups": {"g": lane(ask={"type": "manual_task", "form": form}, then={"after": "ask"})}
    }
    assert read(document, "g.then", "g.ask.must") == TEXT
    assert read(document, "g.then", "g.ask.may") == nullable(TEXT)


def test_value_tables_are_in_reach_with_their_keys() -> None:
    shop = catalog(CLEAN)
    (table,) = Reach(shop).scenario(shop.scenarios[0]).tables
    assert (table.name, table.keys, table.value) == ("ram", ("16", "8"), INTEGER)

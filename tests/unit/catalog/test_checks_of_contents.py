"""Checks of declarations and mappings: each finds its problem, says where it is and what to do."""

from __future__ import annotations

import pytest

from tests.unit.catalog.shops import found, lane, products, told


def attribute(**declared: object) -> dict[str, object]:
    """Return a catalog with one attribute of orders."""
    return {"order_attributes": {"x": declared}}


def mapped(mapping: dict[str, object], target: dict[str, object], **source: object) -> dict[str, object]:
    """Return a catalog with one rule that fills the attribute `x` from a product with the attribute `a`."""
    return {
        "products": products(P={"attributes": {"a": source or {"type": "text"}}}),
        "technical_products": products(T={"attributes": {"x": target}}),
        "decomposition_rules": {"r": {"product": "P", "target": "T", "mappings": {"x": mapping}}},
    }


def test_a_choice_has_choices() -> None:
    assert told("attribute_choices", attribute(type="choice")) == [
        (
            "order_attributes.x: error[attribute_choices]: The choice `x` has no choices. "
            "List them under `choices`, or make it text."
        )
    ]


def test_only_a_choice_has_choices() -> None:
    assert told("attribute_choices", attribute(type="text", choices=["a"])) == [
        (
            "order_attributes.x.choices: error[attribute_choices]: `x` is of type text, but has choices. "
            "Make its type `choice`."
        )
    ]


@pytest.mark.parametrize(
    ("declared", "where", "message"),
    [
        ({"type": "integer", "min": 5, "max": 2}, "min", "`min` 5 of `x` is above its `max` 2."),
        ({"type": "integer", "max": "1.5"}, "max", "`max` of `x`: expected an integer, got '1.5'."),
        ({"type": "text", "min": "a"}, "min", "`x` is of type text, which has no bounds."),
    ],
)
def test_bounds_are_of_the_type_and_in_order(declared: dict[str, object], where: str, message: str) -> None:
    issues = found("attribute_bounds", attribute(**declared))
    assert [(each.path, each.message) for each in issues] == [(("order_attributes", "x", where), message)]


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"type": "integer", "default": "two"}, "The default of `x`: expected an integer, got 'two'."),
        ({"type": "choice", "choices": ["a"], "default": "b"}, "The default of `x`: `b` is not among the choices."),
        ({"type": "money", "min": 5, "default": "4.99"}, "The default of `x`: 4.99 is below the minimum 5."),
        ({"type": "date", "max": "2026-01-01", "default": "2026-01-02"}, "2026-01-02 is above the maximum 2026-01-01."),
    ],
)
def test_a_default_is_a_value_of_its_attribute(declared: dict[str, object], message: str) -> None:
    (issue,) = found("attribute_default", attribute(**declared))
    assert issue.path == ("order_attributes", "x", "default")
    assert issue.message.endswith(message)


def test_the_fields_of_a_form_are_checked_as_attributes_are() -> None:
    form = {"when": {"type": "date", "default": "soon"}}
    (issue,) = found("attribute_default", {"step_groups": {"g": lane(s={"type": "manual_task", "form": form})}})
    assert issue.path == ("step_groups", "g", "steps", "s", "form", "when", "default")


def test_rows_of_a_value_table_are_of_its_types() -> None:
    table = {"key": "integer", "value": "boolean", "rows": {"one": True, "2": "maybe", "3": False}}
    assert told("table_row", {"value_tables": {"t": table}}) == [
        "value_tables.t.rows.2: error[table_row]: The value of a row of `t`: expected true or false, got 'maybe'.",
        "value_tables.t.rows.one: error[table_row]: The key of a row of `t`: expected an integer, got 'one'.",
    ]


def test_a_mapping_fills_an_attribute_of_the_target() -> None:
    document = mapped({"constant": "v"}, {"type": "text"})
    document["technical_products"] = products(T={"attributes": {"xx": {"type": "text"}}})
    assert told("unknown_attribute", document) == [
        "decomposition_rules.r.mappings.x: error[unknown_attribute]: `T` has no attribute `x`. Did you mean `xx`?"
    ]


@pytest.mark.parametrize(
    ("copied", "target", "source", "message", "hint"),
    [
        ("b", {"type": "text"}, {"type": "text"}, "`P` has no attribute `b`.", "Its attributes: `a`."),
        (
            "a",
            {"type": "integer"},
            {"type": "text"},
            "`a` is text; `x` is an integer.",
            "Map it with a value table or an expression.",
        ),
        (
            "a",
            {"type": "choice", "choices": ["1"]},
            {"type": "choice", "choices": ["1", "2"]},
            "`a` is a choice of '1', '2'; `x` is a choice of '1'.",
            "Map it with a value table or an expression.",
        ),
        (
            "a",
            {"type": "text", "required": True},
            {"type": "text"},
            "`a` may be missing, but `x` is required.",
            "Give a default: `expression: coalesce(source.attributes.a, ...)`.",
        ),
    ],
)
def test_a_copied_attribute_exists_and_fits(
    copied: str, target: dict[str, object], source: dict[str, object], message: str, hint: str
) -> None:
    (issue,) = found("copied_attribute", mapped({"copy_from": copied}, target, **source))
    assert issue.path == ("decomposition_rules", "r", "mappings", "x", "copy_from")
    assert (issue.message, issue.hint) == (message, hint)


def test_a_constant_is_a_value_of_its_attribute() -> None:
    assert told("constant_value", mapped({"constant": "read"}, {"type": "choice", "choices": ["red", "blue"]})) == [
        (
            "decomposition_rules.r.mappings.x.constant: error[constant_value]: The constant for `x`: "
            "`read` is not among the choices. Did you mean `red`?"
        )
    ]


def test_the_values_of_a_table_fit_the_attribute() -> None:
    document = mapped({"table": "t", "of": "source.title"}, {"type": "integer"})
    document["value_tables"] = {"t": {"key": "text", "value": "money", "rows": {"a": "1.00"}}}
    assert told("table_value", document) == [
        (
            "decomposition_rules.r.mappings.x.table: error[table_value]: `t` gives money; `x` is an integer. "
            "Change the table or the attribute."
        )
    ]


def test_the_texts_of_a_table_may_fill_a_choice_that_has_them_all() -> None:
    document = mapped({"table": "t", "of": "source.title"}, {"type": "choice", "choices": ["red", "blue"]})
    document["value_tables"] = {"t": {"key": "text", "value": "text", "rows": {"r": "red", "b": "blue"}}}
    assert found("table_value", document) == []
    document["value_tables"] = {"t": {"key": "text", "value": "text", "rows": {"r": "red", "g": "green"}}}
    assert len(found("table_value", document)) == 1


def test_a_choice_value_without_a_row_in_its_table_is_named() -> None:
    choices = {"type": "choice", "choices": ["Fast", "Faster", "Fastest"], "required": True}
    document = mapped({"table": "speeds", "of": "source.attributes.a"}, {"type": "integer"}, **choices)
    document["value_tables"] = {"speeds": {"key": "text", "value": "integer", "rows": {"Fast": 50}}}
    assert told("missing_key", document) == [
        (
            "decomposition_rules.r.mappings.x.of: error[missing_key]: `speeds` has no rows for `Faster` and `Fastest`. "
            "Add what is missing to the table."
        )
    ]


def test_a_rule_fills_every_required_attribute_without_a_default() -> None:
    document: dict[str, object] = {
        "classifications": {"c": {"name": "c", "attributes": {"inherited": {"type": "text", "required": True}}}},
        "products": products(P={}),
        "technical_products": products(
            T={"classification": "c", "attributes": {"own": {"type": "text", "required": True, "default": "d"}}}
        ),
        "decomposition_rules": {"r": {"product": "P", "target": "T"}},
    }
    assert told("unfilled_attribute", document) == [
        (
            "decomposition_rules.r: error[unfilled_attribute]: `T` requires `inherited`, which this rule does not "
            "fill. Add a mapping for it, or give the attribute a default."
        )
    ]

"""Rules and scenarios that stand in each other's way: hidden by nearer ones, or both at work on one line."""

from __future__ import annotations

import pytest

from tests.unit.catalog.shops import found, products, told

CLASSES: dict[str, object] = {
    "classifications": {
        "device": {"name": "Devices"},
        "laptop": {"name": "Laptops", "parent": "device"},
    },
    "products": products(
        SMALL={"classification": "laptop", "attributes": {"colour": {"type": "text", "default": "grey"}}},
        LARGE={"classification": "laptop"},
        PHONE={"classification": "device"},
    ),
    "technical_products": products(T={}),
}


def both(one: str | None, other: str | None, **more: object) -> dict[str, object]:
    """Return two rules from one product to one target, with these conditions."""
    rules: dict[str, dict[str, object]] = {
        code: {"product": "SMALL", "target": "T", **({} if when is None else {"when": when})}
        for code, when in (("a", one), ("b", other))
    }
    rules["b"].update(more)
    return {**CLASSES, "decomposition_rules": rules}


def test_two_rules_whose_conditions_can_both_be_true_are_told() -> None:
    assert told("overlapping_rule", both("source.quantity > 1", "source.quantity < 5")) == [
        (
            "decomposition_rules.b: warning[overlapping_rule]: `b` and `a` lead from `SMALL` to `T`, and their "
            "conditions can both be true: both contribute to that line. Let their conditions exclude each other, or "
            "make one rule of both."
        )
    ]


@pytest.mark.parametrize(
    ("one", "other", "is_told"),
    [
        (None, "source.quantity > 1", True),
        ("source.quantity > 1", None, True),
        ("source.quantity > 1", "source.quantity > 1", True),
        ("source.quantity > 1", "source.quantity <= 1", False),
        ("source.attributes.colour == 'red'", "source.attributes.colour == 'blue'", False),
        ("source.quantity > 1", "source.attributes.colour == 'red'", False),
        ("source.quantity > 1 and len(source.title) > 3", "source.quantity < 9", False),
        ("source.quantity >", "source.quantity < 9", False),
        (None, None, False),
    ],
    ids=str,
)
def test_only_what_surely_overlaps_and_asks_about_the_same_is_told(
    one: str | None, other: str | None, *, is_told: bool
) -> None:
    assert bool(found("overlapping_rule", both(one, other))) is is_told


def test_rules_that_follow_each_other_do_not_overlap() -> None:
    document = both(None, "source.quantity > 1", effective_from="2027-01-01")
    rules = document["decomposition_rules"]
    assert isinstance(rules, dict)
    assert len(found("overlapping_rule", document)) == 1
    rules["a"]["effective_until"] = "2027-01-01"
    assert found("overlapping_rule", document) == []


def test_a_rule_of_a_class_that_every_product_replaces_is_told() -> None:
    rules = {
        "wide": {"classification": "laptop", "target": "T"},
        "small": {"product": "SMALL", "target": "T", "when": "source.quantity > 1"},
        "large": {"product": "LARGE", "target": "T"},
    }
    assert told("shadowed_rule", {**CLASSES, "decomposition_rules": rules}) == [
        (
            "decomposition_rules.wide: warning[shadowed_rule]: `wide` never applies: every product of `laptop` has a "
            "nearer rule to `T`, such as `large`. Remove it, or give the nearer rules another target."
        )
    ]


@pytest.mark.parametrize(
    "nearer",
    [
        {"small": {"product": "SMALL", "target": "T"}},
        {"small": {"product": "SMALL", "target": "T"}, "large": {"product": "LARGE", "target": "OTHER"}},
        {
            "small": {"product": "SMALL", "target": "T"},
            "large": {"product": "LARGE", "target": "T", "effective_until": "2027-01-01"},
        },
        {"above": {"classification": "device", "target": "T"}},
    ],
)
def test_a_rule_that_is_left_any_product_on_any_day_is_not_told(nearer: dict[str, object]) -> None:
    wide = {"classification": "laptop", "target": "T"}
    assert found("shadowed_rule", {**CLASSES, "decomposition_rules": {"wide": wide, **nearer}}) == []


def test_a_nearer_rule_of_the_same_days_replaces() -> None:
    dates = {"effective_from": "2026-01-01", "effective_until": "2027-01-01"}
    rules = {
        "wide": {"classification": "device", "target": "T", **dates},
        "laptops": {"classification": "laptop", "target": "T", **dates},
        "phone": {"product": "PHONE", "target": "T", "effective_from": "2025-01-01"},
    }
    issues = found("shadowed_rule", {**CLASSES, "decomposition_rules": rules})
    assert [each.path for each in issues] == [("decomposition_rules", "wide")]


def test_a_scenario_of_a_class_that_every_product_overrides_is_told() -> None:
    scenarios = {
        "all": {"classification": "laptop", "group": "g", "actions": ["add", "cancel"]},
        "small": {"product": "SMALL", "group": "g", "actions": ["add", "cancel"]},
        "large-add": {"product": "LARGE", "group": "g"},
        "large-cancel": {"product": "LARGE", "group": "h", "actions": ["cancel"], "when": "line.quantity > 1"},
    }
    assert told("shadowed_scenario", {**CLASSES, "scenarios": scenarios}) == [
        (
            "scenarios.all: warning[shadowed_scenario]: `all` never matches: for add or cancel, every product of "
            "`laptop` has a nearer scenario, such as `large-add`. Add its group `g` to the nearer ones, or remove it."
        )
    ]
    del scenarios["large-cancel"]
    assert found("shadowed_scenario", {**CLASSES, "scenarios": scenarios}) == []


def test_two_scenarios_with_the_same_condition_say_a_thing_twice() -> None:
    one = {"product": "SMALL", "group": "g", "when": "line.quantity > 1"}
    scenarios = {"a": one, "b": one | {"when": "line.quantity  > 1"}, "c": one | {"when": "line.quantity > 2"}}
    assert told("overlapping_scenario", {**CLASSES, "scenarios": scenarios}) == [
        (
            "scenarios.b: warning[overlapping_scenario]: `b` brings in `g` for action add, as `a` does, on the same "
            "condition. Remove one of them, or give each another condition under `when`."
        )
    ]


def test_a_classification_without_products_is_told_unless_one_below_it_has_some() -> None:
    classes = {
        "device": {"name": "d"},
        "laptop": {"name": "l", "parent": "device"},
        "tablet": {"name": "t", "parent": "device"},
    }
    document: dict[str, object] = {"classifications": classes, "products": products(P={"classification": "laptop"})}
    assert told("empty_classification", document) == [
        (
            "classifications.tablet: warning[empty_classification]: No product is of the classification `tablet`: "
            "rules and scenarios for it never apply. Give a product this `classification`, or remove it."
        )
    ]


def test_a_unit_that_nothing_is_counted_in_is_told() -> None:
    units = {
        "METRE": {"name": "Metre"},
        "REEL": {"name": "Reel", "base": "METRE", "factor": 305},
        "BOX": {"name": "Box"},
    }
    document: dict[str, object] = {"units": units, "products": products(CABLE={"unit": "REEL"})}
    assert told("unused_unit", document) == [
        (
            "units.BOX: warning[unused_unit]: No product is counted in the unit `BOX`. Give a product this `unit`, or "
            "remove it."
        )
    ]

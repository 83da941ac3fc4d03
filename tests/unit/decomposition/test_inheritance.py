"""Inheritance down the tree of classifications: attributes, rules and scenarios, the nearest wins (`domain.md` C2)."""

from __future__ import annotations

from catalog.catalog import Catalog
from tests.unit.decomposition.builders import a_catalog, an_order, checks, planned, refused, technical, value


def tree() -> Catalog:
    """Return a catalog with a class, one below it, a product in each, and technical products of the lower one."""
    text = {"type": "text"}
    return a_catalog(
        classifications={
            "TOP": {"name": "Top", "attributes": {"a": {**text, "default": "top"}, "b": {**text, "default": "top"}}},
            "SUB": {"name": "Sub", "parent": "TOP", "attributes": {"b": {**text, "default": "sub"}}},
            "TECH": {"name": "Technical", "attributes": {"from": {**text, "default": "class"}}},
        },
        products={
            "HIGH": {"name": "High", "classification": "TOP"},
            "LOW": {"name": "Low", "classification": "SUB"},
            "OWN": {
                "name": "Own",
                "classification": "SUB",
                "attributes": {"b": {"type": "integer", "default": 7, "max": 9}},
            },
        },
        technical_products={
            "T": {"name": "T", "classification": "TECH"},
            "PART": {"name": "Part", "attributes": {"from": {"type": "text"}}},
        },
        decomposition_rules={
            "R-TOP": {"classification": "TOP", "target": "T", "quantity": "1"},
            "R-SUB": {"classification": "SUB", "target": "T", "quantity": "2"},
            "R-OWN": {"product": "OWN", "target": "T", "quantity": "3"},
            "R-TECH": {"classification": "TECH", "target": "PART", "mappings": {"from": {"copy_from": "from"}}},
        },
        step_groups={
            each: {"steps": {"do": {"type": "milestone", "scope": "line"}}} for each in ("top", "sub", "own", "tech")
        },
        scenarios={
            "S-TOP": {"classification": "TOP", "group": "top"},
            "S-SUB": {"classification": "SUB", "group": "sub"},
            "S-OWN": {"product": "OWN", "group": "own"},
            "S-TECH": {"classification": "TECH", "group": "tech"},
            "S-PART": {"product": "PART", "group": "tech"},
        },
    )


ORDER = an_order({"H": {"product": "HIGH"}, "L": {"product": "LOW"}, "O": {"product": "OWN"}})


def test_an_attribute_is_that_of_the_nearest_that_declares_it() -> None:
    lines = {line.id: line for line in planned(ORDER, tree()).lines}
    assert {code: (value(lines[code], "a"), value(lines[code], "b")) for code in ("H", "L", "O")} == {
        "H": ("top", "top"),
        "L": ("top", "sub"),
        "O": ("top", 7),
    }


def test_a_nearer_attribute_replaces_the_inherited_one_with_all_its_constraints() -> None:
    order = an_order({"O": {"product": "OWN", "attributes": {"b": 10}}})
    assert checks(refused(order, tree())) == ["unfit_value"]


def test_a_rule_is_that_of_the_nearest_to_the_same_target() -> None:
    found = technical(planned(ORDER, tree()))
    assert {code: found[f"T@{code}"].quantity for code in ("H", "L", "O")} == {"H": 1, "L": 2, "O": 3}


def test_technical_products_inherit_attributes_and_rules_too() -> None:
    found = technical(planned(ORDER, tree()))
    assert value(found["PART@H"], "from") == "class"


def test_a_scenario_is_that_of_the_nearest() -> None:
    steps = [each.id for each in planned(ORDER, tree()).steps if each.group != "tech"]
    assert steps == ["own.do@O", "sub.do@L", "top.do@H"]


def test_dates_and_moments_keep_within_their_bounds() -> None:
    catalog = a_catalog(
        order_attributes={
            "day": {"type": "date", "min": "2026-01-01", "max": "2026-12-31"},
            "at": {"type": "datetime", "min": "2026-01-01T00:00:00+02:00", "max": "2026-12-31T00:00:00Z"},
        },
        step_groups={"g": {"steps": {"do": {"type": "milestone"}}}},
        scenarios={"S": {"group": "g"}},
    )
    for day, at in (("2026-01-01", "2025-12-31T22:00:00Z"), ("2026-12-31", "2026-12-31T00:00:00Z")):
        assert planned(an_order(attributes={"day": day, "at": at}), catalog).order_attributes[1].text == day
    found = refused(an_order(attributes={"day": "2025-12-31", "at": "2025-12-31T21:59:59Z"}), catalog)
    assert [each.path for each in found.issues] == [("attributes", "at"), ("attributes", "day")]
    found = refused(an_order(attributes={"day": "2027-01-01", "at": "2026-12-31T00:00:01Z"}), catalog)
    assert checks(found) == ["unfit_value", "unfit_value"]


def test_the_opt_outs_of_an_attribute_are_declared_each_on_its_own() -> None:
    catalog = a_catalog(
        order_attributes={
            "a": {"type": "text"},
            "b": {"type": "text", "compared": False},
            "c": {"type": "text", "compared_in_flight": False},
            "d": {"type": "text", "assetized": False},
        }
    )
    again = Catalog.model_validate_json(catalog.canonical())
    assert [(each.compared, each.compared_in_flight, each.assetized) for each in again.order_attributes] == [
        (True, True, True),
        (False, True, True),
        (True, False, True),
        (True, True, False),
    ]

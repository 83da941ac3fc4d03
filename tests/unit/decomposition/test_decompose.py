"""Decomposition: instances, quantities, merges, parents, levels (`domain.md` D1-D4)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from catalog.base import Issue, Refused
from catalog.catalog import Catalog
from decomposition.decompose import decompose
from decomposition.lines import Verdict
from decomposition.order import Order
from tests.unit.decomposition.builders import NOW, a_catalog, an_order, decomposed, technical, value

LINES = {
    "B": {"product": "BUNDLE"},
    "B1": {"product": "GOOD", "parent": "B", "quantity": 2},
    "B2": {"product": "GOOD", "parent": "B", "quantity": 3},
    "S": {"product": "GOOD"},
}


def goods(target: Mapping[str, object], rule: Mapping[str, object] | None = None) -> Catalog:
    """Return a catalog whose one rule makes of each `GOOD` a `T`."""
    return a_catalog(
        products={
            "BUNDLE": {"name": "Bundle", "components": {"GOOD": {"min": 0, "max": 100}}},
            "GOOD": {
                "name": "Good",
                "attributes": {"size": {"type": "integer"}, "site": {"type": "text"}, "rush": {"type": "boolean"}},
            },
        },
        technical_products={"T": {"name": "Thing", **target}},
        decomposition_rules={"R": {"product": "GOOD", "target": "T", **(rule or {})}},
    )


def issues(order: Order, catalog: Catalog) -> tuple[Issue, ...]:
    found = decompose(order, catalog, now=NOW)
    assert isinstance(found, Refused), found
    return found.issues


@pytest.mark.parametrize(
    ("scope", "quantities"),
    [
        ("line", {"T@B1": 2, "T@B2": 3, "T@S": 1}),
        ("bundle", {"T@B": 5, "T@S": 1}),
        ("order", {"T": 6}),
        ("account", {"T": 6}),
    ],
)
def test_instances_and_their_ids_follow_the_scope(scope: str, quantities: dict[str, int]) -> None:
    found = technical(decomposed(an_order(LINES), goods({"scope": scope})))
    assert {code: line.quantity for code, line in found.items()} == quantities


def test_a_key_makes_one_instance_per_value_and_a_missing_key_falls_back() -> None:
    catalog = goods({"scope": {"by": "source.attributes.site", "fallback": "order"}})
    order = an_order(
        {
            "L1": {"product": "GOOD", "attributes": {"site": "north"}},
            "L2": {"product": "GOOD", "attributes": {"site": "north"}},
            "L3": {"product": "GOOD", "attributes": {"site": "south"}},
            "L4": {"product": "GOOD"},
        }
    )
    found = technical(decomposed(order, catalog))
    assert {line.origin for line in found.values()} == {("L1", "L2"), ("L3",), ("L4",)}
    assert found["T"].origin == ("L4",)
    assert all(len(code.removeprefix("T~")) == 10 for code in found if code != "T")


def test_quantity_method_one_stays_one_and_per_unit_makes_a_line_for_each() -> None:
    one = technical(decomposed(an_order(LINES), goods({"scope": "bundle", "quantity": "one"})))
    assert {code: line.quantity for code, line in one.items()} == {"T@B": 1, "T@S": 1}
    units = technical(decomposed(an_order(LINES), goods({"scope": "bundle", "quantity": "per_unit"})))
    assert sorted(units) == ["T@B#1", "T@B#2", "T@B#3", "T@B#4", "T@B#5", "T@S#1"]
    assert [source.line for source in units["T@B#2"].sources] == ["B1"]
    assert [source.line for source in units["T@B#3"].sources] == ["B2"]


def test_half_a_unit_has_no_line_of_its_own() -> None:
    order = an_order({"L1": {"product": "GOOD", "quantity": "1.5"}})
    (issue,) = issues(order, goods({"quantity": "per_unit"}))
    assert issue.check == "no_units"
    assert "whole number" in issue.message


def test_every_source_is_named_with_its_rule_and_quantity() -> None:
    line = technical(decomposed(an_order(LINES), goods({"scope": "bundle"}, {"quantity": "source.quantity * 10"})))[
        "T@B"
    ]
    assert [(each.line, each.rule, each.quantity) for each in line.sources] == [
        ("B1", "R", Decimal(20)),
        ("B2", "R", Decimal(30)),
    ]
    assert (line.origin, line.root, line.quantity) == (("B1", "B2"), "B", Decimal(50))


SIZES = {f"L{size}": {"product": "GOOD", "attributes": {"size": size, "rush": size == 2}} for size in (1, 2, 4)}


@pytest.mark.parametrize(("merge", "expected"), [("first", 1), ("last", 4), ("sum", 7), ("min", 1), ("max", 4)])
def test_differing_values_merge_as_the_attribute_declares(merge: str, expected: int) -> None:
    target = {"scope": "order", "attributes": {"size": {"type": "integer", "merge": merge}}}
    catalog = goods(target, {"mappings": {"size": {"copy_from": "size"}}})
    assert value(technical(decomposed(an_order(SIZES), catalog))["T"], "size") == expected


@pytest.mark.parametrize(
    ("type_of", "merge", "mapping", "expected"),
    [
        ("text", "join", "'S' + text(source.attributes.size)", "S1, S2, S4"),
        ("boolean", "any", "source.attributes.rush", True),
        ("boolean", "all", "source.attributes.rush", False),
    ],
)
def test_texts_join_and_booleans_agree_by_any_or_all(type_of: str, merge: str, mapping: str, expected: object) -> None:
    target = {"scope": "order", "attributes": {"mark": {"type": type_of, "merge": merge}}}
    catalog = goods(target, {"mappings": {"mark": {"expression": mapping}}})
    assert value(technical(decomposed(an_order(SIZES), catalog))["T"], "mark") == expected


def test_differing_values_without_declaration_are_refused_with_both_lines_and_rules() -> None:
    target = {"scope": "order", "attributes": {"size": {"type": "integer"}}}
    (issue,) = issues(an_order(SIZES), goods(target, {"mappings": {"size": {"copy_from": "size"}}}))
    assert issue.check == "merge_conflict"
    assert issue.message == "`size` of `T` would be '1' from line `L1` by rule `R` and '2' from line `L2` by rule `R`."


def test_equal_values_need_no_declaration() -> None:
    lines = {each: {"product": "GOOD", "attributes": {"size": 3}} for each in ("L1", "L2")}
    target = {"scope": "order", "attributes": {"size": {"type": "integer"}}}
    found = decomposed(an_order(lines), goods(target, {"mappings": {"size": {"copy_from": "size"}}}))
    assert value(technical(found)["T"], "size") == 3


def test_a_merged_value_out_of_bounds_is_refused() -> None:
    target = {"scope": "order", "attributes": {"size": {"type": "integer", "merge": "sum", "max": 5}}}
    (issue,) = issues(an_order(SIZES), goods(target, {"mappings": {"size": {"copy_from": "size"}}}))
    assert issue.message.startswith("`size` of `T`: expected at most 5, got the number 7.")


def test_constants_take_the_type_of_the_attribute_and_defaults_fill_the_rest() -> None:
    target = {"attributes": {"due": {"type": "date"}, "depth": {"type": "integer", "default": 4}}}
    catalog = goods(target, {"mappings": {"due": {"constant": "2026-12-24"}}})
    line = technical(decomposed(an_order({"L1": {"product": "GOOD"}}), catalog))["T@L1"]
    assert [(each.name, each.text) for each in line.attributes] == [("depth", "4"), ("due", "2026-12-24")]


def test_a_required_attribute_that_no_rule_maps_is_refused() -> None:
    (issue,) = issues(
        an_order({"L1": {"product": "GOOD"}}), goods({"attributes": {"a": {"type": "text", "required": True}}})
    )
    assert issue.check == "missing_attribute"
    assert "line `L1` by rule `R`" in issue.message


def test_an_expression_that_fails_names_rule_line_and_source() -> None:
    order = an_order({"L1": {"product": "GOOD", "attributes": {"size": 0}}})
    (issue,) = issues(order, goods({}, {"quantity": "10 / source.attributes.size"}))
    assert issue.check == "evaluation_failed"
    assert issue.path == ("lines", "L1")
    for part in ("`L1`", "`R`", "`10 / source.attributes.size`"):
        assert part in issue.message


def test_a_condition_that_gives_null_is_refused_not_silently_false() -> None:
    (issue,) = issues(an_order({"L1": {"product": "GOOD"}}), goods({}, {"when": "source.attributes.rush"}))
    assert issue.check == "no_condition"


def test_a_products_rule_replaces_the_rule_of_its_class_to_the_same_target_only() -> None:
    catalog = a_catalog(
        classifications={"TOP": {"name": "Top"}, "SUB": {"name": "Sub", "parent": "TOP"}},
        products={"P": {"name": "P", "classification": "SUB"}},
        technical_products={each: {"name": each} for each in ("T1", "T2", "T3")},
        decomposition_rules={
            "OWN": {"product": "P", "target": "T1", "quantity": "7"},
            "SUB1": {"classification": "SUB", "target": "T1"},
            "SUB2": {"classification": "SUB", "target": "T2", "quantity": "5"},
            "TOP2": {"classification": "TOP", "target": "T2"},
            "TOP3": {"classification": "TOP", "target": "T3"},
        },
    )
    found = decomposed(an_order({"L1": {"product": "P"}}), catalog)
    assert {code: line.quantity for code, line in technical(found).items()} == {"T1@L1": 7, "T2@L1": 5, "T3@L1": 1}
    assert [each.rule for each in found.trace if each.verdict is Verdict.OVERRIDDEN] == ["SUB1", "TOP2"]


def test_rules_read_the_bundle_of_their_line() -> None:
    catalog = goods({"attributes": {"of": {"type": "text"}}}, {"mappings": {"of": {"expression": "bundle.id"}}})
    lines = {"B": {"product": "BUNDLE"}, "G": {"product": "GOOD", "parent": "B"}}
    assert value(technical(decomposed(an_order(lines), catalog))["T@G"], "of") == "B"


def test_of_two_rules_on_one_line_the_one_of_lower_priority_number_comes_first() -> None:
    catalog = a_catalog(
        products={"P": {"name": "P"}},
        technical_products={"T": {"name": "T", "attributes": {"by": {"type": "text", "merge": "join"}}}},
        decomposition_rules={
            "A": {"product": "P", "target": "T", "priority": 2, "mappings": {"by": {"constant": "late"}}},
            "B": {"product": "P", "target": "T", "priority": 1, "mappings": {"by": {"constant": "early"}}},
        },
    )
    line = technical(decomposed(an_order({"L1": {"product": "P"}}), catalog))["T@L1"]
    assert value(line, "by") == "early, late"
    assert line.quantity == 2


def test_a_rule_that_contributes_nothing_makes_no_line_and_says_so() -> None:
    found = decomposed(an_order({"L1": {"product": "GOOD"}}), goods({}, {"quantity": "source.quantity - 1"}))
    assert technical(found) == {}
    assert [(each.verdict, each.why) for each in found.trace] == [
        (Verdict.CONDITION_FALSE, "`source.quantity - 1` gives no quantity")
    ]


def test_a_negative_quantity_is_refused() -> None:
    (issue,) = issues(an_order({"L1": {"product": "GOOD"}}), goods({}, {"quantity": "source.quantity - 2"}))
    assert issue.check == "no_quantity"


def test_dates_and_places_that_sources_do_not_agree_on_are_left_open() -> None:
    lines = {
        "L1": {"product": "GOOD", "bill_to": "P1", "requested_date": "2026-12-01", "term": 12},
        "L2": {"product": "GOOD", "bill_to": "P1", "requested_date": "2026-12-02", "term": 12},
    }
    line = technical(decomposed(an_order(lines), goods({"scope": "order"})))["T"]
    assert (line.bill_to, line.term, line.requested_date, line.root) == ("P1", 12, None, None)


def test_lines_stand_in_the_order_of_their_ids_commercial_ones_first() -> None:
    found = decomposed(an_order(LINES), goods({}))
    assert [line.id for line in found.lines] == ["B", "B1", "B2", "S", "T@B1", "T@B2", "T@S"]

"""Technical products that decompose further, and where technical lines are kept (`domain.md` D2, D4)."""

from __future__ import annotations

from catalog.base import Refused
from decomposition.decompose import decompose
from tests.unit.decomposition.builders import NOW, a_catalog, an_order, decomposed, technical


def test_technical_products_decompose_further_after_all_their_sources_are_known() -> None:
    catalog = a_catalog(
        products={"P": {"name": "P"}},
        technical_products={
            "A": {"name": "A"},
            "Z": {"name": "Z", "scope": "order"},
            "M": {"name": "M", "scope": "order"},
        },
        decomposition_rules={
            "R1": {"product": "P", "target": "A"},
            "R2": {"product": "P", "target": "M"},
            "R3": {"product": "A", "target": "Z", "quantity": "source.quantity * 2"},
            "R4": {"product": "Z", "target": "M"},
        },
    )
    found = technical(decomposed(an_order({"L1": {"product": "P"}, "L2": {"product": "P"}}), catalog))
    assert {code: line.quantity for code, line in found.items()} == {"A@L1": 1, "A@L2": 1, "Z": 4, "M": 6}
    assert [each.line for each in found["M"].sources] == ["L1", "L2", "Z"]
    assert found["M"].origin == ("L1", "L2")
    assert found["Z"].parent is None


def test_technical_products_that_decompose_in_a_ring_are_refused_with_the_ring() -> None:
    catalog = a_catalog(
        products={"P": {"name": "P"}},
        technical_products={each: {"name": each} for each in ("A", "B", "C")},
        decomposition_rules={
            "R0": {"product": "P", "target": "A"},
            "R1": {"product": "A", "target": "B"},
            "R2": {"product": "B", "target": "C"},
            "R3": {"product": "C", "target": "B"},
        },
    )
    found = decompose(an_order({"L1": {"product": "P"}}), catalog, now=NOW)
    assert isinstance(found, Refused)
    (issue,) = found.issues
    assert issue.message == "Technical products decompose in a ring: `B` → `C` → `B`, by `R2` and `R3`."


def test_the_parent_is_the_instance_of_the_same_lines_else_that_of_the_nearest_bundle() -> None:
    catalog = a_catalog(
        products={
            "BUNDLE": {"name": "Bundle", "components": {"GOOD": {"min": 0}, "OWN": {"min": 0}}},
            "GOOD": {"name": "Good"},
            "OWN": {"name": "Own"},
        },
        technical_products={"BOX": {"name": "Box"}, "ITEM": {"name": "Item", "parent": "BOX"}},
        decomposition_rules={
            "R1": {"product": "BUNDLE", "target": "BOX"},
            "R2": {"product": "GOOD", "target": "ITEM"},
            "R3": {"product": "OWN", "target": "ITEM"},
            "R4": {"product": "OWN", "target": "BOX"},
        },
    )
    lines = {
        "B": {"product": "BUNDLE"},
        "G": {"product": "GOOD", "parent": "B"},
        "O": {"product": "OWN", "parent": "B"},
        "X": {"product": "GOOD"},
    }
    found = technical(decomposed(an_order(lines), catalog))
    assert {code: line.parent for code, line in found.items()} == {
        "BOX@B": None,
        "BOX@O": None,
        "ITEM@G": "BOX@B",
        "ITEM@O": "BOX@O",
        "ITEM@X": None,
    }


def test_lines_per_unit_are_kept_under_the_line_of_the_same_unit() -> None:
    catalog = a_catalog(
        products={"P": {"name": "P"}},
        technical_products={
            "BOX": {"name": "Box", "quantity": "per_unit"},
            "ITEM": {"name": "Item", "quantity": "per_unit", "parent": "BOX"},
        },
        decomposition_rules={"R1": {"product": "P", "target": "BOX"}, "R2": {"product": "P", "target": "ITEM"}},
    )
    found = technical(decomposed(an_order({"L1": {"product": "P", "quantity": 2}}), catalog))
    assert [found[code].parent for code in ("ITEM@L1#1", "ITEM@L1#2")] == ["BOX@L1#1", "BOX@L1#2"]


def test_a_technical_line_decomposed_from_one_other_is_kept_under_it() -> None:
    catalog = a_catalog(
        products={"P": {"name": "P"}},
        technical_products={"A": {"name": "A"}, "B": {"name": "B"}},
        decomposition_rules={"R1": {"product": "P", "target": "A"}, "R2": {"product": "A", "target": "B"}},
    )
    found = technical(decomposed(an_order({"L1": {"product": "P"}}), catalog))
    assert {code: line.parent for code, line in found.items()} == {"A@L1": None, "B@L1": "A@L1"}

"""Components that name a classification: which lines count, what is added, what is refused (`domain.md` C3)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.base import Issue, Refused
from catalog.catalog import Catalog
from decomposition.intake import complete
from decomposition.lines import Line
from decomposition.order import Order
from tests.unit.decomposition.builders import NOW, a_catalog, an_order


def shop(**component: object) -> Catalog:
    """Return a catalog with a kit that needs two to four fasteners, screws or bolts."""
    return a_catalog(
        classifications={
            "FASTENER": {"name": "Fasteners"},
            "SCREW": {"name": "Screws", "parent": "FASTENER"},
            "TOOL": {"name": "Tools"},
        },
        products={
            "KIT": {"name": "Kit", "components": {"FASTENER": {"min": 2, "max": 4, "default": 2, **component}}},
            "SHED": {"name": "Shed", "components": {"KIT": {}}},
            "BOLT": {"name": "Bolt", "classification": "FASTENER"},
            "SHORT": {"name": "Short screw", "classification": "SCREW"},
            "OLD": {"name": "Old screw", "classification": "SCREW", "effective_until": "2026-01-01"},
            "SAW": {"name": "Saw", "classification": "TOOL"},
        },
    )


def kit(**parts: dict[str, object]) -> Order:
    """Return an order of a kit, line `L1`, with these parts."""
    return an_order({"L1": {"product": "KIT"}} | {code: {"parent": "L1", **part} for code, part in parts.items()})


def accepted(order: Order, catalog: Catalog) -> dict[str, Line]:
    found = complete(order, catalog, NOW.date())
    assert not isinstance(found, Refused), found
    return {line.id: line for line in found}


def issue(order: Order, catalog: Catalog) -> Issue:
    found = complete(order, catalog, NOW.date())
    assert isinstance(found, Refused), found
    (only,) = found.issues
    return only


def test_lines_of_a_classification_and_of_those_below_it_count_together() -> None:
    lines = accepted(kit(L2={"product": "BOLT"}, L3={"product": "SHORT", "quantity": 3}), shop())
    assert sorted(lines) == ["L1", "L2", "L3"]


@pytest.mark.parametrize(("screws", "total"), [(4, "5"), ("0.5", "1.5")])
def test_their_sum_is_bounded(screws: object, total: str) -> None:
    found = issue(kit(L2={"product": "BOLT"}, L3={"product": "SHORT", "quantity": screws}), shop())
    assert (found.check, found.message) == (
        "component_quantity",
        f"Line `L1` takes 2 to 4 of `FASTENER`, the order has {total}.",
    )


def test_a_product_of_another_classification_is_no_component() -> None:
    order = kit(L2={"product": "SAW"}, L3={"product": "BOLT", "quantity": 2})
    assert issue(order, shop()).check == "not_a_component"


def test_a_line_counts_for_the_component_that_is_nearest_to_its_product() -> None:
    catalog = a_catalog(
        classifications={"FASTENER": {"name": "F"}, "SCREW": {"name": "S", "parent": "FASTENER"}},
        products={
            "KIT": {"name": "Kit", "components": {"FASTENER": {"min": 0, "max": 1}, "SCREW": {}, "BOLT": {"max": 5}}},
            "BOLT": {"name": "Bolt", "classification": "FASTENER"},
            "SHORT": {"name": "Short screw", "classification": "SCREW"},
        },
    )
    lines = accepted(kit(L2={"product": "BOLT", "quantity": 5}, L3={"product": "SHORT"}), catalog)
    assert sorted(lines) == ["L1", "L2", "L3"]


def test_without_a_default_product_the_refusal_names_those_that_would_do_today() -> None:
    found = issue(kit(), shop())
    assert (found.check, found.message, found.hint) == (
        "missing_component",
        "Line `L1`: the bundle `KIT` needs a line of `FASTENER`.",
        "Order `BOLT` or `SHORT`, with the parent `L1`.",
    )


def test_in_a_bundle_that_was_added_itself_the_refusal_says_to_order_that_too() -> None:
    found = issue(an_order({"L1": {"product": "SHED"}}), shop())
    assert (found.path, found.hint) == (
        ("lines", "L1"),
        "Order `BOLT` or `SHORT`, in a line of `KIT`, which is to be ordered with it.",
    )


def test_a_default_product_is_added_in_the_default_quantity() -> None:
    lines = accepted(an_order({"L1": {"product": "KIT", "quantity": 3}}), shop(default_product="SHORT"))
    added = lines["L1.SHORT"]
    assert (added.product, added.quantity, added.derived, added.parent) == ("SHORT", Decimal(6), True, "L1")


def test_a_default_product_is_not_added_where_another_of_the_classification_is_ordered() -> None:
    lines = accepted(kit(L2={"product": "BOLT", "quantity": 2}), shop(default_product="SHORT"))
    assert sorted(lines) == ["L1", "L2"]


def test_a_default_product_that_is_no_longer_sold_refuses_the_order() -> None:
    found = issue(kit(), shop(default_product="OLD"))
    assert (found.check, found.message) == (
        "not_effective",
        "Line `L1`: the bundle `KIT` needs `OLD` (Old screw), which is in force until 2026-01-01, not on 2026-11-25.",
    )

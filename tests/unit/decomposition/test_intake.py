"""Intake: what refuses an order, and how its lines are completed (`domain.md` O3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from catalog.base import Issue, Refused
from catalog.catalog import Catalog
from decomposition.intake import complete, order_values
from decomposition.lines import Line
from decomposition.order import Order
from tests.unit.decomposition.builders import NOW, a_catalog, an_order, value


@pytest.fixture
def catalog() -> Catalog:
    return a_catalog(
        order_attributes={"channel": {"type": "text", "default": "web"}},
        classifications={"PART": {"name": "Part", "attributes": {"colour": {"type": "text", "default": "grey"}}}},
        products={
            "BUNDLE": {
                "name": "Laptop bundle",
                "components": {
                    "LAPTOP": {"min": 1, "max": 2, "default": 1},
                    "SUPPORT": {"min": 1, "max": 1, "scaling": "constant"},
                    "MOUSE": {"min": 0, "max": 1},
                },
            },
            "LAPTOP": {
                "name": "Laptop",
                "classification": "PART",
                "attributes": {
                    "ram": {"type": "integer", "min": 8, "max": 64, "default": 16},
                    "disk": {"type": "choice", "choices": ["small", "large"], "default": "small"},
                },
                "components": {"CHARGER": {"min": 2, "max": 4, "default": 3}},
            },
            "CHARGER": {"name": "Charger"},
            "SUPPORT": {"name": "Support"},
            "MOUSE": {"name": "Mouse"},
            "NAMED": {"name": "Named", "attributes": {"label": {"type": "text", "required": True}}},
        },
        technical_products={"T-LAPTOP": {"name": "Laptop to ship"}},
    )


def accepted(order: Order, catalog: Catalog) -> dict[str, Line]:
    found = complete(order, catalog, NOW.date())
    assert not isinstance(found, Refused), found
    return {line.id: line for line in found}


def issues(order: Order, catalog: Catalog) -> list[Issue]:
    found = complete(order, catalog, NOW.date())
    assert isinstance(found, Refused), found
    return list(found.issues)


def test_required_components_are_added_at_all_levels_in_the_quantity_of_their_bundle(catalog: Catalog) -> None:
    lines = accepted(an_order({"L1": {"product": "BUNDLE", "quantity": 5}}), catalog)
    assert {code: line.quantity for code, line in lines.items()} == {
        "L1": Decimal(5),
        "L1.LAPTOP": Decimal(5),
        "L1.LAPTOP.CHARGER": Decimal(15),
        "L1.SUPPORT": Decimal(1),
    }
    charger = lines["L1.LAPTOP.CHARGER"]
    assert charger.derived
    assert (charger.parent, charger.root, charger.origin) == ("L1.LAPTOP", "L1", ("L1.LAPTOP.CHARGER",))
    assert value(lines["L1.LAPTOP"], "ram") == 16


def test_an_ordered_component_is_not_added_again(catalog: Catalog) -> None:
    lines = accepted(an_order({"L1": {"product": "BUNDLE"}, "L2": {"product": "LAPTOP", "parent": "L1"}}), catalog)
    assert sorted(lines) == ["L1", "L1.SUPPORT", "L2", "L2.CHARGER"]


def test_a_part_takes_places_and_dates_from_its_bundle_before_the_order(catalog: Catalog) -> None:
    order = an_order(
        {
            "L1": {"product": "BUNDLE", "ship_to": "NORTH", "requested_date": date(2026, 12, 1)},
            "L2": {"product": "LAPTOP", "parent": "L1", "bill_to": "P2"},
            "L3": {"product": "MOUSE"},
        },
        addresses={"NORTH": {"street": "1 Pole", "city": "Oslo"}, "SOUTH": {"street": "2 Pole", "city": "Ushuaia"}},
        ship_to="SOUTH",
        bill_to="P1",
        requested_completion=date(2027, 1, 1),
    )
    lines = accepted(order, catalog)
    assert [(lines[code].ship_to, lines[code].bill_to, str(lines[code].requested_date)) for code in sorted(lines)] == [
        ("NORTH", "P1", "2026-12-01"),
        ("NORTH", "P1", "2026-12-01"),
        ("NORTH", "P2", "2026-12-01"),
        ("NORTH", "P2", "2026-12-01"),
        ("SOUTH", "P1", "2027-01-01"),
    ]


def test_all_refusals_come_together_each_with_its_place(catalog: Catalog) -> None:
    order = an_order(
        {
            "A": {"product": "LAPTOPP"},
            "B": {"product": "T-LAPTOP"},
            "C": {"product": "LAPTOP", "attributes": {"rma": 8, "ram": "much", "disk": "huge"}},
            "D": {"product": "LAPTOP", "attributes": {"ram": 4}},
            "E": {"product": "LAPTOP", "attributes": {"ram": 128}},
            "F": {"product": "NAMED"},
            "G": {"product": "MOUSE", "parent": "Z"},
            "H": {"product": "BUNDLE"},
            "I": {"product": "NAMED", "parent": "H", "attributes": {"label": "x"}},
            "J": {"product": "LAPTOP", "parent": "H", "quantity": 3},
            "K": {"product": "MOUSE", "ship_to": "NOWHERE"},
            "L": {"product": "MOUSE", "action": "amend"},
            "M": {"product": "MOUSE", "asset": "A-7"},
        },
        ship_to="ANYWHERE",
        attributes={"chanel": "shop"},
    )
    found = {(each.check, each.path) for each in issues(order, catalog)}
    assert found == {
        ("unknown_attribute", ("attributes", "chanel")),
        ("unknown_address", ("ship_to",)),
        ("unknown_product", ("lines", "A", "product")),
        ("technical_product_ordered", ("lines", "B", "product")),
        ("unknown_attribute", ("lines", "C", "attributes", "rma")),
        ("unfit_value", ("lines", "C", "attributes", "ram")),
        ("unfit_value", ("lines", "C", "attributes", "disk")),
        ("unfit_value", ("lines", "D", "attributes", "ram")),
        ("unfit_value", ("lines", "E", "attributes", "ram")),
        ("missing_attribute", ("lines", "F", "attributes")),
        ("unknown_parent", ("lines", "G", "parent")),
        ("not_a_component", ("lines", "I", "product")),
        ("component_quantity", ("lines", "J", "quantity")),
        ("unknown_address", ("lines", "K", "ship_to")),
        ("no_asset", ("lines", "L", "action")),
        ("asset_of_added", ("lines", "M", "asset")),
    }


def test_a_misspelt_name_is_answered_with_the_nearest(catalog: Catalog) -> None:
    order = an_order({"L1": {"product": "LAPTOPP"}, "L2": {"product": "LAPTOP", "attributes": {"rma": 8}}})
    assert [each.hint for each in issues(order, catalog)] == ["Did you mean `LAPTOP`?", "Did you mean `ram`?"]


def test_a_value_that_is_no_choice_is_answered_with_the_choices(catalog: Catalog) -> None:
    (issue,) = issues(an_order({"L1": {"product": "LAPTOP", "attributes": {"disk": "huge"}}}), catalog)
    assert issue.message == "`disk` of line `L1` (Laptop): expected `small` or `large`, got the text 'huge'."
    assert issue.hint == "Its choices: `small` and `large`."


def test_a_ring_of_parents_is_refused_once(catalog: Catalog) -> None:
    order = an_order(
        {
            "L1": {"product": "BUNDLE", "parent": "L2"},
            "L2": {"product": "BUNDLE", "parent": "L1"},
            "L3": {"product": "LAPTOP", "parent": "L2"},
        }
    )
    (issue,) = issues(order, catalog)
    assert issue.check == "parent_cycle"
    assert issue.message == "The lines `L1` and `L2` are parents of each other."


def test_a_proportional_component_is_counted_per_bundle_and_a_constant_one_is_not(catalog: Catalog) -> None:
    order = an_order(
        {
            "L1": {"product": "BUNDLE", "quantity": 2},
            "L2": {"product": "LAPTOP", "quantity": 4, "parent": "L1"},
            "L3": {"product": "SUPPORT", "quantity": 2, "parent": "L1"},
        }
    )
    (issue,) = issues(order, catalog)
    assert issue.message == "Line `L1` takes exactly 1 of `SUPPORT`, the order has 2."


def test_a_bundle_that_requires_itself_is_refused() -> None:
    catalog = a_catalog(
        products={
            "A": {"name": "A", "components": {"B": {}}},
            "B": {"name": "B", "components": {"A": {}}},
        }
    )
    assert [each.check for each in issues(an_order({"L1": {"product": "A"}}), catalog)] == ["bundle_in_itself"]


def test_a_component_may_name_a_classification() -> None:
    with_class = a_catalog(
        classifications={"PART": {"name": "Part"}},
        products={
            "KIT": {"name": "Kit", "components": {"PART": {"min": 1, "max": 2}}},
            "BOLT": {"name": "Bolt", "classification": "PART"},
        },
    )
    lines = accepted(an_order({"L1": {"product": "KIT"}, "L2": {"product": "BOLT", "parent": "L1"}}), with_class)
    assert sorted(lines) == ["L1", "L2"]
    (issue,) = issues(an_order({"L1": {"product": "KIT"}}), with_class)
    assert (issue.check, issue.path) == ("missing_component", ("lines", "L1"))
    assert (issue.message, issue.hint) == (
        "Line `L1`: the bundle `KIT` needs a line of `PART`.",
        "Order `BOLT`, with the parent `L1`.",
    )


def test_a_line_id_given_twice_is_refused(catalog: Catalog) -> None:
    lines = [{"id": "L1", "product": "MOUSE"}, {"id": "L1", "product": "CHARGER"}]
    order = Order.model_validate({"number": "SO-1", "account": "ACME", "lines": lines})
    assert [each.check for each in issues(order, catalog)] == ["repeated_line"]


def test_the_orders_own_attributes_have_their_defaults(catalog: Catalog) -> None:
    assert [(each.name, each.value) for each in order_values(an_order(), catalog)] == [("channel", "web")]


@pytest.mark.parametrize("quantity", ["1E+200", "1234567890123456789012345678.9", "0.0000000001"])
def test_a_quantity_beyond_what_is_computed_exactly_is_no_quantity(quantity: str) -> None:
    with pytest.raises(ValidationError, match="quantity"):
        an_order({"L1": {"product": "MOUSE", "quantity": quantity}})

"""Quantities in units of measure: what an order may ask for, and what becomes of it (`domain.md` C1, C5)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.catalog import Catalog
from catalog.units import Unit, converted, decimals
from decomposition.decompose import decompose
from decomposition.lines import Verdict
from tests.unit.decomposition.builders import NOW, a_catalog, an_order, checks, decomposed, refused, technical

UNITS: dict[str, object] = {
    "METRE": {"name": "Metre", "scale": 1},
    "FOOT": {"name": "Foot", "base": "METRE", "factor": "0.3048"},
    "REEL": {"name": "Reel", "base": "METRE", "factor": 305},
    "HOUR": {"name": "Hour", "scale": 2},
    "PIECE": {"name": "Piece"},
}


def cable(sold: str | None, kept: str | None, **rule: object) -> Catalog:
    """Return a catalog with cable that is sold in one unit and kept in another."""
    return a_catalog(
        units=UNITS,
        products={"CABLE": {"name": "Cable", "unit": sold}},
        technical_products={"STOCK": {"name": "Cable in stock", "unit": kept, "scope": "order"}},
        decomposition_rules={"R": {"product": "CABLE", "target": "STOCK", **rule}},
    )


def stocked(catalog: Catalog, *quantities: object) -> Decimal:
    """Return the technical quantity of an order with a line for each quantity."""
    order = an_order({f"L{at}": {"product": "CABLE", "quantity": each} for at, each in enumerate(quantities)})
    return technical(decomposed(order, catalog))["STOCK"].quantity


@pytest.mark.parametrize(
    ("sold", "kept", "quantity", "expected"),
    [
        ("REEL", "METRE", 2, "610.0"),
        ("METRE", "FOOT", "1.5", "5"),
        ("FOOT", "METRE", 1, "0.3"),
        ("REEL", "FOOT", 1, "1001"),
        ("METRE", "METRE", "1.5", "1.5"),
        (None, "METRE", "1.25", "1.3"),
        ("METRE", None, "1.5", "1.5"),
    ],
)
def test_a_quantity_is_converted_and_rounded_half_up(
    sold: str | None, kept: str | None, quantity: object, expected: str
) -> None:
    assert stocked(cable(sold, kept), quantity) == Decimal(expected)


def test_contributions_are_rounded_each_so_that_they_add_up_to_the_line() -> None:
    assert stocked(cable("FOOT", "METRE"), 2, 2, 2) == Decimal("1.8")


def test_a_quantity_of_the_rules_own_is_in_the_targets_unit_and_rounded_to_it() -> None:
    assert stocked(cable("REEL", "METRE", quantity="source.quantity * 100.25"), 1) == Decimal("100.3")
    assert stocked(cable("METRE", "HOUR", quantity="source.quantity / 3"), 1) == Decimal("0.33")


def test_units_that_do_not_convert_refuse_the_order() -> None:
    found = decompose(an_order({"L1": {"product": "CABLE"}}), cable("METRE", "HOUR"), now=NOW)
    assert [str(each) for each in getattr(found, "issues", ())] == [
        (
            "lines.L1: error[unconvertible_quantity]: Line `L1`. Rule `R`: `METRE` does not convert into `HOUR` of "
            "`STOCK`. Say under `quantity` what one source contributes."
        )
    ]


def test_what_rounds_to_nothing_makes_no_line_and_says_so() -> None:
    catalog = cable("FOOT", "REEL")
    found = decomposed(an_order({"L1": {"product": "CABLE"}}), catalog)
    assert technical(found) == {}
    assert [(each.verdict, each.why) for each in found.trace] == [
        (Verdict.CONDITION_FALSE, "its quantity, converted, gives no quantity")
    ]


@pytest.mark.parametrize(
    ("unit", "quantity", "message", "hint"),
    [
        ("METRE", "1.25", "is counted in `METRE` with 1 decimal place, not 1.25.", "Round the quantity: 1.3."),
        ("REEL", "1.5", "is counted in whole `REEL`, not 1.5.", "Round the quantity: 2."),
    ],
)
def test_an_order_finer_than_the_unit_is_refused(unit: str, quantity: str, message: str, hint: str) -> None:
    found = refused(an_order({"L1": {"product": "CABLE", "quantity": quantity}}), cable(unit, unit))
    assert checks(found) == ["quantity_scale"]
    assert (found.issues[0].message, found.issues[0].hint) == (f"Line `L1`: `CABLE` {message}", hint)
    assert found.issues[0].path == ("lines", "L1", "quantity")


def test_zeros_at_the_end_are_no_decimal_places() -> None:
    assert stocked(cable("REEL", "REEL"), "2.00") == 2


def test_the_quantity_of_a_derived_line_is_rounded_to_its_unit() -> None:
    catalog = a_catalog(
        units=UNITS,
        products={
            "ROLL": {"name": "Roll", "unit": "METRE", "components": {"CLIP": {"default": 3, "min": 1}}},
            "CLIP": {"name": "Clip", "unit": "PIECE"},
        },
    )
    found = decomposed(an_order({"L1": {"product": "ROLL", "quantity": "1.5"}}), catalog)
    assert [(each.id, each.quantity) for each in found.lines] == [("L1", Decimal("1.5")), ("L1.CLIP", Decimal(5))]


@pytest.mark.parametrize(
    ("number", "places"), [("1", 0), ("1.0", 0), ("1.50", 1), ("0.001", 3), ("1E+3", 0), ("0.00", 0), ("100", 0)]
)
def test_decimal_places_are_those_that_a_number_needs(number: str, places: int) -> None:
    assert decimals(Decimal(number)) == places


def test_converting_there_and_back_keeps_the_quantity_to_the_scale_of_its_unit() -> None:
    foot = Unit(code="FOOT", name="Foot", scale=2, base="METRE", factor=Decimal("0.3048"))
    metre = Unit(code="METRE", name="Metre", scale=9)
    for quantity in (Decimal("0.01"), Decimal("17.23"), Decimal("123456789.99")):
        assert foot.rounded(converted(metre.rounded(converted(quantity, foot, metre)), metre, foot)) == quantity

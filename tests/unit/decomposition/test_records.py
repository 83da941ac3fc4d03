"""What expressions read of orders and lines."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from catalog.expressions import parse
from catalog.values import Value
from decomposition.model import OrderPlan
from decomposition.records import tables_of
from tests.unit.decomposition.builders import a_catalog, an_order, planned


def a_plan() -> OrderPlan:
    catalog = a_catalog(
        products={"P": {"name": "Phone", "attributes": {"colour": {"type": "text"}, "due": {"type": "date"}}}},
        technical_products={"T": {"name": "Parcel", "scope": "order"}},
        decomposition_rules={"R": {"product": "P", "target": "T"}},
        step_groups={"g": {"steps": {"s": {"type": "milestone"}}}},
        scenarios={"S": {"product": "T", "group": "g"}},
    )
    lines = {
        "L1": {"product": "P", "quantity": 3, "price": "9.99", "attributes": {"due": "2026-12-24"}, "ship_to": "HOME"},
        "L2": {"product": "P"},
    }
    return planned(an_order(lines, addresses={"HOME": {"street": "1 Pole", "city": "Oslo"}}), catalog)


def ask(source: str) -> Value:
    plan = a_plan()
    names: Mapping[str, Value] = {
        "order": plan.records.order,
        "line": plan.records.line(plan.line("L1")),
        "parcel": plan.records.line(plan.line("T")),
    }
    return parse(source).evaluate(names)


def test_an_amount_is_price_times_quantity_or_null() -> None:
    assert ask("line.amount") == Decimal("29.97")
    assert ask("parcel.amount") is None


def test_a_line_has_its_title_address_and_typed_attributes() -> None:
    assert ask("line.title + ' to ' + line.ship_to.city") == "Phone to Oslo"
    assert ask("line.attributes.due < date('2026-12-25')") is True
    assert ask("line.attributes.colour") is None


def test_a_technical_line_has_the_commercial_lines_behind_it() -> None:
    assert ask("[each.id for each in parcel.origin]") == ("L1", "L2")
    assert ask("len(parcel.origin[0].origin)") == 0


def test_an_order_has_its_commercial_lines_only() -> None:
    assert ask("[each.id for each in order.lines]") == ("L1", "L2")


def test_value_tables_are_typed() -> None:
    table = a_catalog(value_tables={"t": {"key": "integer", "value": "boolean", "rows": {1: True}}}).value_tables
    assert tables_of(table) == {"t": {1: True}}

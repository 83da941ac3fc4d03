"""Small catalogs and orders, written as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.decompose import decompose
from decomposition.decomposed import Decomposition
from decomposition.lines import Line
from decomposition.model import OrderPlan, Step
from decomposition.order import Order
from decomposition.plan import plan

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


def a_catalog(**sections: object) -> Catalog:
    """Return the catalog with these sections."""
    return Catalog.model_validate(sections)


def an_order(lines: Mapping[str, object] | None = None, **fields: object) -> Order:
    """Return an order of these lines by id."""
    return Order.model_validate({"number": "SO-1", "account": "ACME", "lines": lines or {}, **fields})


def decomposed(order: Order, catalog: Catalog) -> Decomposition:
    """Return the lines of an order that is accepted."""
    found = decompose(order, catalog, now=NOW)
    assert isinstance(found, Decomposition), found
    return found


def planned(order: Order, catalog: Catalog) -> OrderPlan:
    """Return the plan of an order that is accepted."""
    found = plan(order, catalog, now=NOW)
    assert isinstance(found, OrderPlan), found
    return found


def refused(order: Order, catalog: Catalog) -> Refused:
    """Return the refusal of an order."""
    found = plan(order, catalog, now=NOW)
    assert isinstance(found, Refused), found
    return found


def checks(refusal: Refused) -> list[str]:
    """Return which checks refused, sorted."""
    return sorted(each.check for each in refusal.issues)


def technical(found: Decomposition | OrderPlan) -> dict[str, Line]:
    """Return the technical lines by id."""
    return {line.id: line for line in found.lines if line.kind == "technical"}


def step(found: OrderPlan, code: str) -> Step:
    """Return the step of this id."""
    step = found.step(code)
    assert step is not None, [each.id for each in found.steps]
    return step


def waits(found: OrderPlan) -> dict[str, list[str]]:
    """Return what each step waits for."""
    return {each.id: [after.step for after in each.after] for each in found.steps}


def value(line: Line, name: str) -> object:
    """Return an attribute's value."""
    return next(each.value for each in line.attributes if each.name == name)

"""The new version of an order as it is compared with the former one: what does not count is as it was before (A1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from catalog.catalog import Catalog
from catalog.products import Attribute
from catalog.values import NamedValue, NamedValues
from decomposition.lines import Line
from decomposition.model import OrderPlan


def as_compared(plan: OrderPlan, new: OrderPlan, catalog: Catalog) -> OrderPlan:
    """Return `new` with the values that `plan` has of attributes declared as not compared in flight."""
    before = {line.id: line for line in plan.lines}
    lines = tuple(_line(line, before[line.id], catalog) if line.id in before else line for line in new.lines)
    attributes = _as_before(new.order_attributes, plan.order_attributes, catalog.order_attributes)
    if lines == new.lines and attributes == new.order_attributes:
        return new
    update = {"lines": lines, "order_attributes": attributes}
    # A copy would take along what the new plan has worked out of itself.
    return OrderPlan(**{**{name: getattr(new, name) for name in OrderPlan.model_fields}, **update})


def _line(line: Line, before: Line, catalog: Catalog) -> Line:
    if line.product != before.product:
        return line
    found = _as_before(line.attributes, before.attributes, catalog.attributes_of(line.product))
    return line if found is line.attributes else line.model_copy(update={"attributes": found})


def _as_before(values: NamedValues, before: NamedValues, declared: Iterable[Attribute]) -> NamedValues:
    ignored = frozenset(each.name for each in declared if not each.compared_in_flight)
    if not ignored:
        return values
    known: Mapping[str, NamedValue] = {each.name: each for each in before}
    return tuple(known.get(each.name, each) if each.name in ignored else each for each in values)

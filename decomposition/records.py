"""Records: what expressions read of an order, its lines and a step. Each is built once and shared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from catalog.expressions import Tables
from catalog.products import ScopeKind
from catalog.rules import ValueTable
from catalog.values import NamedValues, Scalar, Value, as_record, coerce
from decomposition.assets import Asset
from decomposition.lines import Line, LineId, LineKind
from decomposition.order import Address, Order

if TYPE_CHECKING:
    from decomposition.model import Definition, OrderPlan, Step

Record: TypeAlias = dict[str, Value]
"""A record by field name."""

Former: TypeAlias = "Callable[[str], OrderPlan]"
"""Gives a stored plan of the same order by its digest, to read what `Step.data_of` names."""


class Records:
    """The records of one order: `order` at once, those of lines when first asked for.

    `titles` is keyed by product code. Technical lines that appear later are built from the lines they are asked with.
    `order.lines` has no cancelled ones.
    """

    def __init__(
        self,
        order: Order,
        attributes: NamedValues,
        lines: Iterable[Line],
        titles: Mapping[str, str],
        assets: Iterable[Asset] = (),
    ) -> None:
        self._titles = titles
        self._assets = {each.id: asset_record(each) for each in assets}
        self._addresses = {each.id: address_record(each) for each in order.addresses}
        commercial = [line for line in lines if line.kind is LineKind.COMMERCIAL]
        self._bare = {line.id: self._record(line, ()) for line in commercial}
        self._lines: dict[LineId, Record] = {}
        self.order: Record = order_record(order, attributes, self._addresses)
        self.order["lines"] = tuple(self.line(line) for line in commercial if not line.cancelled)

    def line(self, line: Line) -> Record:
        """Return the record of a line, with the commercial lines behind it."""
        if line.id not in self._lines:
            self._lines[line.id] = self._record(line, tuple(self._bare[each] for each in line.origin))
        return self._lines[line.id]

    def _record(self, line: Line, origin: tuple[Record, ...]) -> Record:
        title = self._titles.get(line.product, line.product)
        ship_to = self._addresses.get(line.ship_to) if line.ship_to else None
        return line_record(line, title, ship_to, origin, self._assets.get(line.asset) if line.asset else None)


def order_record(order: Order, attributes: NamedValues, addresses: Mapping[str, Record]) -> Record:
    """Return what `order` gives, but for its `lines`."""
    return {
        "number": order.number,
        "account": order.account,
        "priority": order.priority.value,
        "currency": order.currency,
        "order_date": order.order_date,
        "requested_start": order.requested_start,
        "requested_completion": order.requested_completion,
        "ship_to": addresses.get(order.ship_to) if order.ship_to else None,
        "bill_to": order.bill_to,
        "attributes": as_record(attributes),
    }


def line_record(
    line: Line, title: str, ship_to: Record | None, origin: tuple[Record, ...], asset: Record | None = None
) -> Record:
    """Return what `line`, `source` and `bundle` give; `asset` is what the line meets, as it was."""
    return {
        "id": line.id,
        "kind": line.kind.value,
        "product": line.product,
        "title": title,
        "quantity": line.quantity,
        "action": line.action.value,
        "parent": line.parent,
        "root": line.root,
        "attributes": as_record(line.attributes),
        "ship_to": ship_to,
        "bill_to": line.bill_to,
        "requested_date": line.requested_date,
        "price": line.price,
        "amount": None if line.price is None else line.price * line.quantity,
        "term": line.term,
        "asset": asset,
        "origin": origin,
    }


def asset_record(asset: Asset) -> Record:
    """Return what `line.asset` gives: what the customer had before the order."""
    return {"id": asset.id, "quantity": asset.quantity, "term": asset.term, "attributes": as_record(asset.attributes)}


def address_record(address: Address) -> Record:
    """Return what `ship_to` gives."""
    return {
        "id": address.id,
        "name": address.name,
        "street": address.street,
        "postal_code": address.postal_code,
        "city": address.city,
        "country": address.country,
    }


def no_former(digest: str) -> OrderPlan:
    """Give no plan: for those who know that no step reads another plan's data.

    Raises:
        LookupError: a step does.
    """
    raise LookupError(f"a step reads the data of the plan {digest[:12]}, which is not at hand")


def step_names(plan: OrderPlan, step: Step, former: Former = no_former) -> Record:
    """Return what a step's condition, input and request read, but for `steps`, `input` and `callback`.

    A step with `data_of` reads the order and its lines as they were in that plan, which `former` gives.
    """
    read, known = data_of(plan, step, former)
    return names_in(read, known, plan.definition_of(step), step.id)


def data_of(plan: OrderPlan, step: Step, former: Former = no_former) -> tuple[OrderPlan, Step]:
    """Return the plan whose data a step of `plan` reads, and the step as that plan has it, if it does."""
    if not step.data_of:
        return plan, step
    read = former(step.data_of)
    return read, read.step(step.id) or step


def names_in(plan: OrderPlan, step: Step, definition: Definition, code: str) -> Record:
    """Return what a step called `code` reads of a plan, about the lines of `step`."""
    lines = tuple(plan.records.line(plan.line(each)) for each in step.sources)
    names: Record = {
        "order": plan.records.order,
        "lines": lines,
        "step": {"id": code, "title": definition.title, "undoes": step.undoes, "amends": step.amends},
    }
    if definition.step.scope.kind is ScopeKind.LINE:
        names["line"] = lines[0]
    return names


def tables_of(tables: Iterable[ValueTable]) -> Tables:
    """Return value tables as expressions look them up: by name, from typed key to typed value."""
    return {each.name: table_values(each) for each in tables}


def table_values(table: ValueTable) -> dict[Scalar, Value]:
    """Return the rows of a table, keys and values of their declared types."""
    return {coerce(row.key, table.key): coerce(row.value, table.value) for row in table.rows}

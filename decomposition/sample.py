"""The smallest order of a product: enough to plan it, so that what catalogs make of the product can be compared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from catalog.base import Code
from catalog.catalog import Catalog
from catalog.products import Attribute, CommercialProduct, Component
from catalog.values import ValueType, to_text
from decomposition.order import Address, Given, Order, OrderLine

_ADDRESS = Address(id="SAMPLE", name="Sample", street="1 Sample Street", postal_code="00000", city="Sample")
_TERM = 12


def sample_order(catalog: Catalog, product: CommercialProduct, now: datetime) -> Order:
    """Return an order of one of a product, with the parts that it requires and values for what must be given.

    Required attributes without default get their first choice, else the least value that they take. It is dated to a
    day on which the product is sold, has an address to ship and bill to, and prices.
    """
    on = _day(product, now)
    given = _given(catalog.order_attributes, on)
    return Order(
        number="SAMPLE",
        account="SAMPLE",
        order_date=on,
        addresses=(_ADDRESS,),
        ship_to=_ADDRESS.id,
        bill_to=_ADDRESS.id,
        attributes=given,
        lines=tuple(_Lines(catalog, on).of(product)),
    )


def _day(product: CommercialProduct, now: datetime) -> date:
    today = now.astimezone(UTC).date()
    if product.is_effective(today):
        return today
    last = product.effective_until - timedelta(days=1) if product.effective_until else today
    return product.effective_from or last


class _Lines:
    """The lines of an order as they are counted: `L1` is what is ordered, parts follow."""

    def __init__(self, catalog: Catalog, on: date) -> None:
        self._catalog = catalog
        self._on = on
        self._count = 0

    def of(
        self, product: CommercialProduct, quantity: Decimal = Decimal(1), parent: Code | None = None,
        inside: tuple[Code, ...] = (),
    ) -> Iterator[OrderLine]:  # fmt: skip
        self._count += 1
        line = OrderLine(
            id=f"L{self._count}",
            product=product.code,
            quantity=quantity,
            parent=parent,
            attributes=_given(self._catalog.attributes_of(product.code), self._on),
            price=Decimal(1),
            term=_TERM,
        )
        yield line
        for component in product.components:
            part = self._part(component, product) if component.min > 0 else None
            # What is missing or in itself is left to planning, which says so.
            if part is not None and part.code not in (*inside, product.code):
                yield from self.of(part, component.default, line.id, (*inside, product.code))

    def _part(self, component: Component, bundle: CommercialProduct) -> CommercialProduct | None:
        named = self._catalog.commercial(component.default_product or component.product)
        members = self._catalog.members(component.product) if named is None else ()
        fitting = (each for each in members if self._catalog.component_of(each.code, bundle) == component)
        return named or next((each for each in fitting if each.is_effective(self._on)), None)


def _given(attributes: tuple[Attribute, ...], on: date) -> tuple[Given, ...]:
    wanted = (each for each in attributes if each.required and each.default is None)
    return tuple(Given(name=each.name, value=_value(each, on)) for each in wanted)


def _value(attribute: Attribute, on: date) -> str | None:
    if attribute.choices:
        return attribute.choices[0]
    if attribute.min is not None:
        return attribute.min
    if attribute.max is not None:
        return attribute.max
    match attribute.type:
        case ValueType.DATE:
            return to_text(on)
        case ValueType.DATETIME:
            return to_text(datetime.combine(on, datetime.min.time(), UTC))
        case ValueType.BOOLEAN:
            return "true"
        case ValueType.TEXT | ValueType.CHOICE:
            return "sample"
        case _:
            return "1"

"""The order as submitted (`domain.md` O1, O2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated

from pydantic import BeforeValidator, Field

from catalog.base import Code, Frozen, Name, OrderNumber, digest
from catalog.fields import Literal, from_mapping, sorted_by
from catalog.rules import LineAction, Priority
from catalog.units import MAX_SCALE

QUANTITY_DIGITS = 28
"""Most digits of a quantity: as many as expressions compute with exactly."""


class Given(Frozen):
    """An attribute as the submitter wrote it; its type comes from the catalog."""

    name: Name
    value: Literal | None


def _given(raw: object) -> object:
    if isinstance(raw, Mapping):
        return tuple({"name": name, "value": value} for name, value in raw.items())
    return raw


GivenAttributes = Annotated[tuple[Given, ...], BeforeValidator(_given), sorted_by("name")]


class Address(Frozen):
    """Where something goes; lines name it by `id`, so that no personal data enters ids."""

    id: Code
    name: str = ""
    street: str
    postal_code: str = ""
    city: str
    country: str = Field(default="", max_length=2)


class Party(Frozen):
    """Somebody concerned by the order."""

    id: Code
    name: str
    email: str = ""


class OrderLine(Frozen):
    """One line; what it does not say of ship-to, bill-to and requested date is the order's. `term` is in months."""

    id: Code
    product: Code
    quantity: Decimal = Field(default=Decimal(1), gt=0, max_digits=QUANTITY_DIGITS, decimal_places=MAX_SCALE)
    action: LineAction = LineAction.ADD
    parent: Code | None = None
    attributes: GivenAttributes = ()
    ship_to: Code | None = None
    bill_to: Code | None = None
    requested_date: date | None = None
    price: Decimal | None = Field(default=None, ge=0)
    term: int | None = Field(default=None, gt=0)
    asset: str | None = None


class Order(Frozen):
    """A request by an account; `price` of a line is per unit, in `currency`."""

    number: OrderNumber
    account: Code
    order_date: date | None = None
    requested_start: date | None = None
    requested_completion: date | None = None
    priority: Priority = Priority.NORMAL
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    parties: Annotated[tuple[Party, ...], from_mapping("id"), sorted_by("id")] = ()
    addresses: Annotated[tuple[Address, ...], from_mapping("id"), sorted_by("id")] = ()
    ship_to: Code | None = None
    bill_to: Code | None = None
    attributes: GivenAttributes = ()
    lines: Annotated[tuple[OrderLine, ...], from_mapping("id"), sorted_by("id")] = ()

    @cached_property
    def digest(self) -> str:
        """The order's identity, by content: a repeated submit of the same content is the same order."""
        return digest(self.model_dump_json())

    def address(self, code: str | None) -> Address | None:
        """Return the address of this id, or None."""
        return next((each for each in self.addresses if each.id == code), None)

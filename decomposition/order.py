"""The order as submitted (`domain.md` O1, O2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from catalog.base import Code, Frozen, Name, OrderNumber, digest
from catalog.fields import Literal, from_mapping, sorted_by
from catalog.rules import LineAction, Priority
from catalog.units import MAX_SCALE

QUANTITY_DIGITS = 28
"""Most digits of a quantity: as many as expressions compute with exactly."""


class Given(Frozen):
    """An attribute as the submitter wrote it; its type comes from the catalog."""

    name: Name
    """Name of the attribute."""
    value: Literal | None
    """Its value."""


def _given(raw: object) -> object:
    if isinstance(raw, Mapping):
        return tuple({"name": name, "value": value} for name, value in raw.items())
    return raw


GivenAttributes = Annotated[
    tuple[Given, ...],
    BeforeValidator(_given, json_schema_input_type=Mapping[Name, Literal | None]),
    sorted_by("name"),
]


class Address(Frozen):
    """Where something goes; lines name it by `id`, so that no personal data enters ids."""

    id: Code
    """What lines call it."""
    name: str = ""
    """Who lives there."""
    street: str
    """Street and number."""
    postal_code: str = ""
    """Postal code."""
    city: str
    """City."""
    country: str = Field(default="", max_length=2)
    """Country, by its two letters."""


class Party(Frozen):
    """Somebody concerned by the order."""

    id: Code
    """What the order calls it."""
    name: str
    """What people read."""
    email: str = ""
    """Where mail reaches them."""


class OrderLine(Frozen):
    """One line; what it does not say of ship-to, bill-to and requested date is the order's. `term` is in months."""

    id: Code
    """What plans and commands call it; once in the order."""
    product: Code
    """Code of the commercial product."""
    quantity: Decimal | None = Field(default=None, gt=0, max_digits=QUANTITY_DIGITS, decimal_places=MAX_SCALE)
    """How many, in the product's unit; if left out, 1, or as many as there are of what the line changes."""
    action: LineAction = LineAction.ADD
    """What is asked for."""
    parent: Code | None = None
    """The line of the bundle that it is part of."""
    attributes: GivenAttributes = ()
    """Values of the product's attributes, by name."""
    ship_to: Code | None = None
    """Id of the address that it goes to; the order's if left out."""
    bill_to: Code | None = None
    """Account that is billed; the order's if left out."""
    requested_date: date | None = None
    """When it is wanted; the order's requested completion if left out."""
    price: Decimal | None = Field(default=None, ge=0, max_digits=28)
    """Price of one, in the order's currency."""
    term: int | None = Field(default=None, gt=0, le=12_000)
    """How long it runs, in months."""
    asset: str | None = None
    """What the customer has that the line changes: an asset's id; if left out, the only one of the product."""

    @model_validator(mode="before")
    @classmethod
    def _one(cls, raw: object) -> object:
        # Told here, since what is added has a quantity in every text of the order: its digest covers it.
        if isinstance(raw, Mapping) and raw.get("quantity") is None and raw.get("action", "add") == LineAction.ADD:
            return {**raw, "quantity": Decimal(1)}
        return raw


class Order(Frozen):
    """A request by an account; `price` of a line is per unit, in `currency`."""

    number: OrderNumber
    """What everybody calls it; chosen by whoever hands it in, and once for ever."""
    account: Code
    """Who orders."""
    order_date: date | None = None
    """Day on which it was placed; decides which products and rules are in force."""
    requested_start: date | None = None
    """Day from which on it may be fulfilled."""
    requested_completion: date | None = None
    """Day on which all is to be done."""
    priority: Priority = Priority.NORMAL
    """How urgent it is."""
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    """Currency of all its prices."""
    parties: Annotated[tuple[Party, ...], from_mapping("id"), sorted_by("id")] = ()
    """Who is concerned, by id."""
    addresses: Annotated[tuple[Address, ...], from_mapping("id"), sorted_by("id")] = ()
    """Where things go, by id."""
    ship_to: Code | None = None
    """Id of the address that lines go to which name none."""
    bill_to: Code | None = None
    """Account that is billed for lines which name none."""
    attributes: GivenAttributes = ()
    """Values of the catalog's order attributes, by name."""
    lines: Annotated[tuple[OrderLine, ...], from_mapping("id"), sorted_by("id")] = ()
    """What is ordered, by id."""

    @cached_property
    def digest(self) -> str:
        """The order's identity, by content: a repeated submit of the same content is the same order."""
        return digest(self.model_dump_json())

    def address(self, code: str | None) -> Address | None:
        """Return the address of this id, or None."""
        return next((each for each in self.addresses if each.id == code), None)

"""What moves goods and rights: inventory, shipping, licensing, warranty."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field
from typing_extensions import override

from examples.smartbytes.backoffice.books import Books, Call
from examples.smartbytes.backoffice.requests import (
    Callback,
    Done,
    EffectRequest,
    Line,
    Problem,
    Refusal,
    Shipment,
    Text,
    numbered,
    scrambled,
    unknown_id,
)
from examples.smartbytes.backoffice.undoing import turned_around

WAREHOUSE = "reno"


class StockLine(Line):
    """A line of something that lies in the warehouse."""

    product: Text


class _Stocked(EffectRequest):
    lines: Annotated[tuple[StockLine, ...], Field(min_length=1)]

    def by_product(self) -> dict[str, Decimal]:
        """Return the quantity of each product over all lines, by product code."""
        totals: dict[str, Decimal] = {}
        for each in self.lines:
            totals[each.product] = totals.get(each.product, Decimal(0)) + each.quantity
        return totals


class Reserve(_Stocked):
    """Sets stock aside for an order; all lines or none."""

    @override
    def perform(self, books: Books, call: Call) -> Done | Refusal:
        wanted = self.by_product()
        short = tuple(_shortage(books, product, asked) for product, asked in wanted.items())
        problems = tuple(each for each in short if each)
        if problems:
            text = "; ".join(f"`{each.field}`: {each.problem}" for each in problems)
            return Refusal(422, "OUT_OF_STOCK", f"Not enough stock at `{WAREHOUSE}`. {text}.", problems)
        for product, asked in wanted.items():
            books.set_stock(product, books.stock(product) - asked)
        return Done({"reservation_id": numbered("RES", call), "warehouse": WAREHOUSE})


def _shortage(books: Books, product: str, asked: Decimal) -> Problem | None:
    there = books.stock(product)
    return Problem(field=product, problem=f"{asked:f} asked, {there:f} in stock") if there < asked else None


class Release(_Stocked):
    """Puts reserved stock back; a named reservation must be one of this order.

    With `undoes` only what that step has reserved, and nobody has put back yet.
    """

    reservation_id: Text | None = None
    undoes: Text | None = None

    @override
    def perform(self, books: Books, call: Call) -> Done | Refusal:
        named = self.reservation_id
        if named and not books.has_answered(self.order, "inventory", "reserve", "reservation_id", named):
            return unknown_id("reservation_id", named, self.order)
        reserved = None if self.undoes is None else turned_around(self.order, self.undoes, books, call)
        lines = {each.line for each in self.lines if reserved is None} | {each.line for each in reserved or ()}
        for each in self.lines:
            if each.line in lines:
                books.set_stock(each.product, books.stock(each.product) + each.quantity)
        answer = {"reservation_id": named or numbered("REL", call), "warehouse": WAREHOUSE}
        return Done(answer, entries=reserved)


class Ship(EffectRequest):
    """Hands goods to a carrier: answered at once with a tracking number, confirmed to the callback when delivered."""

    lines: Annotated[tuple[Line, ...], Field(min_length=1)]
    ship_to: Text
    callback: Callback
    carrier: Text = "Sierra Parcel"
    warehouse: Text = WAREHOUSE
    reservation_id: Text | None = None

    @override
    def perform(self, books: Books, call: Call) -> Done | Refusal:
        named = self.reservation_id
        if named and not books.has_answered(self.order, "inventory", "reserve", "reservation_id", named):
            return unknown_id("reservation_id", named, self.order)
        shipment_id = numbered("SHP", call)
        tracking = f"SB{int(scrambled('tracking', self.order, call.sequence)[:12], 16) % 10**10:010d}"
        lines = tuple(each.line for each in self.lines)
        shipment = Shipment(shipment_id, lines, self.callback, self.carrier, tracking)
        answer = {"shipment_id": shipment_id, "tracking_number": tracking, "carrier": self.carrier}
        return Done(answer, status=202, shipment=shipment)


class Activate(EffectRequest):
    """Activates a licence for the lines named."""

    lines: Annotated[tuple[Line, ...], Field(min_length=1)]

    @override
    def perform(self, books: Books, call: Call) -> Done | Refusal:
        digits = scrambled("licence", self.order, call.sequence)[:20].upper()
        key = "-".join(digits[at : at + 5] for at in range(0, 20, 5))
        return Done({"licence_key": key, "activated_at": call.at.isoformat()})


class Register(EffectRequest):
    """Registers a warranty, from `starts_on` (today if not given) for whole years."""

    lines: Annotated[tuple[Line, ...], Field(min_length=1)]
    years: Annotated[int, Field(ge=1, le=10)] = 1
    starts_on: date | None = None

    @override
    def perform(self, books: Books, call: Call) -> Done | Refusal:
        until = _years_later(self.starts_on or call.at.date(), self.years)
        return Done({"registration_number": numbered("WAR", call), "valid_until": until.isoformat()})


def _years_later(day: date, years: int) -> date:
    # A warranty that begins on 29 February ends on the last day of a February.
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + years, day=28 if leap_day and years % 4 else day.day)

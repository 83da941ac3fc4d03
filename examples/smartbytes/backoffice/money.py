"""What moves money and promises: payments, billing, revenue, obligations, compensation."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field
from typing_extensions import override

from examples.smartbytes.backoffice.books import Books, Call
from examples.smartbytes.backoffice.requests import (
    Amount,
    Currency,
    Done,
    EffectRequest,
    Line,
    Refusal,
    SignedAmount,
    Text,
    numbered,
    unknown_id,
)


class _Payment(EffectRequest):
    account: Text
    amount: Amount
    currency: Currency

    @override
    def total(self) -> Decimal | None:
        return self.amount

    def declined(self, books: Books) -> Refusal | None:
        """Return the refusal of a blocked account's payments."""
        if not books.is_blocked(self.account):
            return None
        message = f"The card of account `{self.account}` was declined. Use another account, or unblock this one."
        return Refusal(402, "CARD_DECLINED", message)

    def receipt(self, payment_id: str) -> Done:
        """Return the answer of a payment that went through."""
        return Done({"payment_id": payment_id, "amount": format(self.amount, "f"), "currency": self.currency})


class Authorize(_Payment):
    """Reserves an amount on the account's card."""

    @override
    def perform(self, books: Books, call: Call) -> Done | Refusal:
        return self.declined(books) or self.receipt(numbered("PAY", call))


class Capture(_Payment):
    """Takes an amount from the account's card; a named payment must have been authorised for this order."""

    payment_id: Text | None = None

    @override
    def perform(self, books: Books, call: Call) -> Done | Refusal:
        named = self.payment_id
        if named and not books.has_answered(self.order, "payments", "authorize", "payment_id", named):
            return unknown_id("payment_id", named, self.order)
        return self.declined(books) or self.receipt(named or numbered("PAY", call))


class BilledLine(Line):
    """A line with what it costs."""

    amount: SignedAmount


class Invoice(EffectRequest):
    """Bills lines to somebody; the total is the sum of the lines' amounts."""

    lines: Annotated[tuple[BilledLine, ...], Field(min_length=1)]
    bill_to: Text
    currency: Currency

    @override
    def perform(self, books: Books, call: Call) -> Done | Refusal:
        total = sum((each.amount for each in self.lines), Decimal(0))
        number = numbered("INV", call)
        return Done({"invoice_number": number, "total": format(total, "f"), "currency": self.currency})


class Recognize(EffectRequest):
    """Recognises revenue for the lines named; a negative amount reverses."""

    lines: Annotated[tuple[Line, ...], Field(min_length=1)]
    amount: SignedAmount
    currency: Currency
    obligation_id: Text | None = None

    @override
    def total(self) -> Decimal | None:
        return self.amount

    @override
    def perform(self, books: Books, call: Call) -> Done | Refusal:
        return Done({"entry_id": numbered("REV", call), "amount": format(self.amount, "f"), "currency": self.currency})


class Open(EffectRequest):
    """Opens a performance obligation, with the part of the price allocated to it if that is known."""

    amount: Amount | None = None
    currency: Currency | None = None

    @override
    def total(self) -> Decimal | None:
        return self.amount

    @override
    def perform(self, books: Books, call: Call) -> Done | Refusal:
        return Done({"obligation_id": numbered("OBL", call)})


class Satisfy(EffectRequest):
    """Declares an obligation of this order satisfied, with the evidence for it."""

    obligation_id: Text
    evidence: Text | None = None

    @override
    def perform(self, books: Books, call: Call) -> Done | Refusal:
        if not books.has_answered(self.order, "obligations", "open", "obligation_id", self.obligation_id):
            return unknown_id("obligation_id", self.obligation_id, self.order)
        return Done({"obligation_id": self.obligation_id, "satisfied_at": call.at.isoformat()})


class Accrue(EffectRequest):
    """Accrues a commission for a seller; a negative amount claws back."""

    amount: SignedAmount
    currency: Currency
    seller: Text | None = None

    @override
    def total(self) -> Decimal | None:
        return self.amount

    @override
    def perform(self, books: Books, call: Call) -> Done | Refusal:
        commission = numbered("COM", call)
        return Done({"commission_id": commission, "amount": format(self.amount, "f"), "currency": self.currency})

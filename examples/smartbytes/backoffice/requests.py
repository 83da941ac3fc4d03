"""What every request to a system has in common, and the two ways it can end: done or refused."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator

from examples.smartbytes.backoffice.books import Books, Call
from examples.smartbytes.backoffice.ledger import Entry, round_of


def _decimal_text(raw: object) -> object:
    # A JSON number becomes a binary fraction on many a client; only text keeps an amount exact.
    if not isinstance(raw, str):
        raise ValueError('must be text such as "12.50"')
    return raw


def _exact(raw: object) -> object:
    return str(raw) if isinstance(raw, float) else raw


Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Amount = Annotated[Decimal, BeforeValidator(_decimal_text), Field(ge=0, max_digits=15, decimal_places=4)]
SignedAmount = Annotated[Decimal, BeforeValidator(_decimal_text), Field(max_digits=15, decimal_places=4)]
Quantity = Annotated[Decimal, BeforeValidator(_exact), Field(gt=0, max_digits=12, decimal_places=4)]
Stocked = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, max_digits=12, decimal_places=4)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Wire(BaseModel):
    """What comes in as JSON: immutable, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(Wire):
    """One line an effect touches; `amount` is the amount of the whole line, not of one unit."""

    line: Text
    quantity: Quantity
    product: Text | None = None
    amount: SignedAmount | None = None


class Callback(Wire):
    """Where a later answer goes: address, and the caller's own word for what is answered.

    A caller that agreed on a bearer token with the back office beforehand sends none; it would stand in every log.
    """

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+\S*$", max_length=2000)]
    token: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]*$", max_length=2000)] = ""
    correlation: Text


class Problem(Wire):
    """One thing wrong with a request; `field` is its path, `lines.0.quantity`."""

    field: str
    problem: str


@dataclass(frozen=True)
class Shipment:
    """A delivery that will be confirmed later."""

    shipment_id: str
    lines: tuple[str, ...]
    callback: Callback
    carrier: str
    tracking: str


@dataclass(frozen=True)
class Done:
    """The effect happens: status and body of the answer, and what is confirmed later.

    `entries` are those of the ledger, where the request alone does not tell them.
    """

    answer: Mapping[str, str]
    status: int = 200
    shipment: Shipment | None = None
    entries: tuple[Entry, ...] | None = None


@dataclass(frozen=True)
class Refusal:
    """The system does not do it, for a reason of its business; nothing has changed."""

    status: int
    code: str
    message: str
    problems: tuple[Problem, ...] = field(default=())


class EffectRequest(Wire, ABC):
    """A request for an effect: the order and step it is for, and the lines it touches, each named once."""

    order: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    step: Text
    lines: tuple[Line, ...] = ()

    @field_validator("lines")
    @classmethod
    def _named_once(cls, lines: tuple[Line, ...]) -> tuple[Line, ...]:
        # The ledger counts effects by line, so two entries for one line of one call would look like a doubled effect.
        names = [each.line for each in lines]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(
                f"every line may be listed once; listed again: {', '.join(f'`{each}`' for each in repeated)}"
            )
        return lines

    @abstractmethod
    def perform(self, books: Books, call: Call) -> Done | Refusal:
        """Have the effect in the books and return the answer, or return why not and change nothing."""

    def total(self) -> Decimal | None:
        """Return the amount of the request as a whole, if it has one."""
        return None

    def entries(self, call: Call) -> tuple[Entry, ...]:
        """Return the ledger entries of this effect: one per line, or one for the order if no line is named.

        A line without an amount of its own carries that of the request.
        """
        if not self.lines:
            return (self._entry(call, "", None, self.total()),)
        return tuple(self._entry(call, each.line, each.quantity, self._amount(each)) for each in self.lines)

    def _amount(self, line: Line) -> Decimal | None:
        return self.total() if line.amount is None else line.amount

    def _entry(self, call: Call, line: str, quantity: Decimal | None, amount: Decimal | None) -> Entry:
        return Entry(
            sequence=call.sequence,
            at=call.at,
            system=call.system,
            operation=call.operation,
            order=self.order,
            line=line,
            quantity=quantity,
            amount=amount,
            key=call.key,
            round=round_of(call.key, self.order),
        )


def numbered(prefix: str, call: Call) -> str:
    """Return the id of what a call makes: `PAY-000042`."""
    return f"{prefix}-{call.sequence:06d}"


def scrambled(*parts: str | int) -> str:
    """Return 64 hexadecimal digits that belong to the parts and tell nothing about them."""
    return hashlib.sha256("/".join(str(part) for part in parts).encode()).hexdigest()


def unknown_id(field_name: str, value: str, order: str) -> Refusal:
    """Return the refusal of a request that names something this order does not have: `PAYMENT_UNKNOWN`."""
    code = f"{field_name.removesuffix('_id').upper()}_UNKNOWN"
    message = f"Order `{order}` has no `{field_name}` `{value}`. Send the one that was answered for this order."
    return Refusal(422, code, message, (Problem(field=field_name, problem="unknown for this order"),))

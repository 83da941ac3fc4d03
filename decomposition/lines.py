"""Lines as planned: the order's, completed, and the technical ones, with where they came from (`domain.md` D2-D4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from catalog.base import Code, Frozen
from catalog.rules import LineAction
from catalog.values import NamedValues

LineId = str
"""Id of a commercial line as ordered (derived ones: `PARENT.PRODUCT`), or of a technical one (`domain.md` D1)."""


class LineKind(StrEnum):
    """Whether the customer ordered it or operations deliver it."""

    COMMERCIAL = "commercial"
    TECHNICAL = "technical"


class Source(Frozen):
    """One contribution to a technical line: from which line, by which rule, how much, doing what.

    `values` are what it gives of the attributes that declare how to merge, if the line becomes an asset. A source that
    contributes no more has the action `cancel`.
    """

    line: LineId
    rule: Code
    quantity: Decimal
    action: LineAction
    # Left out where empty: plans that merge nothing keep their digests.
    values: NamedValues = Field(default=(), exclude_if=lambda value: not value)


class Line(Frozen):
    """One line of the plan, commercial or technical.

    Ship-to, bill-to and requested date of a technical line are those its sources agree on, else None. `root` is the
    topmost commercial line of the bundle (itself for a line on its own); for a technical line, the one its sources
    agree on, else None. `origin` holds the ids of the commercial lines behind it, over all levels, sorted; a commercial
    line is its own origin. `price` is per unit, None on technical lines. `asset` is the asset that the line meets: its
    `action` then says what becomes of that. `cancelled`: a change took it out of the
    order; it stays in the plan for what was done for it.
    """

    id: LineId
    kind: LineKind
    product: Code
    quantity: Decimal
    action: LineAction
    parent: LineId | None = None
    root: LineId | None = None
    attributes: NamedValues = ()
    ship_to: Code | None = None
    bill_to: Code | None = None
    requested_date: date | None = None
    price: Decimal | None = None
    term: int | None = None
    asset: str | None = None
    derived: bool = False
    sources: tuple[Source, ...] = ()
    origin: tuple[LineId, ...] = ()
    # Left out where false: plans that were never changed keep their digests.
    cancelled: bool = Field(default=False, exclude_if=lambda value: not value)


class Verdict(StrEnum):
    """What became of a rule or scenario that was tried on a line."""

    MATCHED = "matched"
    CONDITION_FALSE = "condition_false"
    OVERRIDDEN = "overridden"
    OTHER_ACTION = "other_action"
    NOT_EFFECTIVE = "not_effective"


class Trial(Frozen):
    """A rule or scenario tried on a line (None: on the order as a whole), with its verdict and, in words, why."""

    line: LineId | None
    rule: Code
    verdict: Verdict
    why: str = ""

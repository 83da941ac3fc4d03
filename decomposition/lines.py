"""Lines as planned: the order's, completed, and the technical ones, with where they came from (`domain.md` D2-D4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

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
    """One contribution to a technical line: from which line, by which rule, how much, doing what."""

    line: LineId
    rule: Code
    quantity: Decimal
    action: LineAction


class Line(Frozen):
    """One line of the plan, commercial or technical.

    Ship-to, bill-to and requested date of a technical line are those its sources agree on, else None. `root` is the
    topmost commercial line of the bundle (itself for a line on its own); for a technical line, the one its sources
    agree on, else None. `origin` holds the ids of the commercial lines behind it, over all levels, sorted; a commercial
    line is its own origin. `price` is per unit, None on technical lines.
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


class Decomposition(Frozen):
    """All lines of an order, commercial ones first, each kind sorted by id, and every rule tried (`domain.md` D4)."""

    lines: tuple[Line, ...]
    trace: tuple[Trial, ...]

"""Units of measure: how finely quantities are counted, and how those of one kind convert (`domain.md` C1, C5)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

from pydantic import Field, model_validator

from catalog.base import Code, Frozen

MAX_SCALE = 9
_WIDE = Context(prec=100, rounding=ROUND_HALF_UP)
"""Wide enough that only `rounded` ever rounds, whatever the thread's own context is."""


class Unit(Frozen):
    """A unit of measure; `factor` is how many of `base` one of it is. Units of one base convert into each other.

    `scale` is the number of decimal places that quantities have; what is computed is rounded to it, half up.
    """

    code: Code
    """What products call it."""
    name: str
    """What people read."""
    scale: int = Field(default=0, ge=0, le=MAX_SCALE)
    """Decimal places of quantities; what is computed is rounded to them, half up."""
    base: Code | None = None
    """The unit that this one is a multiple of; goes with `factor`."""
    factor: Decimal | None = Field(default=None, gt=0, max_digits=28)
    """How many of the `base` one of it is."""

    @model_validator(mode="after")
    def _both(self) -> Unit:
        if (self.base is None) != (self.factor is None):
            raise ValueError("`base` and `factor` go together: how many of the base unit one of it is")
        return self

    @property
    def dimension(self) -> Code:
        """What it measures, named by the base unit."""
        return self.base or self.code

    @property
    def rule(self) -> str:
        """How quantities are counted, in words: "whole `piece`" or "`metre` with 2 decimal places"."""
        places = f"`{self.code}` with {self.scale} decimal place{'' if self.scale == 1 else 's'}"
        return places if self.scale else f"whole `{self.code}`"

    def rounded(self, quantity: Decimal) -> Decimal:
        """Return the quantity with the decimal places of the unit, rounded half up."""
        return quantity.quantize(Decimal(1).scaleb(-self.scale), context=_WIDE)

    def takes(self, quantity: Decimal) -> bool:
        """Return whether the quantity has no more decimal places than the unit."""
        return decimals(quantity) <= self.scale


def converted(quantity: Decimal, source: Unit, target: Unit) -> Decimal:
    """Return a quantity of `source` in `target`, not rounded to its scale yet; both are of one dimension."""
    if source.code == target.code:
        return quantity
    of_base = _WIDE.multiply(quantity, source.factor or Decimal(1))
    return _WIDE.divide(of_base, target.factor or Decimal(1))


def decimals(number: Decimal) -> int:
    """Return how many decimal places a number needs."""
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or not any(digits):
        return 0
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return max(0, -(exponent + zeros))

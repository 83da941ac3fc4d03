"""What a customer owns already: the side of decomposition that later orders are compared with (`domain.md` D5, A6).

No order makes assets yet, so nobody has any; the type keeps their place in the signatures of the planner.
"""

from __future__ import annotations

from decimal import Decimal

from catalog.base import Code, Frozen
from catalog.values import NamedValues


class Asset(Frozen):
    """Something delivered to an account: which product, how much of it, with which attributes."""

    id: str
    account: Code
    product: Code
    quantity: Decimal
    attributes: NamedValues = ()


Assets = tuple[Asset, ...]
"""The assets of the order's account, sorted by id."""

"""What a customer owns: the side of decomposition that later orders are compared with (`domain.md` D5, A6)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import Decimal

from catalog.base import Code, Frozen
from catalog.values import NamedValues
from decomposition.lines import LineId, LineKind

AssetId = str
"""Id of an asset: its product, and 16 hex digits that follow from the account and from what it is unique over."""

_DIGITS = 16


class Contributed(Frozen):
    """What one asset contributes to another one that it was decomposed to, by which rule.

    `values` are what it gives of the attributes that declare how to merge: without it, they are merged again.
    """

    source: AssetId
    rule: Code
    quantity: Decimal
    values: NamedValues = ()


class Asset(Frozen):
    """Something delivered to an account: which product, how much of it, with which attributes; `term` is in months.

    `key` is what it is unique over within its account, empty for what was ordered: one line's asset, one bundle's, or
    the account. `parent` is the asset that it is part of, `sources` are those that it was decomposed from. It is the
    account's from `valid_from` until `valid_to`; ended ones stay for history. `made_by` and `made_for` are the order
    and the line that made it, `changed_by` and `changed_for` those that changed it last.
    """

    id: AssetId
    account: Code
    product: Code
    kind: LineKind = LineKind.COMMERCIAL
    quantity: Decimal
    attributes: NamedValues = ()
    term: int | None = None
    key: str = ""
    parent: AssetId | None = None
    sources: tuple[Contributed, ...] = ()
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    made_by: str = ""
    made_for: LineId = ""
    changed_by: str = ""
    changed_for: LineId = ""

    @property
    def is_living(self) -> bool:
        """True until it has ended."""
        return self.valid_to is None


class AssetChange(Frozen):
    """What an order's line has made of an asset: `before` is None for a new one; one that ended has its `valid_to`."""

    line: LineId
    before: Asset | None
    after: Asset

    @property
    def asset(self) -> AssetId:
        """Which asset."""
        return self.after.id


Assets = tuple[Asset, ...]
"""The living assets of the order's account that its lines may meet, sorted by id."""


def asset_id(account: Code, product: Code, over: str) -> AssetId:
    """Return the id of the account's asset of a product that is unique over `over`: same content, same id."""
    return f"{product}-{hashlib.sha256(f'{account}/{product}/{over}'.encode()).hexdigest()[:_DIGITS]}"

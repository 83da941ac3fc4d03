"""What people and programs read of assets: as they stand, who changes them, and how they came to be."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from catalog.base import Recorded
from decomposition.assets import Asset
from decomposition.lines import LineKind
from orderbook.views import PlainValues


class SourceView(Recorded):
    """What an asset was decomposed from: how much that contributes, by which rule."""

    asset: str
    rule: str
    quantity: Decimal


class AssetView(Recorded):
    """An asset as it stands, or stood; `claimed_by` is the open order that changes it, None where none does.

    `valid_to` is None while the account has it. `sources` are the assets that it was decomposed from.
    """

    id: str
    account: str
    product: str
    kind: LineKind
    quantity: Decimal
    attributes: PlainValues = ()
    term: int | None = None
    parent: str | None = None
    sources: tuple[SourceView, ...] = ()
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    made_by: str = ""
    made_for: str = ""
    changed_by: str = ""
    changed_for: str = ""
    claimed_by: str | None = None


class AssetEvent(Recorded):
    """What an order has made of an asset, at `at`; `before` is None where the order made it."""

    order: str
    line: str
    at: datetime
    before: AssetView | None
    after: AssetView

    @property
    def what(self) -> str:
        """In a word, what happened."""
        if self.before is None:
            return "made and taken back" if self.after.valid_to else "made"
        if self.after.valid_to:
            return "ended"
        return "left as it was" if self.before == self.after else "changed"


class AssetDetail(AssetView):
    """An asset with its parts, what it was decomposed to, and its history, oldest first."""

    parts: tuple[str, ...] = ()
    made_of_it: tuple[str, ...] = ()
    history: tuple[AssetEvent, ...] = ()


def as_view(asset: Asset, claimed_by: str | None = None) -> AssetView:
    """Return an asset as people see it."""
    sources = tuple(SourceView(asset=each.source, rule=each.rule, quantity=each.quantity) for each in asset.sources)
    shown = {name: getattr(asset, name) for name in AssetView.model_fields if name in Asset.model_fields}
    return AssetView(**{**shown, "sources": sources, "claimed_by": claimed_by})

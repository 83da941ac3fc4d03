"""Identities: which asset a line is about, or will make, by what the line is unique over (`domain.md` D1, A6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from catalog.catalog import Catalog
from catalog.products import ScopeKind, TechnicalProduct
from catalog.rules import LineAction
from decomposition.assets import Asset, AssetId, asset_id
from decomposition.holdings import Holdings
from decomposition.lines import Line, LineId, LineKind
from decomposition.order import Order


class Identities:
    """The assets of an order's lines; `lines` may grow, a line's sources always stand in it before the line does.

    Two orders give what is one thing to the customer one id: the id of a technical line with its lines replaced by
    their assets.
    """

    def __init__(self, order: Order, catalog: Catalog, lines: Mapping[LineId, Line], holdings: Holdings) -> None:
        self._order = order
        self._catalog = catalog
        self._lines = lines
        self._holdings = holdings

    def of(self, line: LineId) -> AssetId:
        """Return the asset that a line meets, or that it will have made; also of a line that makes none."""
        found = self._lines[line]
        if found.asset is not None:
            return found.asset
        product = self._catalog.technical(found.product)
        if found.kind is LineKind.COMMERCIAL or product is None:
            return asset_id(self._order.account, found.product, f"{self._order.number}/{line}")
        return asset_id(self._order.account, found.product, self.key(product, line))

    def behind(self, line: LineId, *, living: bool = False) -> Mapping[AssetId, Fraction]:
        """Return what a line contributes for, with shares: its asset; if it has none, those that it comes from.

        With `living`, without what is cancelled.
        """
        found = self._lines[line]
        sources = [each for each in found.sources if not (living and each.action is LineAction.CANCEL)]
        if found.kind is LineKind.COMMERCIAL or self._catalog.is_asset(found.product) or not sources:
            return {self.of(line): Fraction(1)}
        total = sum((Fraction(each.quantity) for each in sources), Fraction(0))
        shares: dict[AssetId, Fraction] = {}
        for source in sources:
            for asset, share in self.behind(source.line, living=living).items():
                shares[asset] = shares.get(asset, Fraction(0)) + share * Fraction(source.quantity) / total
        return shares

    def key(self, product: TechnicalProduct, instance: LineId) -> str:
        """Return what the asset of a technical line is unique over within the account."""
        scope = product.scope
        kind = scope.kind
        if kind is ScopeKind.BY:
            if "~" in instance:
                return instance if scope.amends else f"{instance}@{self._order.number}"
            kind = scope.fallback or ScopeKind.LINE
        if "@" not in instance:
            return instance if kind is ScopeKind.ACCOUNT else f"{instance}@{self._order.number}"
        place, unit = self._place(instance)
        asset = self.of(place)
        return f"{product.code}@{self._holdings.root(asset) if kind is ScopeKind.BUNDLE else asset}{unit}"

    def is_shared(self, product: TechnicalProduct) -> bool:
        """Tell whether orders of the account share the asset of a technical product."""
        return product.is_shared and self._catalog.is_asset(product.code)

    def line_for(self, asset: Asset, line: Line) -> LineId:
        """Return the id of the technical line about an asset, which the order meets by `line`."""
        base, has_place, over = asset.key.partition("@")
        if not has_place:
            return base or asset.product
        over, is_unit, unit = over.partition("#")
        place = next((each.id for each in self._lines.values() if each.asset == over), line.root or line.id)
        return f"{asset.product}@{place}{is_unit}{unit}"

    def anchor(self, instance: LineId) -> LineId:
        """Return the line that a technical line is unique over, else its own id."""
        return self._place(instance)[0] if "@" in instance else instance

    def _place(self, instance: LineId) -> tuple[LineId, str]:
        """Return the line that an instance is unique over, and which unit it is for (`#1`), if for one."""
        place, rest = instance.partition("@")[2], ""
        # Off the end: `#1`, a unit, and `+2`, another line of the same place that is about another asset.
        while place not in self._lines and (end := _END.search(place)):
            place, rest = place[: end.start()], f"{end.group()}{rest}"
        unit = _UNIT.search(rest)
        return place, unit.group() if unit else ""


_END, _UNIT = re.compile(r"[#+][0-9]+$"), re.compile(r"#[0-9]+")

"""Needs: which assets an order may meet, asked of whoever keeps them; and which it changes, to be claimed (A6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from catalog.base import Code
from catalog.catalog import Catalog
from catalog.products import Claims
from catalog.rules import LineAction
from decomposition.assets import AssetId
from decomposition.holdings import Holdings
from decomposition.identities import Identities
from decomposition.lines import Line, LineId
from decomposition.model import OrderPlan
from decomposition.order import Order


class Needs(NamedTuple):
    """The assets of the account that an order may meet: these, all of these products, and all that belongs to them.

    What belongs to an asset: the bundles that it is in, its parts, and what it was decomposed to.
    """

    ids: tuple[AssetId, ...] = ()
    products: tuple[Code, ...] = ()

    @property
    def any(self) -> bool:
        """False for an order that meets nothing that the account has."""
        return bool(self.ids or self.products)


def needs(order: Order, catalog: Catalog) -> Needs:
    """Return what an order may meet: what its lines name, and what the orders of an account share."""
    changing = [each for each in order.lines if each.action is not LineAction.ADD]
    unnamed = {each.product for each in changing if each.asset is None}
    return Needs(
        ids=tuple(sorted({each.asset for each in changing if each.asset is not None})),
        products=tuple(sorted(unnamed.union(catalog.shared_assets))),
    )


class Claim(NamedTuple):
    """An asset that an order changes, or brings into being for all orders of the account; by which line."""

    asset: AssetId
    line: LineId
    product: Code
    refuses: bool


def claims_of(plan: OrderPlan, catalog: Catalog) -> tuple[Claim, ...]:
    """Return what the order of a plan claims, by asset; nothing for one that only adds what is its own.

    An asset is changed also when somebody else contributes to it from now on, or no more: its quantity need not differ.
    """
    lines = {each.id: each for each in plan.lines}
    identities = Identities(plan.order, catalog, lines, Holdings(plan.assets))
    found: dict[AssetId, Claim] = {}
    for line in _changing(plan, catalog, identities):
        product = catalog.product(line.product)
        refuses = product is not None and product.claims is Claims.REFUSE
        asset = identities.of(line.id)
        found.setdefault(asset, Claim(asset, line.id, line.product, refuses))
    return tuple(found[each] for each in sorted(found))


def _changing(plan: OrderPlan, catalog: Catalog, identities: Identities) -> Iterator[Line]:
    for line in plan.lines:
        if line.cancelled:
            continue
        if line.asset is not None:
            if is_change(line):
                yield line
            continue
        product = catalog.technical(line.product)
        if product is not None and identities.is_shared(product) and not line.id.startswith(f"{line.product}@"):
            yield line


def is_change(line: Line) -> bool:
    """Tell whether a line changes its asset, or who contributes to it."""
    moved = (each.action in (LineAction.ADD, LineAction.CANCEL) for each in line.sources)
    return line.action is not LineAction.NO_CHANGE or any(moved)

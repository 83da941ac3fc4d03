"""Parts of a bundle that the customer has and the order does not name: they end, stay or scale with it."""

from __future__ import annotations

from collections.abc import Container, Iterator
from decimal import Decimal

from catalog.catalog import Catalog
from catalog.products import Scaling
from catalog.rules import LineAction
from catalog.values import NamedValues
from decomposition.assets import Asset, AssetId
from decomposition.attributes import typed
from decomposition.holdings import Holdings
from decomposition.lines import Line, LineId, LineKind


def kept_parts(bundle: Line, holdings: Holdings, changed: Container[AssetId], catalog: Catalog) -> Iterator[Line]:
    """Yield a derived line for each part of a bundle's asset that no line of the order changes.

    A cancelled bundle takes its parts along; of one with another quantity, proportional parts grow or shrink with it.
    """
    if bundle.asset is None:
        return
    count: dict[str, int] = {}
    for asset in holdings.parts(bundle.asset):
        if asset.id in changed or catalog.commercial(asset.product) is None:
            continue
        number = count[asset.product] = count.get(asset.product, 0) + 1
        code = f"{bundle.id}.{asset.product}" if number == 1 else f"{bundle.id}.{asset.product}.{number}"
        values = typed((), catalog.attributes_of(asset.product), (), "", asset.attributes).values
        yield _line(code, bundle, asset, _scaled(bundle, asset, holdings, catalog), values)


def _scaled(bundle: Line, asset: Asset, holdings: Holdings, catalog: Catalog) -> Decimal:
    before, product = holdings.asset(bundle.asset), catalog.commercial(bundle.product)
    if before is None or product is None or bundle.action is LineAction.CANCEL:
        return asset.quantity
    component = catalog.component_of(asset.product, product)
    if component is None or component.scaling is not Scaling.PROPORTIONAL or before.quantity == bundle.quantity:
        return asset.quantity
    quantity = asset.quantity * bundle.quantity / before.quantity
    part = catalog.commercial(asset.product)
    unit = catalog.unit_of(part) if part else None
    return unit.rounded(quantity) if unit else quantity


def _line(code: LineId, bundle: Line, asset: Asset, quantity: Decimal, values: NamedValues) -> Line:
    action = LineAction.CANCEL
    if bundle.action is not LineAction.CANCEL:
        action = LineAction.NO_CHANGE if quantity == asset.quantity else LineAction.AMEND
    return Line(
        id=code,
        kind=LineKind.COMMERCIAL,
        product=asset.product,
        quantity=quantity,
        action=action,
        parent=bundle.id,
        root=bundle.root,
        attributes=values,
        ship_to=bundle.ship_to,
        bill_to=bundle.bill_to,
        requested_date=bundle.requested_date,
        term=asset.term,
        asset=asset.id,
        derived=True,
        origin=(code,),
    )

"""What the account of a rehearsed order has already, as a design test says it, and what it has afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from catalog.base import Code, Frozen, Issue
from catalog.catalog import Catalog
from catalog.fields import from_mapping
from catalog.products import QuantityMethod, ScopeKind, TechnicalProduct
from catalog.words import did_you_mean
from decomposition.assets import Asset, Assets, Contributed
from decomposition.attributes import typed
from decomposition.keys import key_text, short_hash
from decomposition.lines import LineKind
from decomposition.model import OrderPlan
from decomposition.order import GivenAttributes
from fulfillment.delivering import Stand, delivered


class OwnedSource(Frozen):
    """What an asset was decomposed from, and how much that contributes."""

    asset: str
    """Id of the asset."""
    quantity: Decimal
    """How much of this asset comes from it."""


def _sources(raw: object) -> object:
    if isinstance(raw, Mapping):
        return tuple({"asset": asset, "quantity": quantity} for asset, quantity in raw.items())
    return raw


class Owned(Frozen):
    """Something that the account of the order has before; `made_of` are the assets that it was decomposed from.

    Of a technical product whose scope goes by a key, `key` is the key.
    """

    id: str
    """What lines call it as `asset`."""
    product: Code
    """Which product."""
    quantity: Decimal = Field(default=Decimal(1), gt=0)
    """How many."""
    attributes: GivenAttributes = ()
    """Values of the product's attributes, by name."""
    term: int | None = None
    """How long it runs, in months."""
    parent: str | None = None
    """The asset that it is part of."""
    made_of: Annotated[
        tuple[OwnedSource, ...], BeforeValidator(_sources, json_schema_input_type=Mapping[str, Decimal])
    ] = ()
    """What it was decomposed from: how much of it comes from each asset, by id."""
    key: str | None = None
    """Of a technical product whose scope goes by a key: the key, as text."""


OwnedField = Annotated[tuple[Owned, ...], from_mapping("id")]
"""As testers write it: by id."""


def misfits(owned: tuple[Owned, ...], catalog: Catalog) -> Iterator[Issue]:
    """Yield what is wrong with what a test says an account has; paths begin at the test."""
    ids = {each.id for each in owned}
    for each in owned:
        path = ("assets", each.id)
        if catalog.product(each.product) is None:
            codes = (one.code for one in (*catalog.products, *catalog.technical_products))
            message = f"The catalog has no product `{each.product}`."
            hint = did_you_mean(each.product, codes, "Products")
            yield Issue(check="unknown_name", message=message, hint=hint, path=(*path, "product"))
            continue
        declared = catalog.attributes_of(each.product)
        yield from typed(each.attributes, declared, (*path, "attributes"), f"the asset `{each.id}`").issues
        for code in (each.parent, *(one.asset for one in each.made_of)):
            if code is not None and code not in ids:
                hint = did_you_mean(code, ids, "Its assets")
                yield Issue(check="unknown_name", message=f"The test has no asset `{code}`.", hint=hint, path=path)


def as_assets(owned: tuple[Owned, ...], catalog: Catalog, account: Code) -> Assets:
    """Return what the account has, as the order book would."""
    parents = {each.id: each.parent for each in owned}
    count: dict[str, int] = {}
    found: list[Asset] = []
    for each in owned:
        product = catalog.technical(each.product)
        key = _key(each, product, parents) if product else ""
        if product and product.quantity is QuantityMethod.PER_UNIT:
            count[key] = count.get(key, 0) + 1
            key = f"{key}#{count[key]}"
        found.append(_asset(each, catalog, account, key))
    return tuple(sorted(found, key=lambda each: each.id))


def _key(owned: Owned, product: TechnicalProduct, parents: Mapping[str, str | None]) -> str:
    kind = product.scope.kind
    if kind is ScopeKind.BY and owned.key is not None:
        return f"{product.code}~{short_hash(key_text(owned.key) or '')}"
    if kind is ScopeKind.BY:
        kind = product.scope.fallback or ScopeKind.LINE
    if kind is ScopeKind.ACCOUNT:
        return product.code
    over = owned.made_of[0].asset if owned.made_of else owned.id
    while kind is ScopeKind.BUNDLE and (above := parents.get(over)) is not None:
        over = above
    return f"{product.code}@{over}"


def _asset(owned: Owned, catalog: Catalog, account: Code, key: str) -> Asset:
    declared = catalog.attributes_of(owned.product)
    values = typed(owned.attributes, declared, (), "").values
    merging = {each.name for each in declared if each.merge is not None}
    only = tuple(each for each in values if each.name in merging) if len(owned.made_of) == 1 else ()
    return Asset(
        id=owned.id,
        account=account,
        product=owned.product,
        kind=LineKind.TECHNICAL if key else LineKind.COMMERCIAL,
        quantity=owned.quantity,
        attributes=values,
        term=owned.term,
        key=key,
        parent=owned.parent,
        sources=tuple(
            Contributed(source=each.asset, rule="GIVEN", quantity=each.quantity, values=only) for each in owned.made_of
        ),
    )


def afterwards(before: Assets, plan: OrderPlan, catalog: Catalog, stand: Stand, now: datetime) -> Assets:
    """Return what the account has once an order stands so, by id."""
    found = {each.id: each for each in before}
    found |= {each.asset: each.after for each in delivered(plan, catalog, stand, (), now)}
    return tuple(found[each] for each in sorted(found) if found[each].is_living)

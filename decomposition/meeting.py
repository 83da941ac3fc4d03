"""Meeting assets: which one an order line changes, and what it asks for, held against it (`domain.md` D5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from catalog.base import Issue
from catalog.catalog import Catalog
from catalog.products import Attribute
from catalog.rules import LineAction
from catalog.values import NamedValues, NotOfType, Scalar, coerce, to_text
from catalog.words import did_you_mean, listed
from decomposition.assets import Asset
from decomposition.attributes import typed
from decomposition.holdings import Holdings
from decomposition.order import Order, OrderLine


class Met(NamedTuple):
    """What an ordered line says: with what it changes, where it changes something."""

    values: NamedValues
    quantity: Decimal
    action: LineAction
    asset: Asset | None = None


class Meeting:
    """Finds the assets of an order's lines, and notes in `issues` why a line has none."""

    def __init__(self, order: Order, catalog: Catalog, holdings: Holdings) -> None:
        self.issues: list[Issue] = []
        self._catalog = catalog
        self._holdings = holdings
        self._lines = {each.id: each for each in order.lines}
        self._named: dict[str, str] = {}
        for each in order.lines:
            if each.asset is not None:
                self._named.setdefault(each.asset, each.id)

    def met(self, line: OrderLine) -> Met:
        """Return what a line says, its attributes typed, compared with its asset."""
        if self._catalog.commercial(line.product) is None:
            return Met((), line.quantity or Decimal(1), line.action)
        asset = self._asset(line)
        if asset is None and line.action is not LineAction.ADD:
            return Met((), line.quantity or Decimal(1), line.action)
        declared = self._catalog.attributes_of(line.product)
        owner = f"line `{line.id}` ({self._catalog.titles[line.product]})"
        known = asset.attributes if asset else ()
        values, issues = typed(line.attributes, declared, ("lines", line.id, "attributes"), owner, known)
        ends = line.action in (LineAction.CANCEL, LineAction.NO_CHANGE)
        self.issues += (each for each in issues if not (ends and each.check == "missing_attribute"))
        if asset is None:
            return Met(values, line.quantity or Decimal(1), line.action)
        quantity = line.quantity or asset.quantity
        if line.action is LineAction.CANCEL:
            self._check_whole(line, quantity, asset)
            return Met(values, asset.quantity, line.action, asset)
        differing = tuple(differences(quantity, values, asset, declared))
        if line.term is not None and line.term != asset.term:
            differing += (f"term {line.term} instead of {asset.term or 'none'}",)
        if line.action is LineAction.NO_CHANGE and differing:
            what = f"asks for no change, and differs from `{asset.id}`: {', '.join(differing)}"
            self._note("not_unchanged", line, what, "Give it the action `amend`, or leave out what is not to change.")
        unchanged = line.action is LineAction.AMEND and not differing
        return Met(values, quantity, LineAction.NO_CHANGE if unchanged else line.action, asset)

    def _check_whole(self, line: OrderLine, quantity: Decimal, asset: Asset) -> None:
        if quantity != asset.quantity:
            what = f"cancels {plain(quantity)} of the {plain(asset.quantity)} of `{asset.id}`"
            hint = "Amend it to what is to stay, or leave `quantity` out to cancel all."
            self._note("cancelled_quantity", line, what, hint, "quantity")

    def _asset(self, line: OrderLine) -> Asset | None:
        """Return what the customer has that a line changes; None for a line that adds, and where it cannot be told."""
        if line.action is LineAction.ADD:
            if line.asset is not None:
                what = f"adds something, and yet names the asset `{line.asset}`"
                hint = "Leave `asset` out, or give the line another `action`."
                self._note("asset_of_added", line, what, hint, "asset")
            return None
        return self._by_id(line, line.asset) if line.asset is not None else self._by_product(line)

    def _by_id(self, line: OrderLine, code: str) -> Asset | None:
        found = self._holdings.asset(code)
        if found is None or found.product != line.product:
            whose = f" of `{line.product}`" if found is None else f": it is of `{found.product}`, not `{line.product}`"
            hint = did_you_mean(code, (each.id for each in self._holdings.ordered(line.product)), "It has")
            hint = hint or f"`dro assets list --product {line.product}` names those there are."
            self._note("unknown_asset", line, f"the account has no asset `{code}`{whose}", hint, "asset")
            return None
        if self._named[code] != line.id:
            what = f"the asset `{code}` is that of line `{self._named[code]}` too"
            self._note("asset_named_twice", line, what, "Give what is to change in one line.", "asset")
            return None
        return found

    def _by_product(self, line: OrderLine) -> Asset | None:
        """Return the account's only asset of the line's product, of a part of a bundle the only one in that bundle."""
        above = self._lines.get(line.parent) if line.parent is not None else None
        bundle = self._bundle(above) if above is not None else None
        found = self._holdings.ordered(line.product, bundle)
        if len(found) == 1 and self._named.get(found[0].id, line.id) == line.id:
            self._named[found[0].id] = line.id
            return found[0]
        where = f"in `{bundle}`" if bundle else "of the account"
        if not found:
            what = f"there is no `{line.product}` {where} to {line.action.value.replace('_', ' ')}"
            self._note("no_asset", line, what, "Order it with the action `add`, or name what is meant as `asset`.")
        else:
            codes = [each.id for each in found]
            what = f"there are {len(codes)} `{line.product}` {where}" if len(codes) > 1 else f"`{codes[0]}` is taken"
            self._note("which_asset", line, what, f"Name one as `asset`: {listed(codes[:8], 'or')}.")
        return None

    def _bundle(self, line: OrderLine) -> str | None:
        if line.asset is not None:
            return line.asset
        found = () if line.action is LineAction.ADD else self._holdings.ordered(line.product)
        return found[0].id if len(found) == 1 else None

    def _note(self, check: str, line: OrderLine, what: str, hint: str, field: str = "action") -> None:
        message = f"Line `{line.id}`: {what}."
        self.issues.append(Issue(check=check, message=message, hint=hint, path=("lines", line.id, field)))


def differences(quantity: Decimal, values: NamedValues, asset: Asset, declared: Iterable[Attribute]) -> Iterator[str]:
    """Yield in words how a line differs from the asset that it meets: quantity, and each attribute that is compared."""
    if quantity != asset.quantity:
        yield f"quantity {plain(quantity)} instead of {plain(asset.quantity)}"
    wanted = {each.name: each.value for each in values}
    for attribute in declared:
        if not (attribute.compared and attribute.assetized) or attribute.name not in wanted:
            continue
        before, after = value_of(asset, attribute), wanted[attribute.name]
        if before != after:
            yield f"{attribute.name} {_said(after)} instead of {_said(before)}"


def value_of(asset: Asset, attribute: Attribute) -> Scalar:
    """Return the value that an asset has of an attribute; the default where it has none that fits."""
    for each in asset.attributes:
        if each.name == attribute.name:
            try:
                return coerce(each.value, attribute.type)
            except NotOfType:
                break
    return coerce(attribute.default, attribute.type)


def plain(number: Decimal) -> str:
    """Return a number without an exponent."""
    return format(number.normalize(), "f")


def _said(value: Scalar) -> str:
    return "nothing" if value is None else f"`{to_text(value)}`"

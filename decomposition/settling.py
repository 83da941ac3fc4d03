"""Settling: the lines of one technical product, from what the order gives and what the account has (D2-D5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from catalog.catalog import Catalog
from catalog.products import QuantityMethod, TechnicalProduct
from catalog.rules import LineAction
from catalog.values import NamedValues, named
from decomposition.asking import Asking
from decomposition.assets import Asset, Contributed
from decomposition.attributes import as_values
from decomposition.bubbling import agreed_action
from decomposition.contributions import Contribution, Contributor
from decomposition.holdings import Holdings
from decomposition.identities import Identities
from decomposition.lines import Line, LineId, LineKind, Source
from decomposition.meeting import differences, value_of
from decomposition.merging import Kept, agreed, merged


class Former(NamedTuple):
    """What a line's asset has contributed so far to a technical asset."""

    line: Line
    asset: Asset
    gave: tuple[Contributed, ...]

    @property
    def stands(self) -> bool:
        """True if the line leaves it as it is; else it is over, unless the line contributes anew."""
        return self.line.action is LineAction.NO_CHANGE


class Group(NamedTuple):
    """What becomes one technical line: what the order gives, what it gave before, and the asset that both meet."""

    instance: LineId
    asset: Asset | None
    parts: list[Contribution]
    formers: list[Former]


class Settling:
    """Makes technical lines; what is wrong with them is noted in `asking`."""

    def __init__(
        self, catalog: Catalog, asking: Asking, contributor: Contributor, identities: Identities, holdings: Holdings
    ) -> None:
        self._catalog = catalog
        self._asking = asking
        self._contributor = contributor
        self._identities = identities
        self._holdings = holdings

    def lines(self, product: TechnicalProduct, groups: Iterable[Group]) -> Iterator[Line]:
        """Yield a line for each group, unless there is nothing of it, neither before nor after."""
        for group in groups:
            found = self._line(product, group)
            if found is not None:
                yield found

    def _line(self, product: TechnicalProduct, group: Group) -> Line | None:
        living = [each for each in group.parts if each.source.action is not LineAction.CANCEL]
        if group.asset is None:
            if not living and self._catalog.is_asset(product.code):
                return None
            return self._added(product, group, living or group.parts)
        kept = Kept(group.asset, self._others(group, group.asset))
        if not living and not kept.others and not self._unexplained(product, group.asset):
            return self._whole(product, group, LineAction.CANCEL, group.asset.quantity, self._as_it_is(product, kept))
        return self._changed(product, group, living, kept)

    def _added(self, product: TechnicalProduct, group: Group, told: Sequence[Contribution]) -> Line:
        attributes, issues = merged(group.instance, product, self._contributor.attributes(product.code), told)
        self._asking.issues += issues
        action = LineAction.ADD
        if not self._catalog.is_asset(product.code):
            action = agreed_action(each.source.action for each in told)
        return self._whole(product, group, action, _quantity(product, [each.quantity for each in told]), attributes)

    def _changed(self, product: TechnicalProduct, group: Group, living: Sequence[Contribution], kept: Kept) -> Line:
        declared = self._contributor.attributes(product.code)
        attributes, issues = merged(group.instance, product, declared, living, kept)
        self._asking.issues += issues
        others = [each.quantity for each in kept.others] + [self._unexplained(product, kept.asset)]
        quantity = _quantity(product, [*others, *(each.quantity for each in living)])
        if any(differences(quantity, attributes, kept.asset, declared.values())):
            action = LineAction.AMEND
        else:
            renews = any(each.source.action is LineAction.RENEW for each in living)
            action = LineAction.RENEW if renews else LineAction.NO_CHANGE
        return self._whole(product, group, action, quantity, attributes)

    def _others(self, group: Group, asset: Asset) -> tuple[Contributed, ...]:
        """Return what stays contributed by whatever this order does not change."""
        changed = {asset for each in group.parts for asset in self._identities.behind(each.source.id)}
        changed |= {self._identities.of(each.line.id) for each in group.formers if not each.stands}
        return tuple(each for each in asset.sources if each.source not in changed)

    def _unexplained(self, product: TechnicalProduct, asset: Asset) -> Decimal:
        """Return how much of an asset comes from nothing that is known: it stays."""
        known = sum((each.quantity for each in asset.sources), Decimal(0))
        if product.quantity is QuantityMethod.AGGREGATE:
            return max(Decimal(0), asset.quantity - known)
        return Decimal(0) if asset.sources else asset.quantity

    def _as_it_is(self, product: TechnicalProduct, kept: Kept) -> NamedValues:
        declared = self._contributor.attributes(product.code).values()
        return as_values((each, value_of(kept.asset, each)) for each in declared)

    def _whole(
        self, product: TechnicalProduct, group: Group, action: LineAction, quantity: Decimal, attributes: NamedValues
    ) -> Line:
        code = group.instance
        told = [*(each.source for each in group.parts), *(each.line for each in group.formers)]
        anchor = self._identities.anchor(code)
        if group.parts:
            anchor = group.parts[0].anchor if group.parts[0].anchor != group.parts[0].instance else code
        self._contributor.anchors[code] = anchor
        return Line(
            id=code,
            kind=LineKind.TECHNICAL,
            product=product.code,
            quantity=quantity,
            action=action,
            root=agreed([each.root for each in told]),
            attributes=attributes,
            ship_to=agreed([each.ship_to for each in told]),
            bill_to=agreed([each.bill_to for each in told]),
            requested_date=agreed([each.requested_date for each in told]),
            term=agreed([each.term for each in told]),
            asset=group.asset.id if group.asset else None,
            sources=(*(self._source(product, each) for each in group.parts), *map(_gone_or_stays, group.formers)),
            origin=tuple(sorted(dict.fromkeys(line for each in told for line in each.origin))),
        )

    def _source(self, product: TechnicalProduct, part: Contribution) -> Source:
        values: NamedValues = ()
        if self._catalog.is_asset(product.code):
            declared = self._contributor.attributes(product.code)
            merging = (name for name in sorted(part.values) if declared[name].merge is not None)
            values = tuple(named(name, declared[name].type, part.values[name]) for name in merging)
        action = part.source.action
        return Source(line=part.source.id, rule=part.rule.code, quantity=part.quantity, action=action, values=values)


def _quantity(product: TechnicalProduct, given: Iterable[Decimal]) -> Decimal:
    return Decimal(1) if product.quantity is QuantityMethod.ONE else sum(given, Decimal(0))


def _gone_or_stays(former: Former) -> Source:
    action = LineAction.NO_CHANGE if former.stands else LineAction.CANCEL
    quantity = sum((each.quantity for each in former.gave), Decimal(0))
    return Source(line=former.line.id, rule=former.gave[0].rule, quantity=quantity, action=action)


def formers_of(line: Line, asset: str, holdings: Holdings) -> Mapping[str, Former]:
    """Return what a line's asset has contributed so far, by the asset that it contributes to."""
    return {
        each.id: Former(line, each, tuple(one for one in each.sources if one.source == asset))
        for each in holdings.made_of(asset)
    }

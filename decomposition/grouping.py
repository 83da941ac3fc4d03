"""Grouping: which contributions become one technical line, and which asset each meets (`domain.md` D2, D5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import count, zip_longest

from catalog.catalog import Catalog
from catalog.products import TechnicalProduct
from catalog.rules import LineAction
from decomposition.asking import Asking
from decomposition.assets import Asset, AssetId
from decomposition.contributions import Contribution
from decomposition.holdings import Holdings
from decomposition.identities import Identities
from decomposition.lines import LineId
from decomposition.settling import Former, Group

MAX_UNITS = 10_000
"""Most technical lines that one contribution becomes with the quantity method `per_unit`."""

Contributions = Mapping[LineId, Sequence[Contribution]]
"""What the order gives to a product, by instance."""


class Grouping:
    """Puts contributions to one product together: by instance, or by the asset that several instances meet."""

    def __init__(self, catalog: Catalog, asking: Asking, identities: Identities, holdings: Holdings) -> None:
        self._catalog = catalog
        self._asking = asking
        self._identities = identities
        self._holdings = holdings

    def is_there(self, product: TechnicalProduct, instance: LineId) -> bool:
        """Tell whether the account has what an instance would add."""
        return self._keyed(product, instance) is not None

    def groups(self, product: TechnicalProduct, given: Contributions, formers: Sequence[Former]) -> list[Group]:
        """Return the groups of a product whose sources make one line, by instance; then what is contributed no more."""
        found: dict[str, Group] = {}
        ids: dict[LineId, None] = {}
        for instance in sorted(given):
            for part in _sorted(given[instance]):
                asset = self._met(product, part, formers)
                key = asset.id if asset else instance
                if key not in found:
                    found[key] = Group(_free(instance, ids), asset, [], [])
                found[key].parts.append(part)
        for former in formers:
            group = found.get(former.asset.id)
            if group is None:
                instance = _free(self._identities.line_for(former.asset, former.line), ids)
                group = found[former.asset.id] = Group(instance, former.asset, [], [])
            if not any(self._is_of(former, part) for part in group.parts):
                group.formers.append(former)
        return list(found.values())

    def units(self, product: TechnicalProduct, given: Contributions, formers: Sequence[Former]) -> list[Group]:
        """Return a group for each unit: a line's units meet those that its asset contributed before, one by one."""
        found: list[Group] = []
        ids: dict[LineId, None] = {}
        left: dict[AssetId, list[Former]] = {}
        for former in formers:
            left.setdefault(former.asset.id, []).append(former)
        for instance in sorted(given):
            numbers = self._numbers(product, instance)
            for part in _sorted(given[instance]):
                if part.source.action is LineAction.CANCEL and self._catalog.is_asset(product.code):
                    continue
                before = [each[0].asset for each in left.values() if any(self._is_of(one, part) for one in each)]
                for unit, asset in zip_longest(self._units(part), sorted(before, key=_unit)):
                    if unit is None:
                        break
                    number = _unit(asset) if asset else next(numbers)
                    found.append(Group(_free(f"{instance}#{number}", ids), asset, [unit], []))
                    if asset is not None:
                        del left[asset.id]
        for gone in left.values():
            code = _free(self._identities.line_for(gone[0].asset, gone[0].line), ids)
            found.append(Group(code, gone[0].asset, [], gone))
        return found

    def _met(self, product: TechnicalProduct, part: Contribution, formers: Sequence[Former]) -> Asset | None:
        if not self._catalog.is_asset(product.code):
            return None
        found = self._keyed(product, part.instance)
        if found is not None or self._identities.is_shared(product):
            return found
        return next((each.asset for each in formers if self._is_of(each, part)), None)

    def _is_of(self, former: Former, part: Contribution) -> bool:
        """Tell whether a contribution is what now takes the place of a former one."""
        return self._identities.of(former.line.id) in self._identities.behind(part.source.id)

    def _keyed(self, product: TechnicalProduct, instance: LineId) -> Asset | None:
        if not self._holdings or not self._catalog.is_asset(product.code):
            return None
        return self._holdings.keyed(product.code, self._identities.key(product, instance))

    def _numbers(self, product: TechnicalProduct, instance: LineId) -> Iterator[int]:
        """Return the numbers that no unit of an instance has yet."""
        if not self._holdings or not self._catalog.is_asset(product.code):
            return count(1)
        over = f"{self._identities.key(product, instance)}#"
        taken = (each.key for each in self._holdings if each.product == product.code and each.key.startswith(over))
        return count(1 + max((int(each.removeprefix(over)) for each in taken), default=0))

    def _units(self, part: Contribution) -> list[Contribution]:
        if part.quantity != part.quantity.to_integral_value() or part.quantity > MAX_UNITS:
            message = f"Rule `{part.rule.code}`: `{part.rule.target}` has one line per unit, "
            message += f"so its quantity must be a whole number up to {MAX_UNITS:,}, not {part.quantity}."
            self._asking.note("no_units", message, part.source)
            return []
        return [part._replace(quantity=Decimal(1))] * int(part.quantity)


def _sorted(parts: Sequence[Contribution]) -> list[Contribution]:
    return sorted(parts, key=lambda each: (each.source.id, each.rule.priority, each.rule.code))


def _unit(asset: Asset) -> int:
    return int(asset.key.rpartition("#")[2] or 0)


def _free(code: LineId, ids: dict[LineId, None]) -> LineId:
    """Return an id that no line of the product has yet: several assets may stand behind one instance."""
    numbered = (code if number == 1 else f"{code}+{number}" for number in count(1))
    free = next(each for each in numbered if each not in ids)
    ids[free] = None
    return free

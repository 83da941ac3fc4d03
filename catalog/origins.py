"""Which commercial products steps come from: what a dependency pairs by, as far as the catalog alone can tell."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TypeAlias

from catalog.catalog import Catalog
from catalog.reach import Reach
from catalog.rules import Scenario

Products: TypeAlias = dict[str, None]
"""Codes of commercial products, in an order of their own."""


class Origins:
    """The commercial products behind the steps of each group, over all levels of decomposition."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._reach = Reach(catalog)
        self._groups: dict[str, Products | None] = {}

    def has(self, group: str) -> bool:
        """Tell whether a scenario brings the group in."""
        return group in self._scenarios

    def of(self, group: str) -> Products | None:
        """Return the products behind the steps of a group; None where a scenario for whole orders brings it in."""
        if group not in self._groups:
            self._groups[group] = self._behind(self._scenarios.get(group, []))
        return self._groups[group]

    def with_bundles(self, products: Products) -> Products:
        """Return the products with every bundle that they may be in, directly or not."""
        found = dict(products)
        waiting = list(products)
        while waiting:
            for bundle in self._bundles_of(waiting.pop()):
                if bundle not in found:
                    found[bundle] = None
                    waiting.append(bundle)
        return found

    @cached_property
    def _scenarios(self) -> dict[str, list[Scenario]]:
        found: dict[str, list[Scenario]] = {}
        for scenario in self._catalog.scenarios:
            found.setdefault(scenario.group, []).append(scenario)
        return found

    def _behind(self, scenarios: Iterable[Scenario]) -> Products | None:
        found: Products = {}
        waiting: list[str] = []
        for scenario in scenarios:
            if scenario.product is None and scenario.classification is None:
                return None
            waiting += self._reach.sources(scenario)
        while waiting:
            code = waiting.pop()
            if code not in found:
                found[code] = None
                waiting += self._reach.sources_by_target.get(code, ())
        return {code: None for code in found if self._catalog.commercial(code) is not None}

    def _bundles_of(self, code: str) -> Iterable[str]:
        product = self._catalog.commercial(code)
        named = (code, *self._catalog.classes_of(product)) if product is not None else ()
        return (bundle for each in named for bundle in self._reach.bundles_by_component.get(each, ()))

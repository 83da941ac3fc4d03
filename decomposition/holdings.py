"""Holdings: the assets of an order's account, looked up by what lines meet them by (`domain.md` D5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.base import Code
from decomposition.assets import Asset, AssetId
from decomposition.lines import LineKind


class Holdings:
    """The living assets of one account; each look-up returns them sorted by id."""

    def __init__(self, assets: Iterable[Asset] = ()) -> None:
        living = sorted((each for each in assets if each.is_living), key=lambda each: each.id)
        self._by_id = {each.id: each for each in living}
        self._by_key = {(each.product, each.key): each for each in living if each.key}
        self._ordered: dict[Code, list[Asset]] = {}
        self._parts: dict[AssetId, list[Asset]] = {}
        self._made_of: dict[AssetId, list[Asset]] = {}
        for each in living:
            if each.kind is LineKind.COMMERCIAL:
                self._ordered.setdefault(each.product, []).append(each)
                if each.parent is not None:
                    self._parts.setdefault(each.parent, []).append(each)
            for source in dict.fromkeys(one.source for one in each.sources):
                self._made_of.setdefault(source, []).append(each)

    def __iter__(self) -> Iterator[Asset]:
        return iter(self._by_id.values())

    def __bool__(self) -> bool:
        return bool(self._by_id)

    def asset(self, code: AssetId | None) -> Asset | None:
        """Return the asset of this id, or None."""
        return self._by_id.get(code) if code is not None else None

    def keyed(self, product: Code, key: str) -> Asset | None:
        """Return the technical asset that is unique over `key`, or None."""
        return self._by_key.get((product, key))

    def ordered(self, product: Code, parent: AssetId | None = None) -> tuple[Asset, ...]:
        """Return what was ordered of a product; with `parent`, only parts of that."""
        found = self._ordered.get(product, [])
        return tuple(each for each in found if parent is None or each.parent == parent)

    def parts(self, bundle: AssetId) -> tuple[Asset, ...]:
        """Return the assets that were ordered as parts of a bundle."""
        return tuple(self._parts.get(bundle, ()))

    def made_of(self, source: AssetId) -> tuple[Asset, ...]:
        """Return the technical assets that an asset was decomposed to, directly."""
        return tuple(self._made_of.get(source, ()))

    def root(self, code: AssetId) -> AssetId:
        """Return the topmost asset of the bundle that an asset is part of: itself, if none is known above it."""
        seen: dict[AssetId, None] = {}
        while code not in seen and (found := self._by_id.get(code)) is not None and found.parent in self._by_id:
            seen[code] = None
            code = found.parent or code
        return code

    def with_those_above(self, codes: Iterable[AssetId]) -> tuple[Asset, ...]:
        """Return these assets and those that they are parts of, over all levels, sorted by id."""
        found: dict[AssetId, Asset] = {}
        for each in codes:
            at = self._by_id.get(each)
            while at is not None and at.id not in found:
                found[at.id] = at
                at = self._by_id.get(at.parent) if at.parent is not None else None
        return tuple(found[each] for each in sorted(found))

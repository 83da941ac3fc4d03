"""Who is above whom: bundles of commercial lines, and the parents of technical ones (`domain.md` D2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from catalog.base import Code
from catalog.catalog import Catalog
from decomposition.lines import Line, LineId, LineKind
from decomposition.merging import agreed


class Family:
    """The bundles of an order's commercial lines; a line's chain of ancestors is worked out once."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = {line.id: line for line in lines if line.kind is LineKind.COMMERCIAL}
        self._chains: dict[LineId, tuple[LineId, ...]] = {}

    def chain(self, line: LineId) -> tuple[LineId, ...]:
        """Return a commercial line and its ancestors, nearest first."""
        if line not in self._chains:
            found = [line]
            while (parent := self._lines[found[-1]].parent) is not None:
                found.append(parent)
            self._chains[line] = tuple(found)
        return self._chains[line]

    def root(self, line: LineId) -> LineId:
        """Return the topmost line of the bundle that a commercial line is in."""
        return self._lines[line].root or line

    def bundle_of(self, line: Line) -> Line | None:
        """Return the nearest bundle above a line; above a technical one, that of its commercial lines if they agree."""
        parents = [self._lines[each].parent for each in line.origin]
        parent = agreed(parents)
        return self._lines[parent] if parent is not None else None

    def with_parents(self, lines: Sequence[Line], catalog: Catalog) -> tuple[Line, ...]:
        """Return the lines, technical ones with their parents.

        The parent is the instance of the declared parent product that shares a commercial line, else the one at the
        nearest ancestor, of lines per unit the one of the same unit; without declaration, the technical line it was
        decomposed from, if that is one.
        """
        index: dict[tuple[Code, LineId, str], LineId] = {}
        for line in lines:
            if line.kind is LineKind.TECHNICAL:
                for each in line.origin:
                    index.setdefault((line.product, each, _unit(line)), line.id)
                    index.setdefault((line.product, each, ""), line.id)
        return tuple(
            line.model_copy(update={"parent": self._parent(line, catalog, index)})
            if line.kind is LineKind.TECHNICAL
            else line
            for line in lines
        )

    def _parent(self, line: Line, catalog: Catalog, index: dict[tuple[Code, LineId, str], LineId]) -> LineId | None:
        product = catalog.technical(line.product)
        if product is None or product.parent is None:
            source = agreed([each.line for each in line.sources])
            return source if source not in self._lines else None
        chains = [self.chain(each) for each in line.origin]
        places = (chain[height] for height in range(max(map(len, chains))) for chain in chains if height < len(chain))
        for place in places:
            for unit in (_unit(line), ""):
                found = index.get((product.parent, place, unit))
                if found is not None and found != line.id:
                    return found
        return None


def _unit(line: Line) -> str:
    """Return which unit a line per unit is for, counted from 1; nothing for other lines."""
    return line.id.partition("#")[2]

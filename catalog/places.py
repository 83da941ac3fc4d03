"""Where the parts of a document stand in its file: paths to places, kept beside the data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from catalog.base import Path, Place


class Mark(Protocol):
    """A position as parsers give it; line and column count from 0."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


NOTHING_INSIDE: Mapping[str | int, Spot] = MappingProxyType({})


class Spot(NamedTuple):
    """Where one value begins, where its key does (none for the root and for list items), and what is inside it."""

    file: str
    mark: Mark
    key: Mark | None
    inner: Mapping[str | int, Spot] = NOTHING_INSIDE

    @property
    def place(self) -> Place:
        """Where the value begins."""
        return Place(file=self.file, line=self.mark.line + 1, column=self.mark.column + 1)

    @property
    def key_place(self) -> Place:
        """Where the value's key begins; without a key, the value itself."""
        at = self.key or self.mark
        return Place(file=self.file, line=at.line + 1, column=at.column + 1)


class Places:
    """The places of a document's values and keys; of nothing at all, for data that never stood in a file."""

    def __init__(self, root: Spot | None = None) -> None:
        self.root = root

    def find(self, path: Path) -> Place | None:
        """Return the place of the value at `path`, or of its nearest ancestor that stands in the document."""
        spot, _ = self._walk(path)
        return spot.place if spot else None

    def key(self, path: Path) -> Place | None:
        """Return the place of the key at the end of `path`; without such a key, what `find` returns."""
        spot, whole = self._walk(path)
        if spot is None:
            return None
        return spot.key_place if whole else spot.place

    def _walk(self, path: Path) -> tuple[Spot | None, bool]:
        spot = self.root
        for part in path:
            below = spot.inner.get(part) if spot else None
            if below is None:
                return spot, False
            spot = below
        return spot, True

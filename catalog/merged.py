"""Puts several documents together to one: each section once, each name in it once, each place kept."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.base import Issue, Path
from catalog.places import NOTHING_INSIDE, Places, Spot
from catalog.plain_data import Data
from catalog.words import did_you_mean, kind_of


class Merge:
    """Puts the sections of several documents together."""

    def __init__(self, sections: tuple[str, ...], scalars: tuple[str, ...]) -> None:
        self.data: dict[str, Data] = {}
        self.inner: dict[str | int, Spot] = {}
        self.issues: list[Issue] = []
        self._sections, self._scalars = sections, scalars

    def add(self, data: Mapping[str, Data], places: Places) -> None:
        """Put one document in; what does not fit becomes an issue."""
        spots = places.root.inner if places.root else NOTHING_INSIDE
        for name, value in data.items():
            if name in self._scalars:
                self._put(self.data, self.inner, (name,), value, spots[name])
            elif name not in self._sections:
                hint = did_you_mean(name, (*self._sections, *self._scalars), "Sections")
                self._report("section", f"There is no section `{name}`.", hint, (name,), places)
            elif isinstance(value, dict):
                self._section(name, value, spots[name])
            elif value is not None:
                message = f"The section `{name}` must map names to definitions, not be {kind_of(value)}."
                self._report("section", message, "Write `NAME:` above each definition.", (name,), places)

    def _section(self, section: str, entries: dict[str, Data], spot: Spot) -> None:
        merged = self.data.setdefault(section, {})
        known = self.inner.setdefault(section, spot._replace(inner={}))
        assert isinstance(merged, dict)
        assert isinstance(known.inner, dict)
        for name, definition in entries.items():
            self._put(merged, known.inner, (section, name), definition, spot.inner[name])

    def _put(self, data: dict[str, Data], spots: dict[str | int, Spot], path: Path, value: Data, spot: Spot) -> None:
        name = str(path[-1])
        if name not in data:
            data[name], spots[name] = value, spot
            return
        message = f"`{name}` is defined here a second time; it is first defined at {spots[name].key_place}."
        hint = "Remove one of the two, or rename it."
        self.issues.append(Issue(check="duplicate", message=message, hint=hint, path=path, place=spot.key_place))

    def _report(self, check: str, message: str, hint: str, path: Path, places: Places) -> None:
        self.issues.append(Issue(check=check, message=message, hint=hint, path=path, place=places.key(path)))

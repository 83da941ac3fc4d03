"""Reads documents and catalog folders, YAML and JSON alike: plain data, the place of everything, all problems together.

The one module of the catalog that touches the world.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Collection
from dataclasses import dataclass

from catalog.base import Issue, Path, Place
from catalog.documents import Unreadable, compose_yaml
from catalog.json_nodes import compose_json
from catalog.places import NOTHING_INSIDE, Places, Spot
from catalog.plain_data import Builder, Data, weigh
from catalog.words import did_you_mean, kind_of

MAX_BYTES = 8 * 1024 * 1024
SUFFIXES = (".json", ".yaml", ".yml")


@dataclass(frozen=True)
class Document:
    """One file as plain data, with its places and issues.

    `whole` is false if it could not be read to its end: then `data` is empty, and what misses in it means nothing.
    """

    data: dict[str, Data]
    places: Places
    issues: tuple[Issue, ...]
    text: str
    whole: bool = True


@dataclass(frozen=True)
class Folder:
    """A folder's files merged into one document; `sources` holds (file name within the folder, text), sorted by name.

    `whole` is false if some file could not be read to its end: then names may seem unknown that are not.
    """

    data: dict[str, Data]
    places: Places
    issues: tuple[Issue, ...]
    sources: tuple[tuple[str, str], ...]
    whole: bool = True


def read_document(source: pathlib.Path | str, file_name: str = "") -> Document:
    """Return the document in a file (`source` is a path) or in a text (`source` is a string).

    `file_name` is what places call it, the path itself by default; JSON if it ends in `.json`, else YAML. An empty
    document is an empty mapping. Never raises: a file that cannot be read is an issue.
    """
    file = file_name or str(source if isinstance(source, pathlib.Path) else "<text>")
    try:
        text = _text_of(source, file)
    except Unreadable as error:
        return Document({}, Places(), (error.issue,), "", whole=False)
    return _parse(text, file)


def _text_of(source: pathlib.Path | str, file: str) -> str:
    if isinstance(source, str):
        _check_size(len(source.encode(errors="surrogatepass")), file)
        return source.removeprefix("\ufeff")
    try:
        with source.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unreadable(file, "file", f"The file cannot be read: {error.strerror or error}.") from None
    _check_size(len(content), file)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = len(content[content.rfind(b"\n", 0, error.start) + 1 : error.start].decode(errors="replace")) + 1
        place = Place(file=file, line=line, column=column)
        raise _unreadable(file, "encoding", "The file is not in UTF-8.", "Save it as UTF-8.", place) from None


def _check_size(size: int, file: str) -> None:
    if size > MAX_BYTES:
        message = f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB."
        raise _unreadable(file, "limits", message, "Split it into several files.")


def _unreadable(file: str, check: str, message: str, hint: str = "", place: Place | None = None) -> Unreadable:
    place = place or Place(file=file, line=1, column=1)
    return Unreadable(Issue(check=check, message=message, hint=hint, place=place))


def _parse(text: str, file: str) -> Document:
    try:
        root = (compose_json if file.lower().endswith(".json") else compose_yaml)(text, file)
        if root is None:
            return Document({}, Places(), (), text)
        weigh(root, file)
    except Unreadable as error:
        return Document({}, Places(), (error.issue,), text, whole=False)
    builder = Builder(file)
    data, spot = builder.build(root)
    places = Places(spot)
    if data is None:
        data = {}
    if isinstance(data, dict):
        return Document(data, places, tuple(builder.issues.values()), text)
    wrong = Issue(
        check="shape",
        message=f"A file must hold a mapping (`name: value`), not {kind_of(data)}.",
        place=places.find(()),
    )
    return Document({}, places, (*builder.issues.values(), wrong), text, whole=False)


def read_folder(
    folder: pathlib.Path | str,
    sections: Collection[str],
    scalars: Collection[str] = (),
    skip: Collection[str] = ("orders", "tests"),
) -> Folder:
    """Return all YAML and JSON files under `folder`, in the order of their names, merged into one document.

    Args:
        sections: top-level keys that map names to definitions, each name once over all files.
        scalars: top-level keys with one value, each once over all files.
        skip: sub-folders of `folder` that are not read; hidden files and folders never are.
    """
    folder = pathlib.Path(folder)
    merge = _Merge(tuple(sections), tuple(scalars))
    sources = []
    for name in _names(folder, skip):
        document = read_document(folder / name, str(folder / name))
        sources.append((name, document.text))
        merge.add(document)
    if not sources:
        merge.issues.append(_nothing_in(folder))
    return Folder(
        merge.data,
        Places(Spot(str(folder), _Top(), None, merge.inner)) if merge.inner else Places(),
        tuple(sorted(merge.issues, key=_by_place)),
        tuple(sources),
        merge.whole and bool(sources),
    )


def _names(folder: pathlib.Path, skip: Collection[str]) -> list[str]:
    found: list[str] = []
    for parent, folders, files in os.walk(folder):
        here = pathlib.Path(parent).relative_to(folder)
        folders[:] = [each for each in folders if not each.startswith(".") and (here / each).as_posix() not in skip]
        visible = (each for each in files if not each.startswith(".") and each.lower().endswith(SUFFIXES))
        found += [(here / each).as_posix() for each in visible]
    return sorted(found)


def _nothing_in(folder: pathlib.Path) -> Issue:
    if not folder.is_dir():
        message = f"`{folder}` is no folder." if folder.exists() else f"There is no folder `{folder}`."
        return Issue(check="file", message=message)
    return Issue(check="file", message=f"`{folder}` holds no `.yaml`, `.yml` or `.json` file.")


def _by_place(issue: Issue) -> tuple[str, int, int]:
    return (issue.place.file, issue.place.line, issue.place.column) if issue.place else ("", 0, 0)


class _Top:
    """The beginning of a file."""

    line = 0
    column = 0


class _Merge:
    """Puts the sections of several documents together."""

    def __init__(self, sections: tuple[str, ...], scalars: tuple[str, ...]) -> None:
        self.data: dict[str, Data] = {}
        self.inner: dict[str | int, Spot] = {}
        self.issues: list[Issue] = []
        self.whole = True
        self._sections, self._scalars = sections, scalars

    def add(self, document: Document) -> None:
        self.issues += document.issues
        self.whole = self.whole and document.whole
        spots = document.places.root.inner if document.places.root else NOTHING_INSIDE
        for name, value in document.data.items():
            if name in self._scalars:
                self._put(self.data, self.inner, (name,), value, spots[name])
            elif name not in self._sections:
                hint = did_you_mean(name, (*self._sections, *self._scalars), "Sections")
                self._report("section", f"There is no section `{name}`.", hint, (name,), document.places)
            elif isinstance(value, dict):
                self._section(name, value, spots[name])
            elif value is not None:
                message = f"The section `{name}` must map names to definitions, not be {kind_of(value)}."
                self._report("section", message, "Write `NAME:` above each definition.", (name,), document.places)

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

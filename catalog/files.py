"""Reads documents and catalog folders, YAML and JSON alike: plain data, the place of everything, all problems together.

The one module of the catalog that touches the world.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Collection
from dataclasses import dataclass

from catalog.base import Issue, Place
from catalog.documents import Unreadable, compose_yaml
from catalog.json_nodes import compose_json
from catalog.merged import Merge
from catalog.places import Places, Spot
from catalog.plain_data import Builder, Data, weigh
from catalog.words import kind_of

MEBIBYTE = 1024 * 1024
MAX_BYTES = 8 * MEBIBYTE
MAX_FOLDER_TEXT = 32 * MEBIBYTE
MAX_FOLDER_VALUES = 1_000_000
MAX_FILES = 5_000
MAX_FOLDERS_DEEP = 16
SUFFIXES = (".json", ".yaml", ".yml")


@dataclass(frozen=True)
class Document:
    """One file as plain data, with its places and issues.

    `whole` is false if it could not be read to its end: then `data` is empty, and what misses in it means nothing.
    `size` is how many values it holds.
    """

    data: dict[str, Data]
    places: Places
    issues: tuple[Issue, ...]
    text: str
    whole: bool = True
    size: int = 0


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
        if source.exists() and not source.is_file():
            # a pipe would never end, nor a device
            raise _unreadable(file, "file", "This is no file that can be read, but a folder, a pipe or a device.")
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
        message = f"The file is larger than {MAX_BYTES // MEBIBYTE} MiB."
        raise _unreadable(file, "limits", message, "Split it into several files.")


def _unreadable(file: str, check: str, message: str, hint: str = "", place: Place | None = None) -> Unreadable:
    place = place or Place(file=file, line=1, column=1)
    return Unreadable(Issue(check=check, message=message, hint=hint, place=place))


def _parse(text: str, file: str) -> Document:
    try:
        root = (compose_json if file.lower().endswith(".json") else compose_yaml)(text, file)
        if root is None:
            return Document({}, Places(), (), text)
        size = weigh(root, file).values
    except Unreadable as error:
        return Document({}, Places(), (error.issue,), text, whole=False)
    builder = Builder(file)
    data, spot = builder.build(root)
    places = Places(spot)
    if data is None:
        data = {}
    if isinstance(data, dict):
        return Document(data, places, tuple(builder.issues.values()), text, size=size)
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
    skip: Collection[str] = ("environment", "orders", "tests"),
) -> Folder:
    """Return all YAML and JSON files under `folder`, in the order of their names, merged into one document.

    Args:
        sections: top-level keys that map names to definitions, each name once over all files.
        scalars: top-level keys with one value, each once over all files.
        skip: sub-folders of `folder` that are not read; hidden files and folders never are.
    """
    folder = pathlib.Path(folder)
    merge = Merge(tuple(sections), tuple(scalars))
    names, issues = _names(folder, skip)
    whole = bool(names) and not issues
    sources: list[tuple[str, str]] = []
    text = values = 0
    for name in names:
        document = read_document(folder / name, str(folder / name))
        text, values = text + len(document.text), values + document.size
        if text > MAX_FOLDER_TEXT or values > MAX_FOLDER_VALUES:
            limits = f"{MAX_FOLDER_TEXT // MEBIBYTE} Mi characters or {MAX_FOLDER_VALUES:,} values"
            issues.append(_too_much(folder, f"more than {limits}"))
            whole = False
            break
        sources.append((name, document.text))
        issues += document.issues
        whole = whole and document.whole
        merge.add(document.data, document.places)
    if not names and not issues:
        issues.append(_nothing_in(folder))
    places = Places(Spot(str(folder), _Top(), None, merge.inner)) if merge.inner else Places()
    ordered = tuple(sorted((*issues, *merge.issues), key=_by_place))
    return Folder(merge.data, places, ordered, tuple(sources), whole)


def _names(folder: pathlib.Path, skip: Collection[str]) -> tuple[list[str], list[Issue]]:
    """Return the names of the files to read, sorted, and what is too much; links to folders are not followed."""
    found: list[str] = []
    issues: list[Issue] = []
    for parent, folders, files in os.walk(folder):
        here = pathlib.Path(parent).relative_to(folder)
        folders[:] = [each for each in folders if not each.startswith(".") and (here / each).as_posix() not in skip]
        if folders and len(here.parts) == MAX_FOLDERS_DEEP:
            issues.append(_too_much(pathlib.Path(parent), f"folders more than {MAX_FOLDERS_DEEP} levels deep"))
            folders.clear()
        visible = (each for each in files if not each.startswith(".") and each.lower().endswith(SUFFIXES))
        found += [(here / each).as_posix() for each in visible]
        if len(found) > MAX_FILES:
            issues.append(_too_much(folder, f"more than {MAX_FILES:,} files"))
            return sorted(found)[:MAX_FILES], issues
    return sorted(found), issues


def _too_much(folder: pathlib.Path, what: str) -> Issue:
    return Issue(check="limits", message=f"`{folder}` holds {what}.", hint="Keep what is no part of it elsewhere.")


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

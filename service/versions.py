"""Catalog versions as designers see them: their history, what differs between two, and their files given back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from catalog.base import Frozen, Refused
from catalog.calendars import Calendars
from catalog.catalog import Catalog
from catalog.differences import Difference, differences
from catalog.words import did_you_mean
from decomposition.effects import Effects, effects
from orderbook.intake import DRAFT
from orderbook.publications import Publication
from orderbook.store import OrderBook
from orderbook.views import CatalogVersion
from service.catalogs import find_version, load_catalog, nearest, refusal, refuses


class VersionView(CatalogVersion):
    """A version with its publications, newest first; a draft has none."""

    in_force: bool
    publications: tuple[Publication, ...] = ()


class Side(Frozen):
    """One of two catalogs that are compared: the version or folder, and its digest."""

    name: str
    digest: str


class CatalogDiff(Frozen):
    """What differs between two catalogs: the entries, and what that does to products."""

    before: Side
    after: Side
    differences: tuple[Difference, ...]
    effects: Effects


class Exported(Frozen):
    """The files of a version, written to a folder; `as_stored`: read again, they give the catalog that is stored."""

    label: str
    digest: str
    files: tuple[str, ...]
    as_stored: bool


def versions(book: OrderBook) -> tuple[VersionView, ...]:
    """Return all versions, those in force last first, then those never published, newest first.

    Raises:
        BookError: the order book does not answer.
    """
    publications = book.publications()
    found = [_view(each, publications) for each in book.catalog_versions()]
    return tuple(sorted(found, key=lambda each: -each.publications[0].seq if each.publications else 0))


def _view(version: CatalogVersion, publications: tuple[Publication, ...]) -> VersionView:
    own = tuple(each for each in publications if each.digest == version.digest)
    in_force = bool(publications) and publications[0].digest == version.digest
    return VersionView(**dict(version), in_force=in_force, publications=own)


def version_named(name: str, book: OrderBook) -> CatalogVersion | Refused:
    """Return the version of a label or digest, or that there is none.

    Raises:
        BookError: the order book does not answer.
    """
    return find_version(book, name) or Refused.because(
        "version", f"There is no catalog version `{name}`.", _known(book, name)
    )


def _known(book: OrderBook, name: str) -> str:
    labels = [each.label for each in book.catalog_versions() if not each.label.startswith(DRAFT)]
    return did_you_mean(name, labels, "The versions are") or "Nothing was published yet: `dro catalog publish DIR`."


def diff(before: str, after: str, book: OrderBook, now: datetime, calendars: Calendars = ()) -> CatalogDiff | Refused:
    """Return what differs between two catalogs, each named by a folder, a label or a digest, or why that is unknown.

    Raises:
        BookError: the order book does not answer; two folders need none.
    """
    sides = [catalog_named(name, book) for name in (before, after)]
    refused = [issue for each in sides if isinstance(each, Refused) for issue in each.issues]
    if refused:
        return Refused(issues=tuple(refused))
    (old_name, old), (new_name, new) = (each for each in sides if not isinstance(each, Refused))
    return CatalogDiff(
        before=Side(name=old_name, digest=old.digest),
        after=Side(name=new_name, digest=new.digest),
        differences=differences(old, new),
        effects=effects(old, new, now, calendars),
    )


def catalog_named(name: str, book: OrderBook) -> tuple[str, Catalog] | Refused:
    """Return the catalog of a folder, a label or a digest, with its name, or why it cannot be used.

    Raises:
        BookError: the order book does not answer; a folder needs none.
    """
    if Path(name).is_dir():
        loaded = load_catalog(nearest(Path(name)))
        usable = loaded.catalog is not None and not refuses(loaded.issues)
        return (name, loaded.catalog) if usable and loaded.catalog else refusal(loaded.issues)
    version = version_named(name, book)
    if isinstance(version, Refused):
        first = version.issues[0]
        message = f"`{name}` is neither a folder nor a catalog version."
        return Refused(issues=(first.model_copy(update={"message": message}),))
    catalog = book.catalog(version.digest)
    assert catalog is not None, f"version {version.digest} is listed, but not stored"
    return version.label, catalog


def export(name: str, folder: Path, book: OrderBook) -> Exported | Refused:
    """Write the files of a version, as they were written, to a new or empty folder; or return why not.

    Raises:
        BookError: the order book does not answer.
    """
    version = version_named(name, book)
    if isinstance(version, Refused):
        return version
    sources = book.catalog_sources(version.digest)
    if not sources:
        return Refused.because("no_files", f"Version `{version.label}` was stored without its files.", "")
    try:
        _write(folder, sources.items())
    except OSError as error:
        hint = "Name a folder that does not exist yet, or an empty one."
        return Refused.because("folder", f"`{folder}` cannot be written: {error.strerror or error}.", hint)
    read = load_catalog(folder).catalog
    return Exported(
        label=version.label,
        digest=version.digest,
        files=tuple(sorted(sources)),
        as_stored=read is not None and read == book.catalog(version.digest),
    )


def _write(folder: Path, sources: Iterable[tuple[str, str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise OSError("it is not empty")
    for name, text in sources:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        # As bytes: line ends stay as they were written.
        file.write_bytes(text.encode())

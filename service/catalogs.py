"""Reads what people write (catalogs, environments, orders) with every issue at its place, and finds what is in use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.base import Issue, Refused, Severity
from catalog.calendars import Calendars
from catalog.catalog import SECTIONS, Catalog
from catalog.checks import check_catalog, place_issues
from catalog.environment import Environment
from catalog.environment_checks import check_environment
from catalog.files import Folder, read_document, read_folder
from catalog.places import Places
from catalog.shapes import validate
from catalog.working import calendars_named
from decomposition.order import Order
from service.setting_values import Drafts
from service.settings import Settings

if TYPE_CHECKING:
    # A dry run needs no database, and so no database library.
    from orderbook.store import OrderBook
    from orderbook.views import CatalogVersion

EXAMPLE = Path(__file__).parents[1] / "examples" / "smartbytes"
DIGITS = 8
"""How many digits of a digest name a version at least: what is shorter is more likely a misspelt label."""
ENVIRONMENT_SECTIONS = (
    "assignment_rules",
    "calendars",
    "fallout_rules",
    "ignored_checks",
    "jeopardy_rules",
    "people",
    "queues",
    "systems",
    "webhooks",
)


@dataclass(frozen=True)
class LoadedCatalog:
    """A catalog with its sources (file name, text) and all its issues; no catalog if its shape does not fit."""

    catalog: Catalog | None
    sources: tuple[tuple[str, str], ...] = ()
    issues: tuple[Issue, ...] = ()
    where: str = ""


@dataclass(frozen=True)
class LoadedEnvironment:
    """An environment with all its issues; none if its shape does not fit."""

    environment: Environment | None
    issues: tuple[Issue, ...] = ()
    where: str = ""


@dataclass(frozen=True)
class LoadedOrder:
    """An order of a file with all its issues, and where its parts stand; none if its shape does not fit."""

    order: Order | None
    issues: tuple[Issue, ...] = ()
    places: Places = field(default_factory=Places)


@dataclass(frozen=True)
class CatalogInUse:
    """The catalog that orders are planned on, by the name of its version, with what was read to get it."""

    catalog: Catalog
    version: str
    sources: tuple[tuple[str, str], ...]
    is_draft: bool


def refuses(issues: Iterable[Issue]) -> bool:
    """Tell whether any issue is an error, so that its subject cannot be used."""
    return any(each.severity is Severity.ERROR for each in issues)


def refusal(issues: Iterable[Issue]) -> Refused:
    """Return the refusal of a subject for its errors; its warnings refuse nothing."""
    return Refused(issues=tuple(each for each in issues if each.severity is Severity.ERROR))


def placed(issues: Iterable[Issue], places: Places) -> tuple[Issue, ...]:
    """Return the issues, each with the place of its path where it has none, in the order of the file."""
    return tuple(sorted(place_issues(issues, places), key=_by_place))


def _by_place(issue: Issue) -> tuple[str, int, int]:
    return (issue.place.file, issue.place.line, issue.place.column) if issue.place else ("", 0, 0)


def nearest(path: Path) -> Path:
    """Return the path as seen from the working folder where it is below that: what people can read and click."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def load_catalog(folder: Path) -> LoadedCatalog:
    """Return the catalog of a folder; problems are its issues, all in one pass, and never raised."""
    read = read_folder(folder, SECTIONS, ("name",))
    catalog, issues = _validated(read)
    if catalog and read.whole:
        issues = placed((*issues, *check_catalog(catalog)), read.places)
    return LoadedCatalog(catalog, read.sources, issues, str(folder))


def _validated(read: Folder) -> tuple[Catalog | None, tuple[Issue, ...]]:
    if not read.sources:
        return None, read.issues
    catalog, misfits = validate(Catalog, read.data, read.places)
    return catalog, placed((*read.issues, *misfits), read.places)


def load_environment(folder: Path, catalog: Catalog | None = None) -> LoadedEnvironment:
    """Return the environment of a folder, checked against a catalog where one is given; never raises."""
    read = read_folder(folder, ENVIRONMENT_SECTIONS, ("name", "functions"))
    if not read.sources:
        return LoadedEnvironment(None, read.issues, str(folder))
    environment, misfits = validate(Environment, read.data, read.places)
    found = (*read.issues, *misfits)
    if environment and catalog and read.whole:
        found += check_environment(environment, catalog)
    return LoadedEnvironment(environment, placed(found, read.places), str(folder))


def load_order(file: Path) -> LoadedOrder:
    """Return the order of a file, YAML or JSON; problems are its issues, all in one pass, and never raised."""
    document = read_document(file)
    if not document.whole:
        return LoadedOrder(None, document.issues, document.places)
    order, misfits = validate(Order, document.data, document.places)
    issues = placed((*document.issues, *misfits), document.places)
    return LoadedOrder(None if refuses(issues) else order, issues, document.places)


def catalog_in_use(settings: Settings, book: OrderBook | None = None) -> CatalogInUse | Refused:
    """Return the catalog to plan on: the one that is set, else the published one in force, else the SmartBytes example.

    A folder is read and, unless drafts are refused, used as the version `draft-<digest>`. Without a book only folders
    are found.
    """
    named = settings.catalog
    if named and Path(named).is_dir():
        return _of_folder(Path(named), settings)
    if book and (found := _published(book, named)):
        return found
    return _unknown(named) if named else _of_folder(nearest(EXAMPLE / "catalog"), settings)


def _published(book: OrderBook, named: str | None) -> CatalogInUse | None:
    found = find_version(book, named) if named else book.catalog_in_force()
    catalog = book.catalog(found.digest) if found else None
    return CatalogInUse(catalog, found.label, (), is_draft=False) if found and catalog else None


def find_version(book: OrderBook, name: str) -> CatalogVersion | None:
    """Return the version of this label, else of the one digest that begins so, at least eight digits of it, or None.

    Raises:
        BookError: the order book does not answer.
    """
    versions = book.catalog_versions()
    labelled = next((each for each in versions if each.label == name), None)
    begin_so = [each for each in versions if len(name) >= DIGITS and each.digest.startswith(name)]
    return labelled or (begin_so[0] if len(begin_so) == 1 else None)


def _unknown(named: str) -> Refused:
    hint = "Name a folder or a published version with `--catalog` or `DRO_CATALOG`."
    message = f"The catalog `{named}` is neither a folder nor a published version."
    return Refused.because("catalog_in_use", message, hint)


def _of_folder(folder: Path, settings: Settings) -> CatalogInUse | Refused:
    if settings.drafts is Drafts.REFUSE:
        hint = "Publish it, or set `DRO_DRAFTS=store` where orders on drafts are wanted."
        message = f"The catalog in `{folder}` was not published, and drafts are refused here."
        return Refused.because("drafts", message, hint)
    loaded = load_catalog(folder)
    if loaded.catalog is None or refuses(loaded.issues):
        return refusal(loaded.issues)
    return CatalogInUse(loaded.catalog, draft_name(loaded.catalog), loaded.sources, is_draft=True)


def draft_name(catalog: Catalog) -> str:
    """Return the name of the version that an unpublished catalog is stored as."""
    return f"draft-{catalog.digest[:12]}"


def environment_in_use(settings: Settings, catalog: Catalog | None = None) -> LoadedEnvironment:
    """Return the environment that is set, else that of the SmartBytes example."""
    return load_environment(settings.environment or nearest(EXAMPLE / "environment"), catalog)


def calendars_in_use(settings: Settings, catalog: Catalog | None = None) -> Calendars:
    """Return the calendars of the environment in use; without reading it none, where no step of `catalog` names one.

    An environment that cannot be read has none: what counts by them is refused then, and `dro doctor` says why.
    """
    if catalog is not None and not calendars_named(catalog):
        return ()
    environment = environment_in_use(settings).environment
    return environment.calendars if environment else ()


def is_example(settings: Settings) -> bool:
    """Tell whether the SmartBytes environment is in use, whose systems the embedded stack can serve itself."""
    return settings.environment is None or settings.environment.resolve() == EXAMPLE / "environment"

"""Publishing catalogs and rolling back: what is checked first, and what the answer is (`domain.md` C11)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from catalog.base import NUMBER_PATTERN, Issue, Place, Refused
from catalog.catalog import Catalog
from catalog.environment_checks import missing_system
from catalog.words import listed
from orderbook.errors import LabelTaken
from orderbook.intake import DRAFT
from orderbook.publications import Publication, Published
from orderbook.store import OrderBook
from service.authority import role_of, usable_environment
from service.catalogs import LoadedCatalog, load_catalog, refusal, refuses
from service.design_tests import Report, run_folder
from service.settings import Settings
from service.versions import version_named


@dataclass(frozen=True)
class PublishedFolder:
    """What became of publishing a folder: how many design tests passed, and what is worth knowing besides."""

    digest: str
    published: Published
    tests: int
    told: tuple[Issue, ...]


def publish(
    folder: Path, book: OrderBook, settings: Settings, now: datetime, *, label: str | None = None, note: str = ""
) -> PublishedFolder | Refused:
    """Put the catalog of a folder in force for new orders, or return every reason why not; a refusal writes nothing.

    Raises:
        BookError: the order book does not answer.
    """
    loaded = load_catalog(folder)
    if loaded.catalog is None or refuses(loaded.issues):
        return refusal(loaded.issues)
    environment = usable_environment(settings)
    if isinstance(environment, Refused):
        return environment
    role = role_of(environment, settings.actor, "publish")
    if isinstance(role, Refused):
        return role
    report = run_folder(folder, catalog=loaded.catalog)
    if wrong := (*_unfit(label), *report.issues, *_failed(report, folder)):
        return Refused(issues=wrong)
    published = _published(book, loaded, loaded.catalog, settings.actor, label, note, now, role)
    if isinstance(published, Refused):
        return published
    told = (*loaded.issues, *missing_system(environment, loaded.catalog))
    return PublishedFolder(loaded.catalog.digest, published, len(report.passed), told)


def _published(
    book: OrderBook,
    loaded: LoadedCatalog,
    catalog: Catalog,
    author: str,
    label: str | None,
    note: str,
    now: datetime,
    role: str,
) -> Published | Refused:
    sources = dict(loaded.sources)
    try:
        done = book.publish_catalog(catalog, sources, label=label, author=author, note=note, at=now, role=role)
    except LabelTaken as error:
        return Refused.because("label_taken", _taken(book, error), "Choose another label, or leave it out.")
    if done.is_new:
        return done
    if label is not None and label != done.label:
        message = f"This content is published already, as `{done.label}`, and a version has one label."
        return Refused.because("already_published", message, f"Use `{done.label}`, or change the catalog.")
    if done.in_force is None or done.in_force.digest != catalog.digest:
        stands = f", and `{done.in_force.label}` is in force" if done.in_force else ""
        message = f"This content is published already, as `{done.label}`{stands}."
        return Refused.because(
            "already_published", message, f"`dro catalog rollback {done.label}` puts it in force again."
        )
    return done


def _taken(book: OrderBook, error: LabelTaken) -> str:
    version = next((each for each in book.catalog_versions() if each.label == error.label), None)
    by = f" by {version.author} on {version.created_at:%Y-%m-%d}" if version else ""
    return f"The label `{error.label}` names other content, version `{error.digest[:12]}` published{by}."


def _unfit(label: str | None) -> tuple[Issue, ...]:
    if label is None or (re.fullmatch(NUMBER_PATTERN, label) and not label.startswith(DRAFT)):
        return ()
    message = f"`{label}` cannot be a label: a letter or digit, then at most 63 letters, digits, `.`, `_` or `-`"
    return (Issue(check="label", message=f"{message}, not beginning with `{DRAFT}`."),)


def _failed(report: Report, folder: Path) -> tuple[Issue, ...]:
    hint = f"`dro catalog test {folder}` shows what was expected and what happened."
    return tuple(
        Issue(
            check="design_test",
            message=f"The design test `{each.name}` fails: {listed(shown.key for shown in each.differences)}.",
            hint=hint,
            place=Place(file=each.file, line=each.line, column=1),
        )
        for each in report.failed
    )


def roll_back(
    name: str, book: OrderBook, settings: Settings, now: datetime, note: str = ""
) -> Publication | Refused | None:
    """Put a version that was published in force again; None where it is already, or why it cannot be.

    Raises:
        BookError: the order book does not answer.
    """
    version = version_named(name, book)
    if isinstance(version, Refused):
        return version
    if version.label.startswith(DRAFT):
        hint = f"`dro catalog export {version.label} DIR` gives its files, `dro catalog publish DIR` publishes them."
        return Refused.because("never_published", f"`{version.label}` was used, but never published.", hint)
    environment = usable_environment(settings)
    if isinstance(environment, Refused):
        return environment
    role = role_of(environment, settings.actor, "rollback")
    if isinstance(role, Refused):
        return role
    return book.roll_back(version.digest, author=settings.actor, note=note, at=now, role=role)

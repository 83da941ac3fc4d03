"""Publishing: which catalog version is in force, and the history of what was, by whom and why (`domain.md` C11)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlmodel import Session, col

from catalog.base import Recorded
from catalog.catalog import Catalog
from fulfillment.progress import AuditEntry
from orderbook.catalog_tables import CatalogPublicationRow
from orderbook.connection import Connected
from orderbook.intake import DRAFT, refuse_taken
from orderbook.tables import AuditServiceRow, CatalogVersionRow

_COUNTED = re.compile(r"v([1-9][0-9]{0,8})")
"""A label as it is counted where none is given."""


class PublicationKind(StrEnum):
    """How a version came into force: for the first time, or again."""

    PUBLISH = "publish"
    ROLLBACK = "rollback"


class Publication(Recorded):
    """One version put in force, from `at` until the next publication; `seq` counts from 1."""

    seq: int
    digest: str
    label: str
    kind: PublicationKind
    at: datetime
    author: str
    note: str


class Published(Recorded):
    """What became of publishing: the label of the content, and whether it is new; `in_force` is what is, afterwards."""

    label: str
    is_new: bool
    in_force: Publication | None


class Publications(Connected):
    """The order book as catalogs are published in it."""

    def publish_catalog(
        self,
        catalog: Catalog,
        sources: Mapping[str, str],
        *,
        label: str | None,
        author: str,
        note: str,
        at: datetime,
        role: str = "",
    ) -> Published:
        """Store a catalog with its files (name to text) and put it in force, audited.

        Without a label it is counted. Content that was published before changes nothing; a draft gets its label.

        Raises:
            LabelTaken: the label names other content.
        """
        row = CatalogVersionRow(
            digest=catalog.digest,
            label="",
            canonical=catalog.canonical(),
            sources=tuple(sorted(sources.items())),
            author=author,
            created_at=at,
            note=note,
        )
        event = _event(catalog.digest, PublicationKind.PUBLISH, author=author, note=note, at=at)
        return self._write(lambda session: _publish(session, row, label, event, role))

    def roll_back(self, digest: str, *, author: str, note: str, at: datetime, role: str = "") -> Publication | None:
        """Put a version in force again, audited, and return its publication; None where it is in force already."""
        event = _event(digest, PublicationKind.ROLLBACK, author=author, note=note, at=at)
        return self._write(lambda session: _roll_back(session, event, role))

    def catalog_in_force(self) -> Publication | None:
        """Return the newest publication, None where nothing was ever published."""
        return self._read(_in_force)

    def publications(self) -> tuple[Publication, ...]:
        """Return all publications, newest first."""
        return self._read(lambda session: _publications(session))


def _publications(session: Session, limit: int | None = None) -> tuple[Publication, ...]:
    row, version = CatalogPublicationRow, CatalogVersionRow
    columns = [col(each) for each in (row.seq, row.digest, row.kind, row.at, row.author, row.note, version.label)]
    query = select(*columns).join(version, col(version.digest) == col(row.digest))
    found = session.execute(query.order_by(col(row.seq).desc()).limit(limit)).all()
    return tuple(Publication.model_validate(each, from_attributes=True) for each in found)


def _in_force(session: Session) -> Publication | None:
    return next(iter(_publications(session, limit=1)), None)


def _publish(
    session: Session, row: CatalogVersionRow, wanted: str | None, event: CatalogPublicationRow, role: str
) -> Published:
    stands = session.get(CatalogVersionRow, row.digest, with_for_update=True)
    if stands is not None and not stands.label.startswith(DRAFT):
        return Published(label=stands.label, is_new=False, in_force=_in_force(session))
    row.label = wanted or _counted(session)
    refuse_taken(session, row)
    if stands is None:
        session.add(row)
    else:
        stands.sqlmodel_update(row.model_dump(exclude={"digest", "canonical"}))
    # The publication refers to the version, and nothing else says which of the two rows goes first.
    session.flush()
    return Published(label=row.label, is_new=True, in_force=_put_in_force(session, event, row.label, role))


def _counted(session: Session) -> str:
    """Return the next label `v1`, `v2`, … after the highest there is."""
    labels = session.scalars(select(col(CatalogVersionRow.label))).all()
    counts = [int(found[1]) for each in labels if (found := _COUNTED.fullmatch(each))]
    return f"v{max(counts, default=0) + 1}"


def _roll_back(session: Session, event: CatalogPublicationRow, role: str) -> Publication | None:
    stands = _in_force(session)
    if stands is not None and stands.digest == event.digest:
        return None
    version = session.get_one(CatalogVersionRow, event.digest)
    return _put_in_force(session, event, version.label, role)


def _put_in_force(session: Session, event: CatalogPublicationRow, label: str, role: str) -> Publication:
    before = _in_force(session)
    event.seq = before.seq + 1 if before else 1
    session.add(event)
    entry = AuditEntry(
        at=event.at,
        actor=event.author,
        role=role,
        action=event.kind,
        accepted=True,
        detail=f"`{label}`" + (f" in place of `{before.label}`" if before else ""),
        reason=event.note,
    )
    session.add(AuditServiceRow(number="", **dict(entry)))
    return Publication(label=label, **event.model_dump())


def _event(digest: str, kind: PublicationKind, *, author: str, note: str, at: datetime) -> CatalogPublicationRow:
    return CatalogPublicationRow(seq=0, digest=digest, kind=kind.value, at=at, author=author, note=note)

"""What the service writes: catalog versions, accepted orders, its own audit, late answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import select as columns_of
from sqlalchemy import update
from sqlmodel import Session, col, select

from catalog.catalog import Catalog
from decomposition.model import OrderPlan
from decomposition.order import Order
from fulfillment.progress import AuditEntry
from orderbook.changes import has_been
from orderbook.connection import BUSY_TIMEOUT, Connected
from orderbook.errors import LabelTaken
from orderbook.losses import is_old_news, is_open_since
from orderbook.plans import put_plan
from orderbook.tables import AuditServiceRow, CatalogVersionRow, LateAnswerRow, LostExecutionRow, OrderRow
from orderbook.views import Acceptance, Accepted, CatalogVersion, LostExecution, StoredOrder

DRAFT = "draft-"
"""How the label of a catalog begins that was used but never published; publishing the same content replaces it."""


class Intake(Connected):
    """The order book as the service writes it."""

    def __init__(self, url: str, *, busy_timeout: timedelta = BUSY_TIMEOUT) -> None:
        super().__init__(url, busy_timeout=busy_timeout)
        self._parsed_catalog = lru_cache(maxsize=16)(self._parse_catalog)

    def store_catalog(
        self, catalog: Catalog, sources: Mapping[str, str], *, label: str, author: str, note: str, at: datetime
    ) -> None:
        """Store a catalog version with its files (name to text), in force for nobody; one that is there stays as it is.

        Raises:
            LabelTaken: the label names other content.
        """
        row = CatalogVersionRow(
            digest=catalog.digest,
            label=label,
            canonical=catalog.canonical(),
            sources=tuple(sorted(sources.items())),
            author=author,
            created_at=at,
            note=note,
        )
        self._write(lambda session: _put_catalog(session, row))

    def catalog(self, digest: str) -> Catalog | None:
        """Return the catalog version, or None."""
        try:
            return self._parsed_catalog(digest)
        except LookupError:
            return None

    def _parse_catalog(self, digest: str) -> Catalog:
        # What is not there raises, since only results are remembered and it may come any time.
        text = self._read(
            lambda session: session.exec(
                select(CatalogVersionRow.canonical).where(CatalogVersionRow.digest == digest)
            ).one_or_none()
        )
        if text is None:
            raise LookupError(digest)
        return Catalog.stored(text, digest)

    def catalog_versions(self) -> tuple[CatalogVersion, ...]:
        """Return all catalog versions, newest first, drafts too."""
        row = CatalogVersionRow
        columns = [col(each) for each in (row.digest, row.label, row.author, row.created_at, row.note)]
        query = columns_of(*columns).order_by(col(row.created_at).desc(), col(row.label))
        found = self._read(lambda session: session.execute(query).all())
        return tuple(CatalogVersion.model_validate(each, from_attributes=True) for each in found)

    def catalog_sources(self, digest: str) -> Mapping[str, str] | None:
        """Return the files of a catalog version, name to text, or None."""
        row = self._read(lambda session: session.get(CatalogVersionRow, digest))
        return None if row is None else dict(row.sources)

    def add_order(
        self,
        order: Order,
        *,
        catalog: str,
        at: datetime,
        actor: str,
        audit: AuditEntry | None = None,
        plan: OrderPlan | None = None,
    ) -> Accepted:
        """Store the order, pinned to the catalog version of that digest, unless its number is taken.

        What is audited about a new one, and its plan if that is known, are written with it, or nothing is.
        """
        row = OrderRow(
            number=order.number,
            account=order.account,
            priority=order.priority.value,
            digest=order.digest,
            content=order.model_dump_json(),
            catalog=catalog,
            accepted_at=at,
            actor=actor,
        )
        kind, stands = self._write(lambda session: _put_order(session, row, audit, plan))
        return Accepted(kind=kind, stored=stands)

    def order(self, number: str) -> StoredOrder | None:
        """Return the order as it was accepted, or None."""
        row = self._read(lambda session: session.get(OrderRow, number))
        return None if row is None else as_stored(row)

    def has_been(self, number: str, digest: str) -> bool:
        """Tell whether an order has been changed to this content."""
        return self._read(lambda session: has_been(session, number, digest))

    def add_audit(self, number: str, entry: AuditEntry) -> None:
        """Record what the service did or refused; `number` is empty where no order is concerned."""
        self._write(lambda session: session.add(AuditServiceRow(number=number, **dict(entry))))

    def record_late_answer(self, number: str, step: str, round_: int, *, at: datetime, why: str, answer: str) -> None:
        """Record a callback for a round or an order that is over; `answer` is an excerpt without secrets."""
        row = LateAnswerRow(number=number, step=step, round=round_, at=at, why=why, answer=answer)
        self._write(lambda session: session.add(row))

    def record_lost(self, number: str, loss: LostExecution, *, quiet_since: datetime | None = None) -> bool:
        """Record that an open order's execution is lost, unless that is known, or it was heard of since then.

        Returns whether it was recorded: of several that find the same, one.
        """
        return self._write(lambda session: _put_lost(session, number, loss, quiet_since))

    def record_restart(self, number: str, *, at: datetime, actor: str, reason: str) -> None:
        """Record that an order whose execution was lost goes on in a new one."""
        row = LostExecutionRow
        is_open = (col(row.number) == number, col(row.restarted_at).is_(None))
        ended = update(row).where(*is_open).values(restarted_at=at, actor=actor, reason=reason)
        self._write(lambda session: session.execute(ended))


def _put_lost(session: Session, number: str, loss: LostExecution, quiet_since: datetime | None) -> bool:
    # The lock lets those who find the same loss look one after the other.
    session.get(OrderRow, number, with_for_update=True)
    is_new = is_open_since(session, number, quiet_since) and not is_old_news(session, number, loss)
    if is_new:
        session.add(LostExecutionRow(number=number, **dict(loss)))
    return is_new


def _put_catalog(session: Session, row: CatalogVersionRow) -> None:
    refuse_taken(session, row)
    if session.get(CatalogVersionRow, row.digest) is None:
        session.add(row)


def refuse_taken(session: Session, row: CatalogVersionRow) -> None:
    """Raise `LabelTaken` if the label of a version names other content."""
    taken = session.exec(select(CatalogVersionRow).where(CatalogVersionRow.label == row.label)).one_or_none()
    if taken is not None and taken.digest != row.digest:
        raise LabelTaken(row.label, taken.digest)


def _put_order(
    session: Session, row: OrderRow, audit: AuditEntry | None, plan: OrderPlan | None
) -> tuple[Acceptance, StoredOrder]:
    first = session.get(OrderRow, row.number)
    if first is None:
        session.add(row)
        if plan is not None:
            put_plan(session, plan)
        if audit is not None:
            session.add(AuditServiceRow(number=row.number, **dict(audit)))
        return Acceptance.NEW, as_stored(row)
    same = first.digest == row.digest or has_been(session, row.number, row.digest)
    return Acceptance.SAME if same else Acceptance.CONFLICT, as_stored(first)


def as_stored(row: OrderRow) -> StoredOrder:
    """Return the order that a row holds."""
    order = Order.model_validate_json(row.content)
    return StoredOrder(order=order, catalog=row.catalog, accepted_at=row.accepted_at, actor=row.actor)

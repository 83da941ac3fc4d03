"""Who looks after which fallout: what the service writes when people hand fallouts to each other."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from fulfillment.progress import AuditEntry
from orderbook.connection import Connected
from orderbook.desk_tables import FalloutAssignmentRow
from orderbook.tables import AuditServiceRow


class Assignments(Connected):
    """The order book as it keeps who looks after a fallout."""

    def assign_fallout(
        self, number: str, step: str, no: int, *, owner: str, at: datetime, actor: str, reason: str, audit: AuditEntry
    ) -> None:
        """Let somebody look after the `no`-th fallout of a step, nobody where `owner` is empty."""
        row = FalloutAssignmentRow(number=number, step=step, no=no, owner=owner, at=at, actor=actor, reason=reason)
        self._write(lambda session: _put(session, row, audit))


def _put(session: Session, row: FalloutAssignmentRow, audit: AuditEntry) -> None:
    session.merge(row)
    session.add(AuditServiceRow(number=row.number, **dict(audit)))

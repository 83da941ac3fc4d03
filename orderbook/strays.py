"""Messages of systems that reach no order, as the service keeps them: what nobody can place is still seen."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, delete, select

from orderbook.connection import Connected
from orderbook.tables import AuditServiceRow

KEPT = 1_000
"""How many are kept of each system, the newest: one that sends nothing else fills no disk."""
ACTION = "callback"


class Strays(Connected):
    """The order book as it keeps what could not be passed on."""

    def record_stray(self, system: str, detail: str, at: datetime) -> None:
        """Record a message of a system that is no callback, or names no order; `detail` has no secrets."""
        row = AuditServiceRow(
            number="",
            at=at,
            actor=system,
            role="system",
            action=ACTION,
            step="",
            accepted=False,
            detail=detail,
            reason="",
        )
        self._write(lambda session: _put(session, row))


def _put(session: Session, row: AuditServiceRow) -> None:
    session.add(row)
    session.flush()
    kept = AuditServiceRow
    same = (col(kept.number) == "", col(kept.action) == ACTION, col(kept.actor) == row.actor)
    newest = select(kept.id).where(*same).order_by(col(kept.id).desc())
    last_kept = session.scalar(newest.offset(KEPT - 1).limit(1))
    if last_kept is not None:
        session.execute(delete(kept).where(*same, col(kept.id) < last_kept))

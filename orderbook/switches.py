"""The switches of systems, as the service writes them (`domain.md` F5)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from catalog.base import Recorded
from fulfillment.progress import AuditEntry
from orderbook.connection import Connected
from orderbook.stop_tables import SystemSwitchRow
from orderbook.tables import AuditServiceRow


class SystemSwitch(Recorded):
    """Where a system's switch stands, since when, by whom and why."""

    system: str
    offline: bool
    since: datetime
    actor: str
    reason: str


class Switches(Connected):
    """The order book as systems are switched in it."""

    def switch(self, switch: SystemSwitch, *, role: str = "") -> bool:
        """Let a system's switch stand so, audited; return whether it stood otherwise, else nothing is written."""
        return self._write(lambda session: _put(session, switch, role))

    def switches(self) -> tuple[SystemSwitch, ...]:
        """Return every system that was ever switched, by name."""
        rows = self._read(lambda session: session.scalars(select(SystemSwitchRow)).all())
        found = (SystemSwitch.model_validate(each, from_attributes=True) for each in rows)
        return tuple(sorted(found, key=lambda each: each.system))


def _put(session: Session, switch: SystemSwitch, role: str) -> bool:
    stands = session.get(SystemSwitchRow, switch.system, with_for_update=True)
    if switch.offline == (stands is not None and stands.offline):
        return False
    if stands is None:
        # Inserted, never merged: of two that switch for the first time at once, one must see the other.
        session.add(SystemSwitchRow(**dict(switch)))
    else:
        stands.sqlmodel_update(dict(switch))
    entry = AuditEntry(
        at=switch.since,
        actor=switch.actor,
        role=role,
        action="system offline" if switch.offline else "system online",
        accepted=True,
        detail=switch.system,
        reason=switch.reason,
    )
    session.add(AuditServiceRow(number="", **dict(entry)))
    return True

"""Numbers that readers follow: whoever has read up to one never misses a smaller one that commits later.

SQLite has one writer at a time, which is enough. PostgreSQL commits in another order than it numbers, so those who
number hold an advisory lock until they have committed: all at once where they write often, one after the other where
they write seldom. A reader waits for those who write at the moment, and then knows up to where nothing can be missing.
"""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import text
from sqlmodel import Session


class Ordered(IntEnum):
    """What is numbered; the values are keys of locks, any that nothing else uses."""

    EVENTS = 684_301
    NOTIFICATIONS = 684_302


def together(session: Session, what: Ordered) -> None:
    """Let this transaction number while others do, too."""
    _lock(session, "pg_advisory_xact_lock_shared", what)


def in_turn(session: Session, what: Ordered) -> None:
    """Wait for all who number, and keep others from it until this transaction ends."""
    _lock(session, "pg_advisory_xact_lock", what)


def _lock(session: Session, function: str, what: Ordered) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT {function}(:key)"), {"key": what.value})

"""The feed of events as it is read: from a position on, nothing missing before the last one given (F7)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, func, or_, select

from orderbook.connection import Connected
from orderbook.events import Event
from orderbook.feed_tables import EventRow
from orderbook.ordering import Ordered, in_turn


class Feed(Connected):
    """The order book as it is followed."""

    def events_end(self) -> int:
        """Return the last position before which nothing can come to stand any more, 0 before the first event."""
        if self._engine.dialect.name == "sqlite":
            return self._read(_last)
        return self._commit(_settled)

    def events(
        self, after: int = 0, *, number: str | None = None, names: Sequence[str] | None = None, limit: int = 1_000
    ) -> tuple[Event, ...]:
        """Return the events after that position, of one order or of all, in order and at most `limit`.

        `names` are those of events (`order_completed`), or kinds for all of theirs (`order`); None asks for all.
        """
        return self.events_until(self.events_end(), after, number=number, names=names, limit=limit)

    def events_until(
        self,
        end: int,
        after: int,
        *,
        number: str | None = None,
        names: Sequence[str] | None = None,
        limit: int = 1_000,
    ) -> tuple[Event, ...]:
        """Return the events after that position as `events` does, up to a position that `events_end` gave."""
        row = EventRow
        query = select(row).where(col(row.position) > after, col(row.position) <= end)
        if number is not None:
            query = query.where(col(row.number) == number)
        if names is not None:
            name = col(row.kind) + "_" + col(row.state)
            query = query.where(or_(col(row.kind).in_(names), name.in_(names)))
        query = query.order_by(col(row.position)).limit(limit)
        rows = self._read(lambda session: session.scalars(query).all())
        return tuple(Event.model_validate(each, from_attributes=True) for each in rows)


def _last(session: Session) -> int:
    return session.scalar(select(func.max(EventRow.position))) or 0


def _settled(session: Session) -> int:
    # Who has the lock to itself sees all that was numbered before: the next one has not begun.
    in_turn(session, Ordered.EVENTS)
    return _last(session)

"""The journal: every request that reached an operation, and what became of it."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from examples.smartbytes.backoffice.books import Call
from examples.smartbytes.backoffice.database import Database, now
from examples.smartbytes.backoffice.faults import Kind


class JournalEntry(BaseModel):
    """One request; `status` is `None` while it is under way and where it got no answer.

    `operation` ends in `/lookup` for a lookup, whose order is read from the key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sequence: int
    at: datetime
    system: str
    operation: str
    order: str
    key: str | None
    status: int | None
    fault: Kind | None
    replayed: bool


class Journal:
    """The journal in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def arrived(self, system: str, operation: str, order: str, key: str | None) -> Call:
        """Write the arrival of a request and give it its number."""
        at = now()
        with self._database.transaction():
            sequence = self._database.next_number()
            self._database.execute(
                "INSERT INTO calls (sequence, at, system, operation, order_number, key) VALUES (?, ?, ?, ?, ?, ?)",
                sequence, at.isoformat(), system, operation, order, key,
            )  # fmt: skip
        return Call(sequence, at, system, operation, key or "")

    def met(self, call: Call, fault: Kind) -> None:
        """Note the fault that a request meets."""
        self._database.execute("UPDATE calls SET fault = ? WHERE sequence = ?", fault, call.sequence)

    def answered(self, call: Call, status: int | None, replayed: bool) -> None:
        """Note what a request was answered with."""
        statement = "UPDATE calls SET status = ?, replayed = ? WHERE sequence = ?"
        self._database.execute(statement, status, int(replayed), call.sequence)

    def calls(self, order: str | None = None) -> tuple[JournalEntry, ...]:
        """Return the requests of an order, or all, in the order of their arrival."""
        return tuple(_entry(row) for row in self._database.of_order("calls", order))


def _entry(row: sqlite3.Row) -> JournalEntry:
    fields = dict(row)
    return JournalEntry(order=fields.pop("order_number"), **fields)

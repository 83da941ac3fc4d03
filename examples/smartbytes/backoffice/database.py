"""The back office's one SQLite file: its tables, transactions, and the counter every row is numbered by."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

FORMAT = 2
"""Format of the file, kept in SQLite's `user_version`."""

SCHEMA = """
CREATE TABLE counter (value INTEGER NOT NULL);
INSERT INTO counter VALUES (0);
CREATE TABLE calls (
    sequence INTEGER PRIMARY KEY, at TEXT NOT NULL, system TEXT NOT NULL, operation TEXT NOT NULL,
    order_number TEXT NOT NULL, key TEXT, status INTEGER, fault TEXT, replayed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX calls_by_order ON calls (order_number);
CREATE TABLE effects (
    sequence INTEGER PRIMARY KEY, at REAL NOT NULL, system TEXT NOT NULL, operation TEXT NOT NULL,
    order_number TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL,
    answer TEXT NOT NULL
);
CREATE INDEX effects_by_key ON effects (key, system, operation);
CREATE INDEX effects_by_order ON effects (order_number);
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, at TEXT NOT NULL, system TEXT NOT NULL, operation TEXT NOT NULL,
    order_number TEXT NOT NULL, line TEXT NOT NULL, quantity TEXT, amount TEXT, key TEXT NOT NULL, round INTEGER,
    undoes INTEGER
);
CREATE INDEX ledger_by_order ON ledger (order_number);
CREATE TABLE shipments (
    shipment_id TEXT PRIMARY KEY, shipped_sequence INTEGER NOT NULL, order_number TEXT NOT NULL, lines TEXT NOT NULL,
    url TEXT NOT NULL, token TEXT NOT NULL, confirmation TEXT NOT NULL, due REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, sent_sequence INTEGER, acknowledged_sequence INTEGER, acknowledged_at TEXT
);
CREATE INDEX shipments_by_order ON shipments (order_number);
CREATE INDEX shipments_pending ON shipments (due) WHERE acknowledged_sequence IS NULL;
CREATE TABLE stock (product TEXT PRIMARY KEY, quantity TEXT NOT NULL);
CREATE TABLE blocked_accounts (account TEXT PRIMARY KEY);
INSERT INTO blocked_accounts VALUES ('ACME-BLOCKED');
CREATE TABLE faults (
    id INTEGER PRIMARY KEY, fault TEXT NOT NULL, remaining INTEGER, seen INTEGER NOT NULL DEFAULT 0
);
"""


class OtherFormat(Exception):
    """The file was written by another version of the back office, or is no back-office file at all."""


class Database:
    """One connection to the file; every statement is short, so it is used straight from the event loop."""

    def __init__(self, path: Path | str) -> None:
        """Open the file, made with its tables if it is not there yet; `:memory:` keeps nothing.

        Raises:
            OtherFormat: the file has another format.
            sqlite3.Error: the file cannot be opened, or is no SQLite file.
        """
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        try:
            self._prepare(path)
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, path: Path | str) -> None:
        self.execute("PRAGMA busy_timeout = 5000")
        self.execute("PRAGMA journal_mode = WAL")
        # NORMAL: what was committed survives the end of the process, which is all an example must survive.
        self.execute("PRAGMA synchronous = NORMAL")
        found = int(self.execute("PRAGMA user_version").fetchone()[0])
        tables = int(self.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        if found == 0 and tables == 0:
            self._connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {FORMAT}; COMMIT;")
        elif found != FORMAT:
            raise OtherFormat(
                f"`{path}` has format {found}, this back office reads format {FORMAT}. Name another file, or delete it."
            )

    def execute(self, statement: str, *values: str | int | float | None) -> sqlite3.Cursor:
        """Run one statement; outside a transaction it is committed at once."""
        return self._connection.execute(statement, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything done inside together, or nothing if it raises."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def of_order(self, table: Literal["calls", "ledger", "shipments"], order: str | None) -> list[sqlite3.Row]:
        """Return the rows of an order, or all rows, in the order in which they were written."""
        if order is None:
            return self.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()  # noqa: S608 - one of three names
        statement = f"SELECT * FROM {table} WHERE order_number = ? ORDER BY rowid"  # noqa: S608 - as above
        return self.execute(statement, order).fetchall()

    def next_number(self) -> int:
        """Return the next number; calls, effects and deliveries share the row, so numbers tell what came first."""
        return int(self.execute("UPDATE counter SET value = value + 1 RETURNING value").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def now() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)

"""The books of the nine systems: stock, accounts, what was done, under which key, and with which answer."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from examples.smartbytes.backoffice.database import Database
from examples.smartbytes.backoffice.ledger import Entry

PLENTY = Decimal(1_000_000)
"""Stock of a product that nobody set, so that any catalog's products can be reserved."""


@dataclass(frozen=True)
class Call:
    """One request that reached a system's operation; `sequence` orders it among all calls, effects and deliveries."""

    sequence: int
    at: datetime
    system: str
    operation: str
    key: str


@dataclass(frozen=True)
class Remembered:
    """What an operation answered when it had its effect, and the digest of the request it answered."""

    fingerprint: str
    status: int
    answer: Mapping[str, str]


class Books:
    """Reads and writes the books; who calls decides on the transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def stock(self, product: str) -> Decimal:
        """Return how many of a product there are."""
        row = self._database.execute("SELECT quantity FROM stock WHERE product = ?", product).fetchone()
        return Decimal(row["quantity"]) if row else PLENTY

    def set_stock(self, product: str, quantity: Decimal) -> None:
        """Set how many of a product there are."""
        self._database.execute("INSERT OR REPLACE INTO stock VALUES (?, ?)", product, format(quantity, "f"))

    def is_blocked(self, account: str) -> bool:
        """Return whether payments of an account are declined."""
        found = self._database.execute("SELECT 1 FROM blocked_accounts WHERE account = ?", account).fetchone()
        return found is not None

    def set_blocked(self, account: str, blocked: bool) -> None:
        """Begin or end declining the payments of an account."""
        self._database.execute("DELETE FROM blocked_accounts WHERE account = ?", account)
        if blocked:
            self._database.execute("INSERT INTO blocked_accounts VALUES (?)", account)

    def has_answered(self, order: str, system: str, operation: str, field: str, value: str) -> bool:
        """Return whether an operation gave out this id for this order: `payment_id` PAY-000007, for instance."""
        found = self._database.execute(
            "SELECT 1 FROM effects WHERE order_number = ? AND system = ? AND operation = ?"
            " AND json_extract(answer, '$.' || ?) = ?",
            order, system, operation, field, value,
        ).fetchone()  # fmt: skip
        return found is not None

    def remembered(self, system: str, operation: str, key: str, since: float = 0.0) -> Remembered | None:
        """Return the latest effect made under a key at or after `since` (seconds of the epoch), or `None`."""
        row = self._database.execute(
            "SELECT fingerprint, status, answer FROM effects WHERE key = ? AND system = ? AND operation = ? AND at >= ?"
            " ORDER BY sequence DESC LIMIT 1",
            key, system, operation, since,
        ).fetchone()  # fmt: skip
        return Remembered(row["fingerprint"], row["status"], json.loads(row["answer"])) if row else None

    def record(self, call: Call, order: str, remembered: Remembered, entries: Sequence[Entry]) -> None:
        """Write an effect with its answer, and its ledger entries."""
        self._database.execute(
            "INSERT INTO effects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            call.sequence, call.at.timestamp(), call.system, call.operation, order, call.key,
            remembered.fingerprint, remembered.status, json.dumps(remembered.answer),
        )  # fmt: skip
        for entry in entries:
            self._write(entry)

    def _write(self, entry: Entry) -> None:
        self._database.execute(
            "INSERT INTO ledger"
            " (sequence, at, system, operation, order_number, line, quantity, amount, key, round, undoes)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            entry.sequence, entry.at.isoformat(), entry.system, entry.operation, entry.order, entry.line,
            _text(entry.quantity), _text(entry.amount), entry.key, entry.round, entry.undoes,
        )  # fmt: skip

    def ledger(self, order: str | None = None) -> tuple[Entry, ...]:
        """Return the ledger, of one order or of all, in the order in which the calls arrived."""
        return tuple(_entry(row) for row in self._database.of_order("ledger", order))

    def standing(self, order: str, system: str, operation: str, step: str) -> tuple[Entry, ...]:
        """Return what a step of an order has done with an operation, in any round, and nobody has undone."""
        found = self.ledger(order)
        undone = {(each.undoes, each.line) for each in found if each.undoes is not None}
        return tuple(
            each
            for each in found
            if (each.system, each.operation) == (system, operation)
            and each.key.rpartition("/")[0] == f"{order}/{step}"
            and (each.sequence, each.line) not in undone
        )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")


def _entry(row: sqlite3.Row) -> Entry:
    fields = dict(row)
    del fields["id"]
    return Entry(order=fields.pop("order_number"), **fields)

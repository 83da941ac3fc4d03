"""Deliveries: what was shipped, and the courier that confirms each one to the callback it was shipped with."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from datetime import UTC, datetime, timedelta

import httpx
from pydantic import BaseModel, ConfigDict

from examples.smartbytes.backoffice.books import Call
from examples.smartbytes.backoffice.database import Database, now
from examples.smartbytes.backoffice.requests import Shipment

logger = logging.getLogger(__name__)

LONGEST_BACKOFF = 5.0


class Delivery(BaseModel):
    """One shipment and its confirmation.

    `sent_sequence` is the number of the moment its confirmation was first sent: whatever follows from the delivery has
    a greater one. `acknowledged_*` is set by the first answer in the 200s.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shipment_id: str
    order: str
    lines: tuple[str, ...]
    shipped_sequence: int
    due_at: datetime
    tries: int
    sent_sequence: int | None
    acknowledged_sequence: int | None
    acknowledged_at: datetime | None


class Deliveries:
    """The shipments in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, call: Call, order: str, shipment: Shipment, delay: float) -> None:
        """Write a shipment that is delivered `delay` seconds after the call."""
        due = call.at + timedelta(seconds=delay)
        confirmation = {
            "correlation": shipment.callback.correlation,
            "outcome": "delivered",
            "delivered_at": due.isoformat(),
            "carrier": shipment.carrier,
            "tracking": shipment.tracking,
        }
        self._database.execute(
            "INSERT INTO shipments (shipment_id, shipped_sequence, order_number, lines, url, token, confirmation, due)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            shipment.shipment_id, call.sequence, order, json.dumps(shipment.lines), shipment.callback.url,
            shipment.callback.token, json.dumps(confirmation), due.timestamp(),
        )  # fmt: skip

    def of_order(self, order: str | None) -> tuple[Delivery, ...]:
        """Return the deliveries of an order, or all, in the order in which they were shipped."""
        return tuple(_delivery(row) for row in self._database.of_order("shipments", order))

    def pending(self) -> tuple[str, ...]:
        """Return the ids of shipments whose confirmation nobody has acknowledged, those due first at the front."""
        statement = "SELECT shipment_id FROM shipments WHERE acknowledged_sequence IS NULL ORDER BY due, rowid"
        return tuple(row["shipment_id"] for row in self._database.execute(statement).fetchall())

    def row(self, shipment_id: str) -> sqlite3.Row:
        """Return the row of a shipment, with the callback's address and token."""
        [row] = self._database.execute("SELECT * FROM shipments WHERE shipment_id = ?", shipment_id).fetchall()
        assert isinstance(row, sqlite3.Row)
        return row

    def sending(self, shipment_id: str) -> None:
        """Note that a confirmation is being sent; only the first time gives the delivery its number."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE shipments SET tries = tries + 1, sent_sequence = coalesce(sent_sequence, ?)"
                " WHERE shipment_id = ?",
                self._database.next_number(), shipment_id,
            )  # fmt: skip

    def acknowledged(self, shipment_id: str) -> None:
        """Note that the receiver has taken the confirmation."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE shipments SET acknowledged_sequence = ?, acknowledged_at = ? WHERE shipment_id = ?",
                self._database.next_number(), now().isoformat(), shipment_id,
            )  # fmt: skip


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(
        shipment_id=row["shipment_id"],
        order=row["order_number"],
        lines=tuple(json.loads(row["lines"])),
        shipped_sequence=row["shipped_sequence"],
        due_at=datetime.fromtimestamp(row["due"], UTC),
        tries=row["tries"],
        sent_sequence=row["sent_sequence"],
        acknowledged_sequence=row["acknowledged_sequence"],
        acknowledged_at=row["acknowledged_at"],
    )


class Courier:
    """Sends each confirmation when it is due, again after a longer and longer pause until it is acknowledged.

    `token` is for callers that gave none with their request. After `tries` attempts it leaves the shipment pending;
    the next start of the back office takes it up again.
    """

    def __init__(self, deliveries: Deliveries, tries: int, backoff: float, token: str) -> None:
        self._deliveries = deliveries
        self._tries = tries
        self._backoff = backoff
        self._token = token
        # No proxy from the environment: the receiver is on this machine or named in full by the caller.
        self._client = httpx.AsyncClient(timeout=5.0, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()

    def resume(self) -> None:
        """Take up every shipment that is still pending."""
        for shipment_id in self._deliveries.pending():
            self.take(shipment_id)

    def take(self, shipment_id: str) -> None:
        """Deliver a shipment in the background of the running event loop."""
        task = asyncio.create_task(self._deliver(shipment_id), name=f"deliver {shipment_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Stop sending; what is not acknowledged stays pending in the database."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    async def _deliver(self, shipment_id: str) -> None:
        row = self._deliveries.row(shipment_id)
        await asyncio.sleep(max(0.0, row["due"] - now().timestamp()))
        for attempt in range(self._tries):
            if attempt:
                await asyncio.sleep(min(self._backoff * 2 ** (attempt - 1), LONGEST_BACKOFF))
            if await self._is_sent(row):
                self._deliveries.acknowledged(shipment_id)
                return
        logger.warning("shipment %s: nobody acknowledged its delivery in %d tries", shipment_id, self._tries)

    async def _is_sent(self, row: sqlite3.Row) -> bool:
        self._deliveries.sending(row["shipment_id"])
        headers = {"Authorization": f"Bearer {row['token'] or self._token}", "Content-Type": "application/json"}
        try:
            answer = await self._client.post(row["url"], content=row["confirmation"], headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return answer.is_success

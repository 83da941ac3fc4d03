"""The back office without HTTP around it: a request's way through key, fault, check and effect to its answer."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

from pydantic import ValidationError

from examples.smartbytes.backoffice.books import Books, Call, Remembered
from examples.smartbytes.backoffice.database import Database, now
from examples.smartbytes.backoffice.deliveries import Courier, Deliveries
from examples.smartbytes.backoffice.faults import Fault, Faults, Kind
from examples.smartbytes.backoffice.journal import Journal
from examples.smartbytes.backoffice.ledger import Entry
from examples.smartbytes.backoffice.replies import DROPPED, Reply, decoded, failure, invalid
from examples.smartbytes.backoffice.requests import Done, EffectRequest, Refusal
from examples.smartbytes.backoffice.systems import LOOKUP, Operation


@dataclass(frozen=True)
class Settings:
    """How a back office is run; times are in seconds.

    `keys_remembered` is how long an idempotency key gives the same answer again (`None`: for ever); `tokens` is keyed
    by system, and a system without one asks for none. `callback_token` goes with confirmations to callers that gave no
    token of their own.
    """

    database: Path | str
    delivery_delay: float = 0.3
    delivery_tries: int = 8
    delivery_backoff: float = 0.2
    keys_remembered: float | None = None
    tokens: Mapping[str, str] = field(default_factory=dict)
    callback_token: str = ""


class Office:
    """The nine systems over one database."""

    def __init__(self, settings: Settings) -> None:
        """Open the database.

        Raises:
            OtherFormat: the file was written by another version.
            sqlite3.Error: the file cannot be opened.
        """
        self.settings = settings
        self._database = Database(settings.database)
        self.books = Books(self._database)
        self.journal = Journal(self._database)
        self.faults = Faults(self._database)
        self.deliveries = Deliveries(self._database)
        self.courier = Courier(
            self.deliveries, settings.delivery_tries, settings.delivery_backoff, settings.callback_token
        )
        self._stopping = asyncio.Event()

    def stop_holding(self) -> None:
        """Let go the requests that a fault keeps waiting, so that the server can end."""
        self._stopping.set()

    async def close(self) -> None:
        """Stop the courier and close the database."""
        self.stop_holding()
        await self.courier.stop()
        self._database.close()

    async def ask(self, operation: Operation, key: str | None, body: bytes, authorization: str) -> Reply:
        """Return the answer of an operation to a request, after having its effect at most once."""
        document = decoded(body)
        call = self.journal.arrived(operation.system, operation.name, _order_in(document), key)
        reply = self._unauthorized(operation.system, authorization) or await self._exposed(operation, call, document)
        self.journal.answered(call, reply.status, reply.replayed)
        return reply

    async def look_up(self, operation: Operation, key: str, authorization: str) -> Reply:
        """Return whether an operation had its effect under a key, and what it answered.

        The books know it also after the key is forgotten: forgetting ends replays, not the past.
        """
        call = self.journal.arrived(operation.system, operation.name + LOOKUP, key.partition("/")[0], key)
        reply = self._unauthorized(operation.system, authorization) or await self._exposed(operation, call, None)
        self.journal.answered(call, reply.status, reply.replayed)
        return reply

    def _unauthorized(self, system: str, authorization: str) -> Reply | None:
        token = self.settings.tokens.get(system)
        if token is None or hmac.compare_digest(f"Bearer {token}".encode(), authorization.encode()):
            return None
        message = f"`{system}` asks for its bearer token in the header `Authorization`."
        failed = failure(401, "UNAUTHORIZED", message)
        return Reply(failed.status, failed.body, {"WWW-Authenticate": "Bearer"})

    async def _exposed(self, operation: Operation, call: Call, document: Mapping[str, object] | Reply | None) -> Reply:
        """Answer under the fault that this call meets, if any."""
        fault = self.faults.hit(call.system, call.operation)
        if fault is None:
            return self._plain(operation, call, document)
        self.journal.met(call, fault.kind)
        match fault.kind:
            case Kind.STATUS:
                return _faulty(fault, fault.status, f"HTTP_{fault.status}", "answers with an error")
            case Kind.OFFLINE:
                return _faulty(fault, 503, "OFFLINE", "is offline")
            case Kind.TIMEOUT:
                await self._hold(fault)
                return _faulty(fault, 504, "TIMED_OUT", "did not answer in time")
            case Kind.LATENCY:
                await self._hold(fault)
                return self._plain(operation, call, document)
            case Kind.LOST_ANSWER:
                self._plain(operation, call, document)
                return DROPPED
            case Kind.WRONG_ANSWER:
                return _spoilt(self._plain(operation, call, document))
        assert_never(fault.kind)

    async def _hold(self, fault: Fault) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), fault.hold)
        except TimeoutError:
            return

    def _plain(self, operation: Operation, call: Call, document: Mapping[str, object] | Reply | None) -> Reply:
        if document is None:
            return self._happened(operation, call.key)
        if not call.key:
            return failure(
                400, "KEY_MISSING", "The header `Idempotency-Key` is missing. Send one key per wanted effect."
            )
        if isinstance(document, Reply):
            return document
        try:
            request = operation.request.model_validate(document)
        except ValidationError as error:
            return invalid(error)
        return self._once(call, request, _fingerprint(document))

    def _happened(self, operation: Operation, key: str) -> Reply:
        known = self.books.remembered(operation.system, operation.name, key)
        return Reply(200, {"happened": True, "answer": known.answer} if known else {"happened": False})

    def _once(self, call: Call, request: EffectRequest, fingerprint: str) -> Reply:
        """Have the effect and record it in one transaction, or give the answer of the first time again."""
        kept = self.settings.keys_remembered
        since = 0.0 if kept is None else now().timestamp() - kept
        with self._database.transaction():
            known = self.books.remembered(call.system, call.operation, call.key, since)
            if known:
                return _again(known, fingerprint, call)
            outcome = request.perform(self.books, call)
            if isinstance(outcome, Refusal):
                # Nothing happened, so the key is still free: asked again later, the system decides anew.
                return failure(outcome.status, outcome.code, outcome.message, outcome.problems)
            remembered = Remembered(fingerprint, outcome.status, outcome.answer)
            self.books.record(call, request.order, remembered, _entries(outcome, request, call))
            if outcome.shipment:
                self.deliveries.add(call, request.order, outcome.shipment, self.settings.delivery_delay)
        if outcome.shipment:
            self.courier.take(outcome.shipment.shipment_id)
        return Reply(outcome.status, outcome.answer)


def _entries(done: Done, request: EffectRequest, call: Call) -> tuple[Entry, ...]:
    return request.entries(call) if done.entries is None else done.entries


def _again(known: Remembered, fingerprint: str, call: Call) -> Reply:
    if known.fingerprint != fingerprint:
        message = (
            f"Key `{call.key}` was used for another `{call.system}.{call.operation}`. Use a new key for a new effect."
        )
        return failure(409, "KEY_REUSED", message)
    return Reply(known.status, known.answer, {"Idempotent-Replay": "true"}, replayed=True)


def _faulty(fault: Fault, status: int, code: str, what: str) -> Reply:
    message = f"`{fault.system}.{fault.operation}` {what}, as asked for by `POST /faults`."
    return failure(status, fault.code or code, message, retry_after=fault.retry_after)


def _spoilt(reply: Reply) -> Reply:
    # The right fields with values of the wrong type; errors are left alone, they are no answer to spoil.
    if reply.status is None or reply.status >= 400:
        return reply
    return Reply(reply.status, {name: [value] for name, value in reply.body.items()}, reply.headers, reply.replayed)


def _fingerprint(document: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _order_in(document: Mapping[str, object] | Reply) -> str:
    order = "" if isinstance(document, Reply) else document.get("order", "")
    return order if isinstance(order, str) else ""

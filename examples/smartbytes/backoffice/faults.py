"""Faults on demand: what the next calls of an operation meet instead of, or on the way to, their effect."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from examples.smartbytes.backoffice.database import Database
from examples.smartbytes.backoffice.requests import Text, Wire, scrambled
from examples.smartbytes.backoffice.systems import LOOKUP, SYSTEMS, operation_names


class Kind(StrEnum):
    """What a fault does to a call."""

    STATUS = "status"
    LATENCY = "latency"
    TIMEOUT = "timeout"
    LOST_ANSWER = "lost_answer"
    OFFLINE = "offline"
    WRONG_ANSWER = "wrong_answer"


DEFAULT_SECONDS = {Kind.LATENCY: 1.0, Kind.TIMEOUT: 60.0}


class Fault(Wire):
    """One fault: whom it hits, how, and how often.

    `operation` may be `*` (every operation of the system) or `ship/lookup` (the lookup of `ship`); `calls` is how many
    calls it hits, `null` until it is cleared; `share` is the part of the calls it hits, drawn by `seed` and the number
    of the call, so that the same calls meet it every time.
    """

    system: Text
    operation: Text = "*"
    kind: Kind
    status: Annotated[int, Field(ge=400, le=599)] = 500
    code: Text | None = None
    seconds: Annotated[float, Field(ge=0, le=3600)] | None = None
    calls: Annotated[int, Field(ge=1)] | None = 1
    share: Annotated[float, Field(ge=0, le=1)] = 1.0
    seed: int = 0
    retry_after: Annotated[float, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _hits_something(self) -> Fault:
        _known("system", self.system, (*SYSTEMS, "*"))
        names = operation_names(self.system)
        _known("operation", self.operation, (*names, *(name + LOOKUP for name in names), "*"))
        return self

    @property
    def hold(self) -> float:
        """Return for how many seconds a call is kept waiting."""
        return DEFAULT_SECONDS.get(self.kind, 0.0) if self.seconds is None else self.seconds

    def concerns(self, system: str, operation: str) -> bool:
        """Return whether this fault may hit calls of an operation; `operation` may be a lookup."""
        if self.system not in (system, "*"):
            return False
        return self.operation == operation or (self.operation == "*" and not operation.endswith(LOOKUP))

    def darkens(self, system: str, operation: str) -> bool:
        """Return whether this fault takes the operation's system away, so that its lookups are gone with it."""
        return self.kind is Kind.OFFLINE and self.concerns(system, operation.removesuffix(LOOKUP))

    def draws(self, number: int) -> bool:
        """Return whether the call of this number (from 1) is in the fault's share."""
        return int(scrambled(self.seed, number)[:8], 16) / 0x1_0000_0000 < self.share


def _known(what: str, name: str, names: Iterable[str]) -> None:
    known = tuple(dict.fromkeys(names))
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f" Did you mean `{near[0]}`?" if near else f" Known: {', '.join(known)}."
        raise ValueError(f"there is no {what} `{name}`.{hint}")


class ActiveFault(Wire):
    """A fault that still hits calls: `remaining` of them, or any number if `null`; `seen` counts those it could hit."""

    id: int
    fault: Fault
    remaining: int | None
    seen: int


class Faults:
    """The faults asked for, kept in the database; the oldest that hits a call wins."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, fault: Fault) -> ActiveFault:
        """Ask for a fault."""
        statement = "INSERT INTO faults (fault, remaining) VALUES (?, ?) RETURNING id"
        # Read to the end: the row is only committed once the statement is done.
        [row] = self._database.execute(statement, fault.model_dump_json(), fault.calls).fetchall()
        return ActiveFault(id=row["id"], fault=fault, remaining=fault.calls, seen=0)

    def active(self) -> tuple[ActiveFault, ...]:
        """Return the faults that still hit calls, oldest first."""
        rows = self._database.execute("SELECT * FROM faults ORDER BY id").fetchall()
        return tuple(
            ActiveFault(
                id=row["id"],
                fault=Fault.model_validate_json(row["fault"]),
                remaining=row["remaining"],
                seen=row["seen"],
            )
            for row in rows
        )

    def clear(self) -> int:
        """Take all faults back; return how many there were."""
        return self._database.execute("DELETE FROM faults").rowcount

    def hit(self, system: str, operation: str) -> Fault | None:
        """Return the fault this call meets, counting the call against it, or `None`."""
        for each in self.active():
            if each.fault.concerns(system, operation):
                if self._hits(each):
                    return each.fault
            elif each.fault.darkens(system, operation):
                return each.fault
        return None

    def _hits(self, active: ActiveFault) -> bool:
        hits = active.fault.draws(active.seen + 1)
        self._database.execute("UPDATE faults SET seen = seen + 1 WHERE id = ?", active.id)
        if hits and active.remaining is not None:
            self._database.execute("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", active.id)
            self._database.execute("DELETE FROM faults WHERE id = ? AND remaining <= 0", active.id)
        return hits

"""What the systems did, one entry per effect, and the check that nothing was done twice.

*Exactly once* is counted **by subject**: what was done (order, system, operation, line, quantity, amount), never by the
key it was asked under. A key that is new by accident makes a second effect of an old subject, which a count by key
cannot see. The same subject may be wanted again, after it was undone: then it comes in a new round.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict


class Entry(BaseModel):
    """One effect on one line; `line` is empty if it concerns the whole order, `round` is `None` for a foreign key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sequence: int
    at: datetime
    system: str
    operation: str
    order: str
    line: str
    quantity: Decimal | None
    amount: Decimal | None
    key: str
    round: int | None

    @property
    def subject(self) -> Subject:
        return Subject(self.order, self.system, self.operation, self.line, self.quantity, self.amount)


class Subject(NamedTuple):
    """What an effect is about; 12.5 and 12.50 are the same amount."""

    order: str
    system: str
    operation: str
    line: str
    quantity: Decimal | None
    amount: Decimal | None


class Doubled(BaseModel):
    """A subject with more effects than wanted rounds; `sequences` and `keys` are in order of arrival."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: str
    system: str
    operation: str
    line: str
    quantity: Decimal | None
    amount: Decimal | None
    rounds: tuple[int, ...]
    sequences: tuple[int, ...]
    keys: tuple[str, ...]


def round_of(key: str, order: str) -> int | None:
    """Return the round in a key of the form `order/step/round`, or `None` if the key has not that form.

    The key must begin with the order's own number: a random key that happens to end in `/2` wants nothing again.
    """
    found = re.fullmatch(rf"{re.escape(order)}/.+/([0-9]{{1,9}})", key)
    return int(found.group(1)) if found else None


def doubled_effects(ledger: Sequence[Entry]) -> tuple[Doubled, ...]:
    """Return the subjects that have more effects than wanted rounds, in order of their first effect.

    One effect is always allowed, whatever its key; an effect without a round wants no further one.
    """
    by_subject: dict[Subject, list[Entry]] = {}
    for entry in ledger:
        by_subject.setdefault(entry.subject, []).append(entry)
    found = (_doubled(subject, entries) for subject, entries in by_subject.items())
    return tuple(each for each in found if each)


def _doubled(subject: Subject, entries: Sequence[Entry]) -> Doubled | None:
    rounds = sorted({each.round for each in entries if each.round is not None})
    if len(entries) <= max(1, len(rounds)):
        return None
    sequences = tuple(each.sequence for each in entries)
    keys = tuple(each.key for each in entries)
    return Doubled(**subject._asdict(), rounds=tuple(rounds), sequences=sequences, keys=keys)

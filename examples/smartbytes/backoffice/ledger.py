"""What the systems did, one entry per effect; the check that nothing was done twice, and what is left of it.

*Exactly once* is counted **by subject**: what was done (order, system, operation, line, quantity, amount), never by the
key it was asked under. A key that is new by accident makes a second effect of an old subject, which a count by key
cannot see. The same subject may be wanted again in a new round, or once more after it was undone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

UNDOES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("payments", "void"): "authorize",
        ("payments", "refund"): "capture",
        ("inventory", "release"): "reserve",
        ("shipping", "take_back"): "ship",
        ("licensing", "revoke"): "activate",
        ("warranty", "cancel"): "register",
        ("billing", "credit"): "invoice",
        ("revenue", "reverse"): "recognize",
        ("obligations", "reopen"): "satisfy",
        ("obligations", "close"): "open",
        ("compensation", "claw_back"): "accrue",
    }
)
"""Which operation of the same system each operation undoes, keyed by system and operation."""


class Entry(BaseModel):
    """One effect on one line; `line` is empty if it concerns the whole order, `round` is `None` for a foreign key.

    `undoes` is the sequence of the effect that this one undoes.
    """

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
    undoes: int | None = None

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

    @property
    def undone(self) -> Subject | None:
        """Return the subject that effects on this one undo, or `None` if they undo nothing."""
        operation = UNDOES.get((self.system, self.operation))
        return self._replace(operation=operation) if operation else None


class Net(BaseModel):
    """What is left of a subject: `done` effects less those `undone`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: str
    system: str
    operation: str
    line: str
    quantity: Decimal | None
    amount: Decimal | None
    done: int
    undone: int
    net: int


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

    One effect is always allowed, whatever its key; an effect without a round wants no further one. What was undone may
    be done again, and everything that was done be undone.
    """
    by_subject, undone = _by_subject(ledger)
    found = (
        _doubled(subject, entries, undone.get(subject, 0), len(by_subject.get(subject.undone or subject, ())))
        for subject, entries in by_subject.items()
    )
    return tuple(each for each in found if each)


def net_effects(ledger: Sequence[Entry]) -> tuple[Net, ...]:
    """Return what is left of each subject, in order of first effects; those that undo count for what they undo."""
    by_subject, undone = _by_subject(ledger)
    done = {subject: len(entries) for subject, entries in by_subject.items() if subject.undone is None}
    subjects = tuple(dict.fromkeys((*done, *undone)))
    return tuple(_net(each, done.get(each, 0), undone.get(each, 0)) for each in subjects)


def _net(subject: Subject, done: int, undone: int) -> Net:
    return Net(**subject._asdict(), done=done, undone=undone, net=done - undone)


def _by_subject(ledger: Sequence[Entry]) -> tuple[dict[Subject, list[Entry]], dict[Subject, int]]:
    """Return the effects of each subject, and how many of them were undone."""
    entries: dict[Subject, list[Entry]] = {}
    undone: dict[Subject, int] = {}
    for entry in ledger:
        entries.setdefault(entry.subject, []).append(entry)
        if (subject := entry.subject.undone) is not None:
            undone[subject] = undone.get(subject, 0) + 1
    return entries, undone


def _doubled(subject: Subject, entries: Sequence[Entry], undone: int, done: int) -> Doubled | None:
    rounds = sorted({each.round for each in entries if each.round is not None})
    allowed = max(1, len(rounds)) + undone if subject.undone is None else max(1, len(rounds), done)
    if len(entries) <= allowed:
        return None
    sequences = tuple(each.sequence for each in entries)
    keys = tuple(each.key for each in entries)
    return Doubled(**subject._asdict(), rounds=tuple(rounds), sequences=sequences, keys=keys)

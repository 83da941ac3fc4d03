"""Who has which task: what the service writes when tasks are handed out, claimed, released and handed on.

Each hand-over is a row of its own, counted by task: of several people who take a task at once the key lets one win,
and the others look again. Queues that choose among their members do so one task after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from sqlmodel import Session, col, select

from catalog.base import Refused
from catalog.people import Assignment, least_loaded, next_in_turn
from fulfillment.progress import AuditEntry
from orderbook.claim_tables import QueueTurnRow, TaskClaimRow
from orderbook.connection import Connected
from orderbook.tables import AuditServiceRow
from orderbook.tasks import Claim, OpenTask, as_claim, loads, open_task, open_tasks, told_since


class Choice(NamedTuple):
    """How a queue chooses whom a task goes to."""

    queue: str
    method: Assignment
    members: tuple[str, ...]


class NewClaim(NamedTuple):
    """With whom a task is to be; `choice` finds the assignee. Its audit goes on with who that is."""

    claim: Claim
    audit: AuditEntry
    choice: Choice | None = None


Decide = Callable[[OpenTask | None], NewClaim | Refused | None]
"""Says what becomes of a task, given how it stands (None: it is not open); asked again where others were first."""


class Claims(Connected):
    """The order book as it keeps with whom tasks are."""

    def open_tasks(self, *, unclaimed: bool = False) -> tuple[OpenTask, ...]:
        """Return the tasks that wait to be done in orders that have not ended, oldest first.

        With `unclaimed` only those that were never handed to anybody.
        """
        return self._read(lambda session: open_tasks(session, unclaimed=unclaimed))

    def hand_over(self, number: str, step: str, decide: Decide) -> Claim | Refused | None:
        """Give a task to whom `decide` says, audited with it, and return the claim, or what `decide` has against it."""
        return self._write(lambda session: _hand_over(session, number, step, decide))

    def claims(self, number: str, step: str) -> tuple[Claim, ...]:
        """Return with whom a step's task has been, oldest first."""
        row = TaskClaimRow
        query = select(row).where(col(row.number) == number, col(row.step) == step)
        rows = self._read(lambda session: session.scalars(query).all())
        return tuple(as_claim(each) for each in sorted(rows, key=attrgetter("opened_at", "no")))

    def told_since(self, at: datetime) -> frozenset[tuple[str, str, str]]:
        """Return kind, subject and level of each notification since then."""
        return self._read(lambda session: told_since(session, at))


def _hand_over(session: Session, number: str, step: str, decide: Decide) -> Claim | Refused | None:
    found = open_task(session, number, step)
    decided = decide(found)
    if found is None or not isinstance(decided, NewClaim):
        return None if isinstance(decided, NewClaim) else decided
    claim = decided.claim
    if decided.choice and not claim.assignee:
        claim = claim.model_copy(update={"assignee": _chosen(session, decided.choice)})
    session.add(TaskClaimRow(number=number, step=step, opened_at=found.task.opened_at, **dict(claim)))
    told = decided.audit.model_copy(update={"detail": _with_whom(claim, decided.audit.detail)})
    session.add(AuditServiceRow(number=number, **dict(told)))
    return claim


def _with_whom(claim: Claim, why: str) -> str:
    who = f"with `{claim.assignee}`" if claim.assignee else "with whoever takes it"
    where = f" in the queue `{claim.queue}`" if claim.queue else ""
    return f"{who}{where}{f': {why}' if why else ''}"


def _chosen(session: Session, choice: Choice) -> str:
    """Return whose turn it is; the row of the queue is locked, so that those who choose at once see each other."""
    turn = session.get(QueueTurnRow, choice.queue, with_for_update=True)
    if turn is None:
        # Where a twin was first, the key clashes, and all this begins anew.
        turn = QueueTurnRow(queue=choice.queue, last="")
        session.add(turn)
        session.flush()
    match choice.method:
        case Assignment.NONE:
            return ""
        case Assignment.ROUND_ROBIN:
            turn.last = next_in_turn(choice.members, turn.last)
        case Assignment.LEAST_LOADED:
            turn.last = least_loaded(choice.members, loads(session, choice.members))
    return turn.last

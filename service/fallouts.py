"""Who looks after a fallout: handed over by people, shown to all, audited (`domain.md` F3)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from catalog.base import Refused
from catalog.environment import Environment
from catalog.words import did_you_mean
from fulfillment.commands import Answer
from fulfillment.progress import AuditEntry
from orderbook.fallouts import NOBODY, FalloutFilter
from orderbook.store import OrderBook
from orderbook.views import FalloutView
from service.authority import role_of
from service.lost import unknown


class HandOver(NamedTuple):
    """Which step's open fallout goes to whom; `by` hands it over. `to` is a person or `nobody`."""

    number: str
    step: str
    to: str
    by: str
    reason: str = ""


def assign(book: OrderBook, environment: Environment, wish: HandOver, now: datetime) -> Answer | Refused:
    """Let somebody look after the open fallout of a step, or return why not; audited either way.

    Raises:
        BookError: the order book does not answer.
    """
    if book.show(wish.number) is None:
        return unknown(wish.number)
    role = role_of(environment, wish.by, "assign")
    fallout = role if isinstance(role, Refused) else _assignable(book, environment, wish)
    if isinstance(fallout, Refused):
        detail = " ".join(each.message for each in fallout.issues)
        book.add_audit(wish.number, _entry(wish, "", now, detail, accepted=False))
        return fallout
    entry = _entry(wish, str(role), now, f"fallout {fallout.number}: to `{wish.to}`", accepted=True)
    owner = "" if wish.to == NOBODY else wish.to
    place = (wish.number, wish.step, fallout.number)
    book.assign_fallout(*place, owner=owner, at=now, actor=wish.by, reason=wish.reason, audit=entry)
    return Answer(message=f"Order {wish.number}: fallout {fallout.number} of `{wish.step}` is with `{wish.to}` now.")


def _assignable(book: OrderBook, environment: Environment, wish: HandOver) -> FalloutView | Refused:
    people = [each.actor for each in environment.people]
    if people and wish.to not in (*people, NOBODY):
        hint = did_you_mean(wish.to, people, "They are")
        return _refused(f"`{wish.to}` is not among the people of this installation.", hint)
    found = [each for each in book.fallouts(chosen=FalloutFilter(step=wish.step)) if each.order == wish.number]
    own = [each for each in found if each.step == wish.step]
    if not own:
        hint = f"`dro orders show {wish.number}` names those that are open."
        return _refused(f"Step `{wish.step}` of order `{wish.number}` has no open fallout.", hint)
    return own[-1]


def _refused(message: str, hint: str) -> Refused:
    return Refused.because("assign", message, hint)


def _entry(wish: HandOver, role: str, now: datetime, detail: str, *, accepted: bool) -> AuditEntry:
    return AuditEntry(
        at=now,
        actor=wish.by,
        role=role,
        action="assign",
        step=wish.step,
        accepted=accepted,
        detail=detail,
        reason=wish.reason,
    )

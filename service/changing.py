"""Asks a running order to change, and tells what came of it; what is refused stands in its history (`domain.md` A4)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple

from temporalio.client import Client

from catalog.base import Refused
from catalog.environment import Environment
from decomposition.revisions import Revision
from fulfillment.commands import Amend, Answer, Cancel
from orderbook.store import OrderBook
from service.authority import authorized
from service.changes import Amendment, UnderWay, not_their_order
from service.desk import CHANGE_SECONDS, ask, signal

HEARD_SECONDS = 3.0
"""How long the order book may take to hear of a change that the order has applied."""
LOOK_SECONDS = 0.05


class HowToAsk(NamedTuple):
    """Which way a change is asked for: by default with an answer that tells what came of it.

    `invocation` identifies the request of a person: sent again, it is done once.
    """

    invocation: str
    wait: bool = True
    as_signal: bool = False


def allowed(book: OrderBook, environment: Environment, number: str, wanted: Amend | Cancel) -> Amend | Cancel | Refused:
    """Return a change with the role in which its actor may ask for it, or why they may not."""
    found = authorized(wanted, environment)
    if isinstance(found, Refused):
        return found
    return not_their_order(book, number, found.actor, found.role) or found


async def change(
    client: Client, book: OrderBook, number: str, wanted: Amend | Cancel, amended: Amendment | None, how: HowToAsk
) -> Answer | Refused:
    """Ask the order to change; return what it answers, or why it refuses.

    `amended` is the content of an `Amend`: the order book has it before the order is asked.

    Raises:
        NoWorker: nobody runs the order.
        Unreachable: Temporal does not answer.
        BookError: the order book does not answer.
    """
    if amended is not None:
        await asyncio.to_thread(
            book.add_version,
            amended.order,
            base=amended.base,
            at=datetime.now(UTC),
            actor=wanted.actor,
            role=wanted.role,
            reason=wanted.reason,
        )
    if how.as_signal:
        return await signal(client, number, wanted)
    patience = CHANGE_SECONDS if how.wait else 0.0
    return await ask(client, number, wanted, how.invocation, decided_within=patience)


async def moved_meanwhile(book: OrderBook, shown: Revision | None, before: UnderWay) -> tuple[str, ...]:
    """Return the steps, by id, with which a change that was applied does otherwise than was shown; empty if none.

    `shown` is the revision that was shown, `before` the order as it was then.
    """
    happened = await asyncio.to_thread(_applied, book, before)
    deadline = asyncio.get_running_loop().time() + HEARD_SECONDS
    while happened is None and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(LOOK_SECONDS)
        happened = await asyncio.to_thread(_applied, book, before)
    if happened is None or shown is None:
        return ()
    return tuple(sorted(set(_treated(shown)) ^ set(_treated(happened))))


def _applied(book: OrderBook, before: UnderWay) -> Revision | None:
    view = book.show(before.view.number)
    plan = book.plan(view.plan) if view and view.plan else None
    return plan.revisions[-1] if plan and plan.version > before.plan.version else None


def _treated(revision: Revision) -> tuple[str, ...]:
    undone = [each.step for each in revision.undoing]
    return (*revision.unwanted, *undone, *(each.step for each in revision.mending))

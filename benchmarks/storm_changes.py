"""People who change their minds in the storm: they amend and cancel orders at any moment; and what is left of it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from benchmarks.installation import Installation
from catalog.base import Refused
from fulfillment.commands import Amend, Cancel
from fulfillment.states import OrderState
from orderbook.errors import BookError
from service import desk
from service.catalogs import load_order
from service.desk import NoWorker
from service.temporal import Unreachable

REASON = "the customer thought again"
PATIENCE = 60.0
"""Seconds during which somebody repeats what nobody answers."""


class Wish(StrEnum):
    """What somebody wants of an order."""

    NOTHING = "nothing"
    AMEND = "amend"
    CANCEL_LINE = "cancel_line"
    CANCEL = "cancel"
    INSIST = "cancel_by_override"


class Answers(Counter[str]):
    """How many changes were asked for, applied, refused, or never answered."""


async def change_of_mind(there: Installation, number: str, seed: int, answers: Answers) -> None:
    """Ask for up to two changes of an order that has been taken, each at a moment of its own."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - a storm is no secret
    wishes = chance.choices(list(Wish), weights=(3, 3, 2, 1, 1), k=2)
    for at, wish in enumerate(wishes):
        await asyncio.sleep(chance.uniform(0, 4))
        if wish is not Wish.NOTHING:
            answers["asked"] += 1
            answers[await _asked(there, number, wish, f"storm-{seed}-{at}")] += 1


async def _asked(there: Installation, number: str, wish: Wish, invocation: str) -> str:
    command = await asyncio.to_thread(_command, there, number, wish)
    end = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < end:
        try:
            answer = await desk.ask(there.client, number, command, invocation)
        except (Unreachable, NoWorker, BookError):
            await asyncio.sleep(0.5)
            continue
        return "refused" if isinstance(answer, Refused) else "applied"
    return "unanswered"


def _command(there: Installation, number: str, wish: Wish) -> Amend | Cancel:
    match wish:
        case Wish.AMEND:
            return _amend(there, number)
        case Wish.CANCEL_LINE:
            return Cancel(actor="kim", reason=REASON, lines=("L4",))
        case Wish.INSIST:
            return Cancel(actor="kim", role="admin", reason=REASON, override=True)
        case _:
            return Cancel(actor="kim", reason=REASON)


def _amend(there: Installation, number: str) -> Amend:
    """Return the wish for one more line, its content written down as `dro orders amend` does."""
    loaded = load_order(there.write(number, "laptop-bundle-amended"))
    assert loaded.order is not None
    shown = there.book.show(number)
    base = shown.version if shown else 1
    there.book.add_version(loaded.order, base=base, at=datetime.now(UTC), actor="kim", reason=REASON)
    return Amend(actor="kim", reason=REASON, order=loaded.order.digest, base=base)


async def not_undone(there: Installation, numbers: Sequence[str]) -> int:
    """Return how many effects are left of orders that ended cancelled."""
    left = 0
    for number in numbers:
        view = await asyncio.to_thread(there.book.show, number)
        if view is not None and view.state is OrderState.CANCELLED:
            left += sum(each["net"] for each in await there.net(number))
    return left

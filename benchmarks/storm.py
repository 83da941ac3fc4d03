"""A storm over many orders: systems fail in all their ways, workers and server are killed, a system goes offline.

python -m benchmarks.storm [--quick] [--orders N] [--changes] [--seed N] [--json]

Afterwards every order is completed or waits in a fallout that says why. Then the weather clears, one bulk retry is
given until nothing is open, and the books are compared: each effect happened once, and the order book says what the
workflows say. With `--changes` orders are amended and cancelled meanwhile; of a cancelled one nothing is left.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.installation import TROUBLE, Installation, Target, installed
from benchmarks.storm_changes import Answers, change_of_mind, not_undone
from catalog.fallout_rules import FalloutRule, RetryPolicy
from fulfillment.states import OrderState
from orderbook.switches import SystemSwitch
from orderbook.views import OrderSummary
from service import bulk
from service.reconcile import reconcile
from service.systems import bring_online, take_offline

RULES = (
    FalloutRule(name="busy", pattern=TROUBLE, retry=RetryPolicy(retries=2, interval="200ms"), queue="back_office"),
    FalloutRule(name="everything_else", queue="back_office"),
)
"""Few retries, so that many steps park."""
KINDS: tuple[dict[str, object], ...] = (
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 422, "code": "REFUSED_FOR_NOW"},
    {"kind": "latency", "seconds": 1.5},
    {"kind": "lost_answer"},
    {"kind": "wrong_answer"},
    {"kind": "offline"},
)
SHARE = 0.2
"""The part of all calls that fail."""
OFFLINE = "warranty"
AT_ONCE = 8
"""Orders that are handed in at a time."""
ROUNDS = 10
CHANGED = (OrderState.CANCELLED, OrderState.PARTIAL)
"""How an order ends that was cancelled, or a line of it."""


class Weather(NamedTuple):
    """How many orders, what is killed in which order, and whether people change their minds meanwhile."""

    orders: int
    kills: tuple[Target, ...]
    changes: bool = False


FULL = Weather(300, (Target.WORKER,) * 5 + (Target.SERVER,) * 2)
QUICK = Weather(60, (Target.WORKER,) * 5 + (Target.SERVER,) * 2)


class Aftermath(NamedTuple):
    """What came of it; `unexplained` orders have neither ended as somebody wanted nor a fallout that says why, `lost`
    are not in the book, `doubled` the effects that happened twice, by subject, `not_undone` what is left of orders that
    ended cancelled. `ended_otherwise` are cancelled, or partial."""

    orders: int
    completed: int
    ended_otherwise: int
    in_fallout: int
    lost: int
    doubled: int
    unexplained: int
    differences: int
    seed: int
    kills: int
    completed_before_retry: int
    in_fallout_before_retry: int
    retried_steps: int
    retry_rounds: int
    changes: dict[str, int]
    not_undone: int
    seconds: float


async def storm(there: Installation, weather: Weather, seed: int) -> Aftermath:
    """Let the storm pass over an installation and return what is left when it has cleared."""
    begun, chance = time.monotonic(), random.Random(seed)  # noqa: S311 - a storm is no secret
    numbers = [f"S-{index:03d}" for index in range(weather.orders)]
    for index, kind in enumerate(KINDS):
        await there.fault(**kind, share=SHARE / len(KINDS), calls=None, seed=seed * len(KINDS) + index)
    answers = Answers()
    async with asyncio.TaskGroup() as group:
        group.create_task(_hand_in(there, numbers, seed if weather.changes else None, answers))
        group.create_task(_kill(there, chance.sample(weather.kills, len(weather.kills)), chance, len(numbers)))
        group.create_task(_take_away(there))
    calm = await _settled(there, numbers)
    (await there.http.delete("/faults")).raise_for_status()
    retried, rounds, after = await _retry_all(there, numbers, seed)
    doubled = [await there.doubled(each) for each in numbers]
    compared = await reconcile(there.client, there.book, datetime.now(UTC), numbers)
    return Aftermath(
        orders=len(numbers),
        completed=_count(after, OrderState.COMPLETED),
        ended_otherwise=sum(each.state in CHANGED for each in after),
        in_fallout=sum(bool(each.open_fallouts) for each in after),
        lost=len(numbers) - len(after),
        doubled=sum(len(each) for each in doubled),
        unexplained=await _unexplained(there, calm),
        differences=len(compared.differences),
        seed=seed,
        kills=len(weather.kills),
        completed_before_retry=_count(calm, OrderState.COMPLETED),
        in_fallout_before_retry=sum(bool(each.open_fallouts) for each in calm),
        retried_steps=retried,
        retry_rounds=rounds,
        changes=dict(sorted(answers.items())),
        not_undone=await not_undone(there, numbers),
        seconds=round(time.monotonic() - begun, 1),
    )


async def _hand_in(there: Installation, numbers: Sequence[str], seed: int | None, answers: Answers) -> None:
    """Submit the orders, some at a time; with a seed, have people change their minds about them."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: str) -> None:
        async with places:
            await there.order(number)
        if seed is not None:
            await change_of_mind(there, number, seed, answers)

    await asyncio.gather(*(one(each) for each in numbers))


async def _kill(there: Installation, targets: Sequence[Target], chance: random.Random, orders: int) -> None:
    # About as long as the orders take, whatever the machine.
    for target in targets:
        await asyncio.sleep(chance.uniform(0.5, 1.5) * orders / 30)
        await there.kill(target)


async def _take_away(there: Installation) -> None:
    """Switch a system off for a while, as an operator does."""
    switch = SystemSwitch(system=OFFLINE, offline=True, since=datetime.now(UTC), actor="kim", reason="maintenance")
    await asyncio.to_thread(take_offline, there.book, switch)
    await asyncio.sleep(10)
    on = SystemSwitch(system=OFFLINE, offline=False, since=datetime.now(UTC), actor="kim", reason="back")
    await bring_online(there.client, there.book, on)


async def _settled(there: Installation, numbers: Sequence[str]) -> tuple[OrderSummary, ...]:
    """Return the orders once none has moved for a while: each is over, or waits for a person."""
    quiet = 0
    moment = ""
    async with asyncio.timeout(600):
        while True:
            await asyncio.sleep(1)
            orders = await _orders(there, numbers)
            now = str(sorted((each.number, each.state, each.open_fallouts) for each in orders))
            waiting = all(each.ended_at or each.open_fallouts for each in orders)
            quiet = quiet + 1 if waiting and now == moment else 0
            moment = now
            if quiet >= 10 and len(orders) == len(numbers):
                return orders


async def _orders(there: Installation, numbers: Sequence[str]) -> tuple[OrderSummary, ...]:
    found = await asyncio.to_thread(there.book.orders, limit=10 * len(numbers))
    return tuple(each for each in found if each.number in set(numbers))


async def _retry_all(
    there: Installation, numbers: Sequence[str], seed: int
) -> tuple[int, int, tuple[OrderSummary, ...]]:
    """Retry everything that is open, as often as something is; return steps, rounds and what became of the orders."""
    decision = bulk.Decision(action=bulk.Action.RETRY, actor="kim", reason="the storm is over")
    retried = rounds = 0
    orders = await _settled(there, numbers)
    while rounds < ROUNDS and any(each.open_fallouts for each in orders):
        rounds += 1
        found = await asyncio.to_thread(there.book.fallouts)
        tally = await bulk.resolve(there.client, there.book, bulk.targets(found), decision, f"storm-{seed}-{rounds}")
        retried += tally.resolved
        orders = await _settled(there, numbers)
    return retried, rounds, orders


async def _unexplained(there: Installation, orders: Sequence[OrderSummary]) -> int:
    """Return how many orders neither ended as somebody wanted nor wait in a fallout that says why."""
    said = {each.order for each in await asyncio.to_thread(there.book.fallouts, open_only=False) if each.why}
    wanted = (OrderState.COMPLETED, *CHANGED)
    return sum(each.state not in wanted and each.number not in said for each in orders)


def _count(orders: Sequence[OrderSummary], state: OrderState) -> int:
    return sum(each.state is state for each in orders)


async def _run(weather: Weather, seed: int) -> Aftermath:
    with tempfile.TemporaryDirectory() as folder:
        async with installed(Path(folder), rules=RULES) as there:
            return await storm(there, weather, seed)


def main() -> None:
    """Run the storm and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storm", description="A storm over many orders.")
    parser.add_argument("--quick", action="store_true", help="60 orders instead of 300")
    parser.add_argument("--orders", type=int, help="another number of orders")
    parser.add_argument("--changes", action="store_true", help="amend and cancel orders meanwhile")
    parser.add_argument("--seed", type=int, help="repeat the points of an earlier storm")
    parser.add_argument("--json", action="store_true", help="JSON alone on stdout")
    wanted = parser.parse_args()
    weather = QUICK if wanted.quick else FULL
    if wanted.orders:
        weather = weather._replace(orders=wanted.orders)
    weather = weather._replace(changes=wanted.changes)
    seed = wanted.seed if wanted.seed is not None else random.SystemRandom().randrange(1_000_000)
    found = asyncio.run(_run(weather, seed))._asdict()
    print(json.dumps(found, indent=2) if wanted.json else "\n".join(f"{name:26}{each}" for name, each in found.items()))


if __name__ == "__main__":
    main()

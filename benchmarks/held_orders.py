"""How much memory a worker needs for an order that is open and cached: ten steps, the last of which waits."""

from __future__ import annotations

import asyncio
import itertools

from benchmarks.plan_shape_catalogs import HELD
from benchmarks.plant import OUR_WORKER, Plant, handed_in, resident_kib, running_plant
from fulfillment.states import StepState

WARM = 50
HELD_ORDERS = 200
IN_FLIGHT = 8
WAITING = "held.close"
PATIENCE = 120.0
SETTLING = 3.0


async def kib_per_order() -> float:
    """Return by how much the worker grows with each of 200 open orders, after 50 that made it warm, in KiB."""
    async with running_plant(HELD) as plant, plant.worker(OUR_WORKER) as pid:
        numbers = (f"H-{at:04}" for at in itertools.count())
        await hold(plant, [next(numbers) for _ in range(WARM)])
        before = await _resident(pid)
        await hold(plant, [next(numbers) for _ in range(HELD_ORDERS)])
        return (await _resident(pid) - before) / HELD_ORDERS


async def hold(plant: Plant, numbers: list[str]) -> None:
    """Hand orders in, and return once the order book says of all of them that their last step waits."""
    places = asyncio.Semaphore(IN_FLIGHT)

    async def one(number: str) -> None:
        async with places, asyncio.timeout(PATIENCE):
            await handed_in(plant, plant.written(HELD, number))
            while not await asyncio.to_thread(_waits, plant, number):  # noqa: ASYNC110 - the book tells nobody
                await asyncio.sleep(0.05)

    await asyncio.gather(*(one(number) for number in numbers))


def _waits(plant: Plant, number: str) -> bool:
    view = plant.book.show(number)
    steps = view.steps if view else ()
    return any(each.id == WAITING and each.state is StepState.IN_PROGRESS for each in steps)


async def _resident(pid: int) -> int:
    """Return the worker's memory after its last tasks have ended."""
    await asyncio.sleep(SETTLING)
    return await asyncio.to_thread(resident_kib, pid)

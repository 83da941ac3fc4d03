"""Closed-loop load: a number of orders in flight for some seconds, each followed at once by the next one."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

PATIENCE = 180.0
"""Seconds after which an order counts as stuck, which ends the benchmark."""

RunOrder = Callable[[], Awaitable[None]]
"""Runs one more order, from handing it in to its end."""


class Load(NamedTuple):
    """Orders in flight, seconds during which new ones are handed in, and the least number of orders."""

    in_flight: int
    seconds: float
    at_least: int = 3


class Block(NamedTuple):
    """One block of load: orders a second, and seconds that an order took (median, 95th percentile)."""

    orders: int
    rate: float
    p50: float
    p95: float


async def under(load: Load, run_order: RunOrder) -> Block:
    """Return what orders took, all of them counted, from the first one's submit to the last one's end.

    The first ones are handed in at once and the last ones end among ever fewer: both edges are part of the figures,
    and the longer a block the less they matter.

    Raises:
        TimeoutError: an order is stuck.
    """
    begun = time.perf_counter()
    handed_in = 0
    took: list[float] = []

    async def one_after_the_other() -> None:
        nonlocal handed_in
        while time.perf_counter() < begun + load.seconds or handed_in < load.at_least:
            handed_in += 1
            since = time.perf_counter()
            async with asyncio.timeout(PATIENCE):
                await run_order()
            took.append(time.perf_counter() - since)

    async with asyncio.TaskGroup() as group:
        for _ in range(load.in_flight):
            group.create_task(one_after_the_other())
    elapsed = time.perf_counter() - begun
    took.sort()
    return Block(len(took), len(took) / elapsed, percentile(took, 50), percentile(took, 95))


def percentile(ascending: list[float], percent: int) -> float:
    """Return the smallest of the values that so many percent do not exceed (nearest rank)."""
    return ascending[max(0, math.ceil(len(ascending) * percent / 100) - 1)]

"""kill -9 at thirty seeded points: orders complete, each effect happens once, and the order book tells the truth.

`DRO_KILL_SEED` repeats the points of an earlier run; what goes on at a point depends on the machine all the same.
"""

from __future__ import annotations

import asyncio
import os
import random
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks.installation import PATIENCE, Installation, Target, installed
from catalog.steps import StepType
from fulfillment.states import OrderState, StepState
from orderbook.views import OrderView
from tests.postgres import MISSING, cluster, execute, programs

pytestmark = [pytest.mark.server, pytest.mark.processes]

CONNECTIONS = "database connections"
"""Not a process, but killed as well."""
ON_SQLITE: tuple[Target | str, ...] = (Target.WORKER,) * 8 + (Target.SERVER,) * 7
ON_POSTGRESQL: tuple[Target | str, ...] = (Target.WORKER,) * 5 + (Target.SERVER,) * 4 + (CONNECTIONS,) * 6
FAULTS: tuple[dict[str, object], ...] = (
    {},
    {"kind": "latency", "seconds": 0.5, "calls": 3},
    {"kind": "lost_answer", "calls": 2},
)
LONGEST_DELAY = 1.0


class Point(NamedTuple):
    """When to kill what: `delay` seconds after a fresh order was handed in, or after the next call has arrived."""

    target: Target | str
    after_call: bool
    delay: float
    fault: dict[str, object]


def drawn(targets: Sequence[Target | str], chance: random.Random) -> list[Point]:
    """Return a point for each target, in a random order."""
    shuffled = chance.sample(targets, len(targets))
    return [
        Point(each, chance.random() < 0.7, chance.uniform(0, LONGEST_DELAY), chance.choice(FAULTS)) for each in shuffled
    ]


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str | None]:
    """URL of an empty database on a cluster of its own; None where PostgreSQL is not installed."""
    found = programs()
    if found is None:
        warnings.warn(MISSING, stacklevel=1)
        yield None
        return
    with cluster(found) as url:
        execute(url, "CREATE DATABASE orders")
        yield f"{url}/orders"


async def test_thirty_kills_lose_nothing_and_double_nothing(
    tmp_path: Path, postgresql: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("DRO_KILL_SEED") or random.SystemRandom().randrange(1_000_000))
    with capsys.disabled():
        print(f"\n  thirty kills with DRO_KILL_SEED={seed}")
    chance = random.Random(seed)
    first = drawn(ON_SQLITE, chance)
    second = drawn(ON_POSTGRESQL if postgresql else ON_SQLITE, chance)
    assert len(first) + len(second) == 30
    async with asyncio.TaskGroup() as group:
        group.create_task(survives(first, tmp_path / "a", None))
        group.create_task(survives(second, tmp_path / "b", postgresql))


async def survives(points: Sequence[Point], folder: Path, database: str | None) -> None:
    """Place an order at each point, kill, and see that all of them complete as if nothing had happened."""
    folder.mkdir()
    async with installed(folder, database) as there:
        numbers = [f"K-{index}" for index, _ in enumerate(points)]
        placing = [await killed(there, point, number) for point, number in zip(points, numbers, strict=True)]
        await asyncio.gather(*placing)
        for number in numbers:
            view = await there.ended(number)
            assert view.state is OrderState.COMPLETED, number
            assert await there.doubled(number) == []
            assert sorted({each["key"] for each in await there.effects(number)}) == wanted(view)
        assert await there.differences(numbers) == ()
        assert there.surprises == []


async def killed(there: Installation, point: Point, number: str) -> asyncio.Task[None]:
    """Hand in an order and kill at the point; return the task that hands in, which may be hit too."""
    if point.fault:
        await there.fault(**point.fault)
    before = len(await there.calls())
    placing = asyncio.create_task(there.order(number))
    if point.after_call:
        async with asyncio.timeout(PATIENCE):
            while len(await there.calls()) == before:  # noqa: ASYNC110 - the back office tells nobody
                await asyncio.sleep(0.02)
    await asyncio.sleep(point.delay)
    if isinstance(point.target, Target):
        await there.kill(point.target)
    else:
        server, _, database = there.settings.database.rpartition("/")
        ours = f"FROM pg_stat_activity WHERE datname = '{database}'"
        await asyncio.to_thread(execute, server, "SELECT pg_terminate_backend(pid) " + ours)
    return placing


def wanted(view: OrderView) -> list[str]:
    """Return the key of each effect that an order without trouble has: one for each of its calls."""
    assert {each.state for each in view.steps} == {StepState.COMPLETED}
    return sorted(f"{view.number}/{each.id}/1" for each in view.steps if each.type == StepType.CALLOUT)

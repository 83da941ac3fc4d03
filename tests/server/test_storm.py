"""A short storm: systems fail in all their ways, processes are killed, one system is away, and nothing is lost."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.installation import Target, installed
from benchmarks.storm import RULES, Weather, storm

pytestmark = [pytest.mark.server, pytest.mark.processes]


async def test_after_a_storm_every_order_completes_once_and_every_stop_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    with capsys.disabled():
        print(f"\n  a storm with seed {seed}")
    async with installed(tmp_path, rules=RULES) as there:
        left = await storm(there, Weather(10, (Target.WORKER, Target.SERVER, Target.WORKER)), seed)
        assert there.surprises == []
    assert (left.orders, left.completed, left.in_fallout) == (10, 10, 0)
    assert (left.lost, left.doubled, left.unexplained, left.differences) == (0, 0, 0, 0)

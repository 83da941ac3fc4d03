"""A call whose system is switched off: nothing is sent, nothing counts, and what earlier tries left stays known."""

from __future__ import annotations

import dataclasses

import pytest

from activities.systems import SystemActivities
from catalog.environment import Environment
from fulfillment.outcomes import Offline
from orderbook.switches import SystemSwitch
from tests.unit.activities.conftest import STEP, Desk
from tests.unit.orderbook.builders import NOON

SWITCH = SystemSwitch(system="payments", offline=True, since=NOON, actor="ann", reason="maintenance")


async def payments_off(system: str) -> SystemSwitch | None:
    return SWITCH if system == "payments" else None


def switched_off(desk: Desk) -> Desk:
    activities = SystemActivities(desk.book, desk.office, Environment(), lambda _: None, "", offline=payments_off)
    return dataclasses.replace(desk, activities=activities)


@pytest.mark.parametrize(
    ("attempt", "heartbeats", "known"),
    [
        (1, (), {"attempts": 0, "tries": 0, "unknown": False}),
        (3, (2, 0), {"attempts": 2, "tries": 2, "unknown": False}),
        (3, (2, 1), {"attempts": 2, "tries": 1, "unknown": False}),
        (3, (), {"attempts": 2, "tries": 2, "unknown": True}),
    ],
)
async def test_nothing_is_sent_and_only_earlier_tries_are_told(
    desk: Desk, attempt: int, heartbeats: tuple[int, ...], known: dict[str, object]
) -> None:
    off = switched_off(desk)
    outcome = (await off.make(off.call(), attempt=attempt, heartbeats=heartbeats)).outcome
    assert outcome == Offline(system="payments", actor="ann", reason="maintenance").model_copy(update=known)
    assert await desk.effects() == 0
    assert desk.book.attempts("SB-1001", STEP) == ()


async def test_what_is_unknown_of_calls_before_stays_so(desk: Desk) -> None:
    off = switched_off(desk)
    outcome = (await off.make(off.call(attempts=1, tries=1, unknown=True))).outcome
    assert isinstance(outcome, Offline)
    assert (outcome.attempts, outcome.unknown) == (0, True)

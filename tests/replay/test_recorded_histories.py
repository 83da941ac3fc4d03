"""Recorded histories replay: orders that run today survive tomorrow's code.

`make histories` records them anew, for a new plan format or a new kind of order.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from pathlib import Path

import pytest

from tests.replay.recording import HISTORIES
from tests.replay.replay import replay_all

RECORDED = sorted(HISTORIES.glob("*.json"))

HAPPENINGS = {
    "untroubled": ("shipping.ship",),
    "with-people": ("complete_task", "WORKFLOW_EXECUTION_UPDATE_ACCEPTED"),
    "retried-and-resumed": ("PROVIDER_CLOSED",),
    "waiting-for-facts-and-times": ("functions.add_days", '"name":"insisted"', '"line":"L1"', "TIMER_FIRED"),
    "going-one-way": ('"kind":"skip"',),
    "answered-later": ('"round":2', "PARCEL_LOST", '"kind":"complete"'),
    "amended": ("plan_change", "payments.authorize+2", "payment_void.void"),
    "called-off": ("WORKFLOW_EXECUTION_CANCEL_REQUESTED", "plan_change", "shipping.take_back"),
    "resolved-by-hand": ("no_such_signal", '"nothing_happened":true', "K-1"),
    "lost-and-restarted-run-1": ("WORKFLOW_EXECUTION_TERMINATED",),
    "lost-and-restarted-run-2": ("recall_order",),
    "continued-as-new-run-1": ("WORKFLOW_EXECUTION_CONTINUED_AS_NEW",),
    "continued-as-new-run-2": ('"carried":"',),
    "replaced": ("extend_plan", "cannot be run", '"extension":'),
    "tried-again-later": ("LATER", "TIMER_CANCELED"),
    "told-beside-its-steps": ('"activityType":{"name":"write_progress"}',),
}
"""What each kind is recorded for, in words of its history."""


@cache
def words_of(file: Path) -> str:
    """Return a history with what its payloads say."""
    text = file.read_text()
    payloads = (base64.b64decode(each).decode() for each in re.findall(r'"data":"([^"]*)"', text))
    return "\n".join((text, *payloads))


@pytest.mark.parametrize("kind", HAPPENINGS)
def test_a_kind_of_order_is_recorded_with_what_makes_it_one(kind: str) -> None:
    words = words_of(HISTORIES / f"format-1-{kind}.json")
    assert [each for each in HAPPENINGS[kind] if each not in words] == []


def test_histories_tell_nothing_of_the_machine_that_recorded_them() -> None:
    assert [each.stem for each in RECORDED if re.search(r'"identity"|"stackTrace"|File \\"/', words_of(each))] == []


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
async def test_a_recorded_history_replays(file: Path) -> None:
    await replay_all((file,))

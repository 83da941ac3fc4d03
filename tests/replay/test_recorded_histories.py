"""Recorded histories replay: orders that run today survive tomorrow's code.

`pytest tests/server/test_histories.py --record-histories` records them anew, for a new plan format or a new step type;
histories of formats that open orders may have are never deleted.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from worker import workflow_runner
from workflows.fulfill_order import FulfillOrder

HISTORIES = Path(__file__).parent / "histories"


def test_there_are_recorded_histories() -> None:
    assert sorted(HISTORIES.glob("*.json"))


@pytest.mark.parametrize("file", sorted(HISTORIES.glob("*.json")), ids=lambda file: file.stem)
async def test_a_recorded_history_replays(file: Path) -> None:
    replayer = Replayer(
        workflows=[FulfillOrder], data_converter=pydantic_data_converter, workflow_runner=workflow_runner()
    )
    await replayer.replay_workflow(WorkflowHistory.from_json(f"order/{file.stem}", file.read_text()))

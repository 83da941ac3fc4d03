"""Replays histories: here, or in a process of its own by `python -m tests.replay.replay FILE…`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from worker import workflow_runner
from workflows.fulfill_order import FulfillOrder


async def replay(history: WorkflowHistory) -> None:
    """Replay the history of an order; raise where today's code would act otherwise."""
    replayer = Replayer(
        workflows=[FulfillOrder], data_converter=pydantic_data_converter, workflow_runner=workflow_runner()
    )
    await replayer.replay_workflow(history)


async def replay_all(files: tuple[Path, ...]) -> None:
    """Replay one recorded history after the other."""
    for each in files:
        await replay(WorkflowHistory.from_json(f"order/{each.stem}", each.read_text()))


if __name__ == "__main__":
    chosen = tuple(map(Path, sys.argv[1:]))
    asyncio.run(replay_all(chosen))
    print(f"{len(chosen)} histories replay")

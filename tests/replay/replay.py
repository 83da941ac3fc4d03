"""Replays histories in a process of its own: `python -m tests.replay.replay FILE…`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from worker import workflow_runner
from workflows.fulfill_order import FulfillOrder


async def replay(file: Path) -> None:
    """Replay the history of an order; raise where today's code would act otherwise."""
    replayer = Replayer(
        workflows=[FulfillOrder], data_converter=pydantic_data_converter, workflow_runner=workflow_runner()
    )
    await replayer.replay_workflow(WorkflowHistory.from_json(f"order/{file.stem}", file.read_text()))


async def replay_all(files: tuple[Path, ...]) -> None:
    """Replay one history after the other."""
    for each in files:
        await replay(each)


if __name__ == "__main__":
    chosen = tuple(map(Path, sys.argv[1:]))
    asyncio.run(replay_all(chosen))
    print(f"{len(chosen)} histories replay")

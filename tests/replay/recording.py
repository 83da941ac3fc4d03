"""Reads histories off Temporal and keeps them as the recorded ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHistory

from workflows.ids import workflow_id

HISTORIES = Path(__file__).parent / "histories"
FORMAT = 1
"""Counts up with what recorded orders consist of; histories of formats that open orders may have are never deleted."""

_OF_A_MACHINE = ("identity", "stackTrace")


async def histories_of(client: Client, number: str) -> tuple[WorkflowHistory, ...]:
    """Return the history of each run of an order's workflow, the first run first."""
    runs = [each async for each in client.list_workflows(f'WorkflowId = "{workflow_id(number)}"')]
    handles = [
        client.get_workflow_handle(each.id, run_id=each.run_id) for each in sorted(runs, key=lambda run: run.start_time)
    ]
    return tuple([await each.fetch_history() for each in handles])


def keep(kind: str, histories: tuple[WorkflowHistory, ...]) -> None:
    """Write the histories of all runs of an order of that kind, an event a line, without what tells of the machine."""
    name = f"format-{FORMAT}-{kind.replace('_', '-')}"
    for earlier in (*HISTORIES.glob(f"{name}.json"), *HISTORIES.glob(f"{name}-run-*.json")):
        earlier.unlink()
    for at, history in enumerate(histories, 1):
        run = f"-run-{at}" if len(histories) > 1 else ""
        events = [json.dumps(_impersonal(each), separators=(",", ":")) for each in history.to_json_dict()["events"]]
        (HISTORIES / f"{name}{run}.json").write_text('{"events":[\n' + ",\n".join(events) + "\n]}\n")


def _impersonal(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _impersonal(value) for name, value in part.items() if name not in _OF_A_MACHINE}
    return [_impersonal(each) for each in part] if isinstance(part, list) else part

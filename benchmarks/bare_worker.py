"""The process that runs the bare workflow: `python -m benchmarks.bare_worker`, in the home that `DRO_HOME` names."""

from __future__ import annotations

import asyncio
from contextlib import closing

from temporalio.client import Client
from temporalio.worker import Worker, WorkerConfig
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from benchmarks.bare import TASK_QUEUE, Answering, Bare, nothing
from catalog.environment import Environment
from orderbook.store import OrderBook
from service.hosts import stop_requested
from service.settings import Settings, load
from service.temporal import connect
from worker import OURS, running_worker


async def main() -> None:
    """Poll until SIGTERM."""
    settings = load()
    client = await connect(settings)
    options = await _options_of_ours(client, settings)
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*OURS, "benchmarks")
    options |= {
        "task_queue": TASK_QUEUE,
        "workflows": [Bare, Answering],
        "activities": [nothing],
        "activity_executor": None,
        "workflow_runner": SandboxedWorkflowRunner(restrictions=restrictions),
    }
    with stop_requested() as stop:
        async with Worker(**options):
            await stop.wait()


async def _options_of_ours(client: Client, settings: Settings) -> WorkerConfig:
    """Return how our worker is set, taken from one that polls a queue where nothing ever comes."""
    apart = settings.model_copy(update={"task_queue": f"{TASK_QUEUE}-unused"})
    with closing(OrderBook(settings.database)) as book:
        environment = Environment(functions="benchmarks.plan_shape_catalogs:WORKER_FUNCTIONS")
        async with running_worker(client, book, environment, apart) as worker:
            return worker.config()


if __name__ == "__main__":
    asyncio.run(main())

"""The worker, put together: what runs orders on Temporal, from parts that know nothing of each other."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.functions import Body, FunctionsUnusable, lacking, load
from activities.orders import OrderActivities
from activities.systems import SystemActivities
from catalog.base import Refused
from catalog.environment import Environment
from orderbook.store import OrderBook
from service.catalogs import catalog_in_use
from service.running import CannotStart
from service.settings import Settings
from workflows.fulfill_order import FulfillOrder

OURS = ("catalog", "decomposition", "fulfillment", "workflows")
"""Modules the sandbox passes through: pure by contract, and 25 ms per order cheaper than importing them anew."""
CONCURRENT_ACTIVITIES = 100


def workflow_runner() -> SandboxedWorkflowRunner:
    """Return the runner of workflows, for workers and replays alike."""
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*OURS))


@asynccontextmanager
async def running_worker(
    client: Client, book: OrderBook, environment: Environment, settings: Settings, *, cached_workflows: int = 1_000
) -> AsyncIterator[Worker]:
    """Poll the task queue until the block ends, then finish or hand back what runs.

    Raises:
        CannotStart: the worker lacks a function that a catalog in use, or of an open order, declares.
    """
    functions = await asyncio.to_thread(_functions, book, environment, settings)
    async with httpx.AsyncClient(trust_env=False, timeout=None) as http:  # noqa: S113 - each call has its own time-out
        orders = OrderActivities(book)
        systems = SystemActivities(book, http, environment, os.environ.get, settings.callback_url, functions)
        with ThreadPoolExecutor(max_workers=CONCURRENT_ACTIVITIES, thread_name_prefix="book") as threads:
            worker = Worker(
                client,
                task_queue=settings.task_queue,
                workflows=[FulfillOrder],
                activities=[orders.prepare_order, orders.open_task, orders.write_progress, systems.call],
                activity_executor=threads,
                workflow_runner=workflow_runner(),
                max_concurrent_activities=CONCURRENT_ACTIVITIES,
                max_cached_workflows=cached_workflows,
                graceful_shutdown_timeout=timedelta(seconds=15),
            )
            async with worker:
                yield worker


def _functions(book: OrderBook, environment: Environment, settings: Settings) -> Mapping[str, Body]:
    """Return the functions of this worker, which must have all that its orders may ask for."""
    try:
        functions = load(environment.functions)
    except FunctionsUnusable as error:
        raise CannotStart(str(error)) from error
    pinned = [book.catalog(each) for each in book.open_catalogs()]
    use = catalog_in_use(settings, book)
    catalogs = [each for each in pinned if each] + ([] if isinstance(use, Refused) else [use.catalog])
    if problems := lacking(catalogs, functions):
        more = "Name a mapping that has it in the environment, `functions: module:attribute`, or do not declare it."
        raise CannotStart("\n".join((*problems, more)))
    return functions

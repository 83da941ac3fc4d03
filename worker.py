"""The worker, put together: what runs orders on Temporal, from parts that know nothing of each other."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import httpx
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.changes import ChangeActivities
from activities.fallouts import FalloutActivities
from activities.functions import FunctionsUnusable, lacking, load
from activities.orders import OrderActivities
from activities.systems import SystemActivities
from catalog.catalog import Catalog
from catalog.environment import Environment
from fulfillment.computing import Body
from orderbook.store import OrderBook
from service.queues import LOOK_AGAIN, OwnQueue, Pollers, own_queues, polling, queues_of, served_catalogs
from service.running import CannotStart
from service.settings import Settings
from service.switches import following
from workflows.fulfill_order import FulfillOrder

OURS = ("catalog", "decomposition", "fulfillment", "workflows")
"""Modules the sandbox passes through: pure by contract, and 25 ms per order cheaper than importing them anew."""
CONCURRENT_ACTIVITIES = 100


def workflow_runner() -> SandboxedWorkflowRunner:
    """Return the runner of replays: each recorded history passes through the sandbox in every test run.

    A worker does without it, since the rooms that a workflow reaches are pure by contract: the sandbox is asked about
    each payload, and costs a worker a sixth of its work.
    """
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*OURS))


@asynccontextmanager
async def running_worker(
    client: Client,
    book: OrderBook,
    environment: Environment,
    settings: Settings,
    *,
    cached_workflows: int = 1_000,
    look_again: timedelta = LOOK_AGAIN,
) -> AsyncIterator[Worker]:
    """Poll the task queues until the block ends, then finish or hand back what runs.

    `look_again` is how often to look for systems that have got a queue of their own.

    Raises:
        CannotStart: the worker lacks a function that a catalog in use, or of an open order, declares.
    """
    catalogs = await asyncio.to_thread(served_catalogs, book, settings)
    functions = _functions(catalogs, environment)
    grace = timedelta(seconds=settings.stop_grace)
    # Each call has its own time-out; a connection is given up before common servers do that in the middle of a request.
    limits = httpx.Limits(max_connections=CONCURRENT_ACTIVITIES, keepalive_expiry=2)
    async with (
        httpx.AsyncClient(trust_env=False, timeout=None, limits=limits) as http,  # noqa: S113
        following(book) as switches,
    ):
        orders, changes = OrderActivities(book, environment.calendars), ChangeActivities(book)
        systems = SystemActivities(
            book, http, environment, os.environ.get, settings.callback_url, functions, switches.offline
        )
        pollers = Pollers(partial(_poller, client, systems, environment, grace))
        with ThreadPoolExecutor(max_workers=CONCURRENT_ACTIVITIES, thread_name_prefix="book") as threads:
            worker = Worker(
                client,
                task_queue=settings.task_queue,
                workflows=[FulfillOrder],
                activities=[
                    orders.prepare_order,
                    orders.extend_plan,
                    changes.plan_change,
                    orders.recall_order,
                    orders.open_task,
                    orders.write_progress,
                    FalloutActivities(book, environment).judge,
                    systems.call,
                ],
                activity_executor=threads,
                workflow_runner=UnsandboxedWorkflowRunner(),
                max_concurrent_activities=CONCURRENT_ACTIVITIES,
                max_cached_workflows=cached_workflows,
                graceful_shutdown_timeout=grace,
            )
            async with polling(worker, pollers, partial(own_queues, book, settings), look_again):
                pollers.poll(queues_of(catalogs, settings.task_queue))
                yield worker


def _poller(
    client: Client, systems: SystemActivities, environment: Environment, grace: timedelta, queue: OwnQueue
) -> Worker:
    """Return the worker of a system's own queue: calls only, within the limits that the environment sets."""
    address = environment.system(queue.system)
    return Worker(
        client,
        task_queue=queue.name,
        activities=[systems.call],
        max_task_queue_activities_per_second=address.rate if address else None,
        max_concurrent_activities=(address and address.concurrency) or CONCURRENT_ACTIVITIES,
        graceful_shutdown_timeout=grace,
    )


def _functions(catalogs: Iterable[Catalog], environment: Environment) -> Mapping[str, Body]:
    """Return the functions of this worker, which must have all that its orders may ask for."""
    try:
        functions = load(environment.functions)
    except FunctionsUnusable as error:
        raise CannotStart(str(error)) from error
    if problems := lacking(catalogs, functions):
        more = "Name a mapping that has it in the environment, `functions: module:attribute`, or do not declare it."
        raise CannotStart("\n".join((*problems, more)))
    return functions

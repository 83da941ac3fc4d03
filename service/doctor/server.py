"""The Temporal server as orders need it: its namespace, its search attributes, and workers that poll."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import IndexedValueType, TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    ListNamespacesRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from service import running
from service.doctor.finding import Finding, listed, unwell, well
from service.identity import book_mark, mark_in
from service.queues import OwnQueue
from service.server_program import SEARCH_ATTRIBUTES
from service.settings import Settings, SettingsError
from service.temporal import Unreachable, connect

PATIENCE = timedelta(seconds=5)
LIVELY = timedelta(seconds=90)
"""How long ago a living worker may have polled: it does each minute, and the server shows a dead one for five."""
_ORDERS = (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
_CALLS = (TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,)


async def look(settings: Settings, environ: Mapping[str, str], queues: tuple[OwnQueue, ...]) -> tuple[Finding, ...]:
    """Return what was found at the server; `queues` are those that only calls of one system wait in."""
    try:
        client = await connect(settings, environ)
    except Unreachable as error:
        return (unwell("Temporal", f"no answer at {error.address}: {error.reason}", error.hint),)
    except SettingsError as error:
        return (unwell("Temporal", str(error), "Correct Temporal's own settings."),)
    address = client.service_client.config.target_host
    embedded = running.alive(settings.home)
    which = f", {embedded.version}" if embedded and embedded.address == address else ""
    return (well("Temporal", f"answers at {address}{which}"), *await _inside(client, settings, queues))


async def _inside(client: Client, settings: Settings, queues: tuple[OwnQueue, ...]) -> tuple[Finding, ...]:
    found: list[Finding] = []
    try:
        found.append(await _namespace(client))
        # In a namespace that is not there, nothing else can be.
        if found[0].ok:
            found.append(await _search_attributes(client))
            found.append(await _worker(client, settings))
            found.append(await _own_queues(client, queues))
    except RPCError as error:
        found.append(unwell("Temporal's answers", error.message, "See the server's log, and ask again."))
    return tuple(found)


async def _namespace(client: Client) -> Finding:
    name = client.namespace
    try:
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=name), timeout=PATIENCE)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        others = await _namespaces(client)
        there = f", there is {listed(others)}" if others else ""
        create = f"`temporal operator namespace create --namespace {name}`"
        step = f"Correct `TEMPORAL_NAMESPACE`{there}; or create it: {create}."
        return unwell("Namespace", f"there is no `{name}`", step)
    return well("Namespace", f"`{name}`")


async def _namespaces(client: Client) -> tuple[str, ...]:
    # A client may be allowed to use a namespace without being allowed to list them all.
    with suppress(RPCError):
        answer = await client.workflow_service.list_namespaces(ListNamespacesRequest(page_size=20), timeout=PATIENCE)
        names = (each.namespace_info.name for each in answer.namespaces)
        return tuple(sorted(each for each in names if each != "temporal-system"))
    return ()


async def _search_attributes(client: Client) -> Finding:
    name = "Search attributes"
    request = ListSearchAttributesRequest(namespace=client.namespace)
    answer = await client.operator_service.list_search_attributes(request, timeout=PATIENCE)
    known = {each: _type_name(kind) for each, kind in answer.custom_attributes.items()}
    missing = [each for each in SEARCH_ATTRIBUTES if each not in known]
    other = [each for each, kind in SEARCH_ATTRIBUTES.items() if known.get(each, kind) != kind]
    if other:
        kinds = ", ".join(f"`{each}` is {known[each]} and must be {SEARCH_ATTRIBUTES[each]}" for each in other)
        return unwell(name, kinds, "Use another namespace: the type of a search attribute cannot be changed.")
    if missing:
        options = " ".join(f"--name {each} --type {SEARCH_ATTRIBUTES[each]}" for each in missing)
        create = f"`temporal operator search-attribute create --namespace {client.namespace} {options}`"
        return unwell(name, f"missing: {listed(missing)}", f"`dro worker` registers them if it may, else {create}.")
    return well(name, ", ".join(SEARCH_ATTRIBUTES))


def _type_name(kind: IndexedValueType.ValueType) -> str:
    return IndexedValueType.Name(kind).removeprefix("INDEXED_VALUE_TYPE_").title()


async def _worker(client: Client, settings: Settings) -> Finding:
    queue = f"task queue `{settings.task_queue}`"
    polled = await asyncio.gather(*(_pollers(client, settings.task_queue, kind) for kind in _ORDERS))
    if not all(polled):
        return unwell("Worker", f"nobody polls {queue}", "Start one with `dro worker` or `dro up`.")
    workers = tuple(dict.fromkeys(each for identities in polled for each in identities))
    shown = f"polls {queue}: {', '.join(workers)}"
    strangers = _strangers(workers, settings)
    if not strangers:
        return well("Worker", shown)
    what = f"polls {queue} for another order book than `{book_mark(settings.database)}`: {', '.join(strangers)}"
    if settings.database.startswith("sqlite") or any((mark_in(each) or "").startswith("sqlite") for each in strangers):
        step = "Use the `DRO_HOME` (or `DRO_DATABASE`) of that worker, or stop it, or use another `DRO_TASK_QUEUE`."
        return unwell("Worker", what, step)
    return well("Worker", what, "See that it is the same database under another name.")


def _strangers(workers: Iterable[str], settings: Settings) -> tuple[str, ...]:
    own = book_mark(settings.database)
    return tuple(each for each in workers if mark_in(each) not in (None, own))


async def _own_queues(client: Client, queues: tuple[OwnQueue, ...]) -> Finding:
    """Return whether somebody polls the queue of each system that has its own."""
    name = "Own queues"
    if not queues:
        return well(name, "no system has one")
    polled = await asyncio.gather(*(_pollers(client, each.name, kind) for each in queues for kind in _CALLS))
    alone = [each.name for each, pollers in zip(queues, polled, strict=True) if not pollers]
    if not alone:
        return well(name, f"{listed(each.name for each in queues)} polled")
    step = "Start a worker with `dro worker`, or wait a minute: a running one looks for new queues each minute."
    return unwell(name, f"nobody polls {listed(alone)}", step)


async def _pollers(client: Client, queue: str, kind: TaskQueueType.ValueType) -> tuple[str, ...]:
    """Return who polls a queue, sorted."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
    )
    answer = await client.workflow_service.describe_task_queue(request, timeout=PATIENCE)
    since = datetime.now(UTC) - LIVELY
    lively = (each.identity for each in answer.pollers if each.last_access_time.ToDatetime(UTC) >= since)
    return tuple(sorted(set(lively)))

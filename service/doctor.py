"""Looks at every part that an order needs and says, for each that is not well, what to do next."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from temporalio.api.enums.v1 import IndexedValueType, TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from catalog.base import Frozen, Issue, Refused
from catalog.catalog import Catalog
from orderbook.errors import BookError
from orderbook.store import OrderBook
from service import running
from service.catalogs import catalog_in_use, environment_in_use, refuses
from service.server_program import SEARCH_ATTRIBUTES
from service.setting_values import without_password
from service.settings import Settings, SettingsError
from service.temporal import Unreachable, connect


class Finding(Frozen):
    """One thing that was looked at; `next_step` is empty where all is well."""

    name: str
    ok: bool
    what: str
    next_step: str = ""


async def examine(settings: Settings) -> tuple[Finding, ...]:
    """Return what was found, in the order in which things depend on each other."""
    return (*await _temporal(settings), await asyncio.to_thread(_book, settings), *_written(settings))


async def _temporal(settings: Settings) -> tuple[Finding, ...]:
    try:
        client = await connect(settings)
    except (Unreachable, SettingsError) as error:
        hint = error.hint if isinstance(error, Unreachable) else "Correct Temporal's own settings."
        what = f"no answer at {error.address}: {error.reason}" if isinstance(error, Unreachable) else str(error)
        return (Finding(name="Temporal", ok=False, what=what, next_step=hint),)
    address = client.service_client.config.target_host
    embedded = running.alive(settings.home)
    which = f", {embedded.version}" if embedded and embedded.address == address else ""
    found = [Finding(name="Temporal", ok=True, what=f"answers at {address}{which}")]
    for look in (_namespace, _search_attributes, _worker):
        try:
            found.append(await look(client, settings))
        except RPCError as error:
            found.append(_no_answer(look.__name__, error))
    return tuple(found)


def _no_answer(look: str, error: RPCError) -> Finding:
    name = look.removeprefix("_").replace("_", " ").capitalize()
    return Finding(name=name, ok=False, what=error.message, next_step="See the server's log, and ask again.")


async def _namespace(client: Client, settings: Settings) -> Finding:  # noqa: ARG001 - one signature for all looks
    try:
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        step = f"Create it: `temporal operator namespace create --namespace {client.namespace}`."
        return Finding(name="Namespace", ok=False, what=f"there is no `{client.namespace}`", next_step=step)
    return Finding(name="Namespace", ok=True, what=f"`{client.namespace}`")


async def _search_attributes(client: Client, settings: Settings) -> Finding:  # noqa: ARG001
    request = ListSearchAttributesRequest(namespace=client.namespace)
    answer = await client.operator_service.list_search_attributes(request)
    known = {name: _type_name(kind) for name, kind in answer.custom_attributes.items()}
    missing = [name for name, kind in SEARCH_ATTRIBUTES.items() if known.get(name) != kind]
    if not missing:
        return Finding(name="Search attributes", ok=True, what=", ".join(SEARCH_ATTRIBUTES))
    commands = " ".join(f"--name {name} --type {SEARCH_ATTRIBUTES[name]}" for name in missing)
    step = f"Create them: `temporal operator search-attribute create --namespace {client.namespace} {commands}`."
    return Finding(
        name="Search attributes", ok=False, what=f"missing or of another type: {', '.join(missing)}", next_step=step
    )


def _type_name(kind: IndexedValueType.ValueType) -> str:
    return IndexedValueType.Name(kind).removeprefix("INDEXED_VALUE_TYPE_").title()


async def _worker(client: Client, settings: Settings) -> Finding:
    polled = await asyncio.gather(
        *(
            _pollers(client, settings.task_queue, kind)
            for kind in (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
        )
    )
    queue = f"task queue `{settings.task_queue}`"
    if all(polled):
        return Finding(name="Worker", ok=True, what=f"polls {queue}: {', '.join(sorted(set(polled[0])))}")
    return Finding(
        name="Worker", ok=False, what=f"nobody polls {queue}", next_step="Start one with `dro worker` or `dro up`."
    )


async def _pollers(client: Client, queue: str, kind: TaskQueueType.ValueType) -> Sequence[str]:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
    )
    answer = await client.workflow_service.describe_task_queue(request)
    return [each.identity for each in answer.pollers]


def _book(settings: Settings) -> Finding:
    where = without_password(settings.database)
    book = OrderBook(settings.database)
    try:
        book.ping()
    except BookError as error:
        return Finding(name="Order book", ok=False, what=where, next_step=str(error))
    finally:
        book.close()
    return Finding(name="Order book", ok=True, what=where)


def _written(settings: Settings) -> tuple[Finding, ...]:
    found = catalog_in_use(settings)
    if isinstance(found, Refused):
        step = "`dro catalog lint` shows all." if len(found.issues) > 1 else found.issues[0].hint
        return (_issues("Catalog", found.issues, step), _environment(settings, None))
    size = f"{len(found.catalog.products)} products, {len(found.catalog.step_groups)} step groups"
    good = Finding(name="Catalog", ok=True, what=f"`{found.version}`: {size}")
    return (good, _environment(settings, found.catalog))


def _environment(settings: Settings, catalog: Catalog | None) -> Finding:
    loaded = environment_in_use(settings, catalog)
    if loaded.environment is None or refuses(loaded.issues):
        return _issues("Environment", loaded.issues, f"Correct the files in `{loaded.where}`.")
    return Finding(name="Environment", ok=True, what=f"`{loaded.where}`: {len(loaded.environment.systems)} systems")


def _issues(name: str, issues: Sequence[Issue], next_step: str) -> Finding:
    more = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
    return Finding(name=name, ok=False, what=f"{issues[0]}{more}", next_step=next_step)

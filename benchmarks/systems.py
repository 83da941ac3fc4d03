"""The two that are compared, ours and the bare workflow, and what one order of each leaves in Temporal's history."""

from __future__ import annotations

import itertools
from collections import Counter
from functools import partial
from typing import Protocol

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from benchmarks.bare import TASK_QUEUE, BareOrder, Done, Sizes, Work
from benchmarks.loads import RunOrder
from benchmarks.plan_shape_catalogs import NOTHING, Shape
from benchmarks.plant import Plant, handed_in
from fulfillment.places import PLACES_PER_SYSTEM
from fulfillment.states import OrderState
from service.orders import wait
from workflows.ids import workflow_id


class System(Protocol):
    """Runs orders of any shape."""

    def runner(self, shape: Shape) -> RunOrder:
        """Return what runs one more order of that shape each time."""

    async def history(self) -> WorkflowHistory:
        """Return the history of the order that was handed in last."""


class Ours:
    """The whole of ours: the file is read, planned, stored and started, and progress is written to the order book."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._numbers = itertools.count(1)
        self._last = plant.first_order

    def runner(self, shape: Shape) -> RunOrder:
        return partial(self._run, shape)

    async def finish_first(self) -> None:
        """Wait for the order that the plant was started with."""
        await self._ended(self._plant.first_order)

    async def history(self) -> WorkflowHistory:
        return await self._plant.client.get_workflow_handle(workflow_id(self._last)).fetch_history()

    async def _run(self, shape: Shape) -> None:
        self._last = number = f"B-{next(self._numbers):06}"
        await handed_in(self._plant, self._plant.written(shape, number))
        await self._ended(number)

    async def _ended(self, number: str) -> None:
        state = await wait(self._plant.client, number)
        if state is not OrderState.COMPLETED:
            raise RuntimeError(f"order {number} ended as {state.value if state else 'broken'}")


class BareSystem:
    """The workflow that somebody wrote by hand."""

    def __init__(self, plant: Plant, sizes: Sizes) -> None:
        self._plant = plant
        self._sizes = sizes
        self._numbers = itertools.count(1)
        self._last = ""

    def runner(self, shape: Shape) -> RunOrder:
        return partial(self._run, shape)

    async def history(self) -> WorkflowHistory:
        return await self._plant.client.get_workflow_handle(self._last).fetch_history()

    async def _run(self, shape: Shape) -> None:
        number = f"B-{next(self._numbers):06}"
        self._last = f"bare/{number}"
        order = BareOrder(number=number, stages=shape.stages, window=PLACES_PER_SYSTEM, sizes=self._sizes)
        await self._plant.client.execute_workflow("Bare", order, id=self._last, task_queue=TASK_QUEUE)


def padding(history: WorkflowHistory) -> Sizes:
    """Return what makes the bare payloads as large as those of our steps in a history.

    Raises:
        RuntimeError: the history has no step of ours.
    """
    scheduled = {
        each.event_id: len(each.activity_task_scheduled_event_attributes.input.payloads[0].data)
        for each in history.events
        if each.activity_task_scheduled_event_attributes.activity_type.name == NOTHING
    }
    answered = [
        len(completed.result.payloads[0].data)
        for each in history.events
        if (completed := each.activity_task_completed_event_attributes).scheduled_event_id in scheduled
    ]
    if not answered:
        raise RuntimeError(f"the order's history has no activity `{NOTHING}`")
    plain = Work(number="B-000001", step="step_0.stage_1@L1", answer_padding=100)
    return Sizes(
        padding=max(0, _middle(list(scheduled.values())) - len(plain.model_dump_json())),
        answer_padding=max(0, _middle(answered) - len(Done().model_dump_json())),
    )


def events(history: WorkflowHistory) -> dict[str, int]:
    """Return how many events of each kind a history has, by name."""
    kinds = Counter(EventType.Name(each.event_type).removeprefix("EVENT_TYPE_").lower() for each in history.events)
    return dict(sorted(kinds.items()))


def payload_bytes(history: WorkflowHistory) -> int:
    """Return the size of a history on the wire."""
    return sum(each.ByteSize() for each in history.events)


def _middle(sizes: list[int]) -> int:
    return sorted(sizes)[len(sizes) // 2]

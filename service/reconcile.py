"""Holds what the workflows know of their orders against the order book: the two must never differ for long."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.service import RPCError, RPCStatusCode

from catalog.base import Frozen
from fulfillment.standing import Standing, StepStanding
from fulfillment.states import OrderState
from orderbook.store import OrderBook
from orderbook.views import OrderView, StepView
from service.clock import PATIENCE, PERIOD
from service.desk import unreachable
from workflows.ids import workflow_id

AT_ONCE = 8
SETTLING = timedelta(seconds=10)
"""How long a workflow may take to answer, and how long what it knows may differ from the order book."""
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0
_NONE = "none"
_TOO_LATE = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


class Difference(Frozen):
    """One thing that workflow and order book do not agree on; `subject` is a step's id or what of the order it is."""

    order: str
    subject: str
    book: str
    workflow: str
    next_step: str


class Reconciliation(Frozen):
    """How many orders were compared, and the differences by order."""

    compared: int
    differences: tuple[Difference, ...] = ()


class NobodyAnswers(Exception):
    """No workflow answers, so nothing can be compared: no worker runs."""

    def __init__(self, number: str) -> None:
        super().__init__(
            f"Order `{number}` did not answer within {SETTLING.total_seconds():g} s, nor did any other: no worker runs "
            "that could answer for them. Start one with `dro worker`; `dro doctor` tells whether it polls."
        )
        self.number = number


def differences(standing: Standing, view: OrderView) -> tuple[Difference, ...]:
    """Return where the two differ: state, plan and open fallouts of the order, then its steps by id."""
    pairs = (
        ("state", view.state.value, standing.state.value),
        ("plan", view.plan or _NONE, standing.plan or _NONE),
        ("open fallouts", str(view.open_fallouts), str(standing.open_fallouts)),
        *_steps(standing.steps, view.steps),
    )
    found = [(subject, book, told) for subject, book, told in pairs if book != told]
    step = _advice(view)
    return tuple(
        Difference(order=view.number, subject=subject, book=book, workflow=told, next_step=step)
        for subject, book, told in found
    )


def _steps(told: Sequence[StepStanding], written: Sequence[StepView]) -> Iterator[tuple[str, str, str]]:
    book: Mapping[str, str] = {each.id: _standing_of(each) for each in written}
    workflow: Mapping[str, str] = {each.id: _standing_of(each) for each in told}
    for step in sorted({*book, *workflow}):
        yield step, book.get(step, _NONE), workflow.get(step, _NONE)


def _standing_of(step: StepStanding | StepView) -> str:
    return f"{step.state.value}, round {step.round}"


def _advice(view: OrderView) -> str:
    if view.ended_at:
        return (
            f"The workflow is right: see who wrote to the book, `dro orders history {view.number}` has its last word."
        )
    return f"The workflow is right, and writes what moves next; if it stays so: `dro orders history {view.number}`."


async def reconcile(
    client: Client, book: OrderBook, ended_since: datetime, numbers: Sequence[str] = ()
) -> Reconciliation:
    """Compare the orders of these numbers, else all that are open or ended since then; return what differs by order.

    Raises:
        NobodyAnswers: no worker runs.
        Unreachable, BookError: Temporal or the order book does not answer.
    """
    chosen = tuple(sorted(set(numbers))) or await asyncio.to_thread(book.numbers, ended_since)
    comparing = _Comparing(client, book)
    places = asyncio.Semaphore(AT_ONCE)

    async def compare(number: str) -> tuple[Difference, ...] | None:
        async with places:
            return await comparing.order(number)

    tasks = [asyncio.create_task(compare(each)) for each in chosen]
    try:
        found = await asyncio.gather(*tasks)
    finally:
        for each in tasks:
            each.cancel()
    compared = [each for each in found if each is not None]
    return Reconciliation(compared=len(compared), differences=tuple(each for one in compared for each in one))


class _Comparing:
    """Compares orders, and knows whether any workflow has answered yet."""

    def __init__(self, client: Client, book: OrderBook) -> None:
        self._client, self._book = client, book
        self._heard = False

    async def order(self, number: str) -> tuple[Difference, ...] | None:
        """Return where order and book differ once neither moves, None where nothing is left to compare."""
        handle = self._client.get_workflow_handle(workflow_id(number))
        try:
            return await self._settled(handle, number)
        except WorkflowQueryFailedError as error:
            self._heard = True
            return (_unknown(number, error.message),)
        except RPCError as error:
            return (self._unanswered(error, number),)

    def _unanswered(self, error: RPCError, number: str) -> Difference:
        """Return what is known of a workflow that gave no answer, or raise what keeps all of them from it."""
        no_worker = error.status in _TOO_LATE or "no poller" in error.message
        if no_worker and not self._heard:
            raise NobodyAnswers(number) from None
        if no_worker or error.status is RPCStatusCode.FAILED_PRECONDITION:
            return _unknown(number, error.message)
        raise unreachable(error, self._client) from error

    async def _settled(self, handle: WorkflowHandle[object, object], number: str) -> tuple[Difference, ...] | None:
        """Compare until nothing differs, or something does while the workflow stands still, or time is up."""
        give_up, wait = asyncio.get_running_loop().time() + SETTLING.total_seconds(), _FIRST_WAIT
        while True:
            status = await _status(handle)
            if status is None:
                return await self._without_workflow(number)
            if lost := await self._lost(number, status):
                return lost
            before = await self._ask(handle)
            view = await asyncio.to_thread(self._book.show, number)
            if view is None:
                return (_unbooked(number, before),)
            found = differences(before, view)
            if not found:
                return ()
            # The book may have moved on since the workflow was asked: only two same answers around it say that not.
            is_still = not before.untold and before == await self._ask(handle)
            if is_still or asyncio.get_running_loop().time() > give_up:
                return found
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    async def _lost(self, number: str, status: WorkflowExecutionStatus) -> tuple[Difference, ...]:
        """Return that the workflow of an open order is closed, if so: it wrote its end before it closed."""
        if status is WorkflowExecutionStatus.RUNNING:
            return ()
        view = await asyncio.to_thread(self._book.show, number)
        if view is None or view.ended_at:
            return ()
        return (_workflow(number, view.state.value, status.name.lower(), _restart(number)),)

    async def _ask(self, handle: WorkflowHandle[object, object]) -> Standing:
        standing: Standing = await handle.query("standing", result_type=Standing, rpc_timeout=SETTLING)
        self._heard = True
        return standing

    async def _without_workflow(self, number: str) -> tuple[Difference, ...] | None:
        """Return that an open order has no workflow; one that was just accepted gets it any moment."""
        view = await asyncio.to_thread(self._book.show, number)
        # Temporal forgets closed workflows after a while: then there is nothing to compare with.
        if view is None or view.ended_at:
            return None
        if view.state is OrderState.ACKNOWLEDGED:
            if view.accepted_at > datetime.now(UTC) - PATIENCE - PERIOD:
                return None
            step = "Start a worker with `dro worker`: its sweeper starts what was accepted over a minute ago."
            return (_workflow(number, view.state.value, "not started", step),)
        return (_workflow(number, view.state.value, "gone", _restart(number)),)


async def _status(handle: WorkflowHandle[object, object]) -> WorkflowExecutionStatus | None:
    """Return how the workflow stands, None where Temporal knows none."""
    try:
        return (await handle.describe(rpc_timeout=SETTLING)).status
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None


def _workflow(number: str, book: str, workflow: str, next_step: str) -> Difference:
    return Difference(order=number, subject="workflow", book=book, workflow=workflow, next_step=next_step)


def _restart(number: str) -> str:
    return f"Go on from what the order book knows: `dro orders restart {number}`."


def _unknown(number: str, why: str) -> Difference:
    step = f"See `{workflow_id(number)}` in the Web UI, and the log of the workers."
    return _workflow(number, "unknown", why, step)


def _unbooked(number: str, standing: Standing) -> Difference:
    step = "The workflow runs for another order book: `dro doctor` tells whose workers poll."
    return _workflow(number, _NONE, standing.state.value, step)

"""Lost executions: orders that are open in the book while Temporal has closed, or has no more, what runs them."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle, WorkflowHistoryEventFilterType
from temporalio.service import RPCError, RPCStatusCode

from catalog.base import Issue, Refused
from fulfillment.commands import Answer
from fulfillment.progress import AuditEntry
from orderbook.store import OrderBook
from orderbook.views import NOBODY_RUNS, LostExecution, OpenOrder, OrderView
from service.desk import unreachable
from service.notify import Notification, notify
from service.orders import start
from service.settings import Settings
from workflows.ids import number_of, workflow_id
from workflows.input import CallbackMessage

QUIET = timedelta(seconds=10)
"""How long nothing was heard of an order that is found lost: a workflow closes right after it has told its end."""

MOST = 500
"""How many orders one sweep looks up: where Temporal has lost everything, the next ones go on."""

GONE = "gone"
_RUNNING = 'WorkflowType="FulfillOrder" AND ExecutionStatus="Running"'
_PAGE = 1_000
_LONGEST_REASON = 1_000
_CLOSED = {
    WorkflowExecutionStatus.CANCELED: ("cancelled", "was cancelled on Temporal"),
    WorkflowExecutionStatus.COMPLETED: ("completed", "completed on Temporal, but the order book has no end of it"),
    WorkflowExecutionStatus.FAILED: ("failed", "failed on Temporal"),
    WorkflowExecutionStatus.TERMINATED: ("terminated", "was terminated on Temporal"),
    WorkflowExecutionStatus.TIMED_OUT: ("timed out", "timed out on Temporal"),
}

logger = logging.getLogger(__name__)


async def find_lost(client: Client, book: OrderBook, now: datetime, patience: timedelta) -> tuple[str, ...]:
    """Record the open orders, accepted longer than `patience` before `now`, whose execution is lost; return which.

    Raises:
        BookError, RPCError: the order book or Temporal does not answer.
    """
    waiting = await asyncio.to_thread(book.open_orders, now - patience)
    if not waiting:
        return ()
    running = {number_of(each.id) async for each in client.list_workflows(_RUNNING, page_size=_PAGE)}
    # What Temporal lists lags behind: an order that is missing there is looked up by itself.
    suspects = [each for each in waiting if each.number not in running]
    return tuple([each.number for each in suspects[:MOST] if await _is_lost(client, book, each, now)])


async def _is_lost(client: Client, book: OrderBook, order: OpenOrder, now: datetime) -> bool:
    loss = await look(client, order.number, now)
    if loss is None or (loss.how == GONE and order.updated_at is None):
        # Without an execution and without progress it was never started: that is done elsewhere, each minute.
        return False
    if not await asyncio.to_thread(book.record_lost, order.number, loss, quiet_since=now - QUIET):
        return False
    entry = AuditEntry(at=now, actor="system", action="execution lost", accepted=True, detail=loss.detail)
    await asyncio.to_thread(book.add_audit, order.number, entry)
    text = f"Order {order.number} does not go on. {loss.detail} {how_to_restart(order.number)}"
    note = Notification(kind="execution_lost", subject=order.number, level=loss.run_id or loss.how, text=text)
    await asyncio.to_thread(notify, book, note, now)
    logger.warning(text, extra={"order": order.number})
    return True


async def look(client: Client, number: str, now: datetime) -> LostExecution | None:
    """Return what became of an order's execution where it is closed or gone, None while it runs.

    Raises:
        RPCError: Temporal does not answer.
    """
    handle = client.get_workflow_handle(workflow_id(number))
    try:
        found = await handle.describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return LostExecution(found_at=now, run_id="", how=GONE, detail="Temporal has no execution of the order.")
    if found.status not in _CLOSED:
        return None
    how, words = _CLOSED[found.status]
    why = await _reason(client.get_workflow_handle(workflow_id(number), run_id=found.run_id))
    detail = f"The execution of the order {words}{f': {why}' if why else ''}."
    return LostExecution(found_at=now, run_id=found.run_id, how=how, detail=detail)


async def _reason(handle: WorkflowHandle[object, object]) -> str:
    """Return what Temporal says about the end of an execution."""
    closing = handle.fetch_history_events(event_filter_type=WorkflowHistoryEventFilterType.CLOSE_EVENT)
    async for event in closing:
        terminated = event.workflow_execution_terminated_event_attributes.reason
        failed = event.workflow_execution_failed_event_attributes.failure.message
        # Of an error that tells at length the first line says which it is; the Web UI has the rest.
        first, _, _ = (terminated or failed).strip().partition("\n")
        return first[:_LONGEST_REASON].rstrip(".")
    return ""


def how_to_restart(number: str) -> str:
    """Return the sentence that tells what to do about a lost execution."""
    return f"`dro orders restart {number}` goes on from what the order book knows."


async def restart(
    client: Client, book: OrderBook, settings: Settings, number: str, reason: str = ""
) -> Answer | Refused:
    """Let an order whose execution is lost go on in a new one, or return why not; asked twice, it is done once.

    Calls of which no answer is known are made again under the same idempotency key.

    Raises:
        Unreachable: Temporal does not answer.
        BookError: the order book does not answer.
    """
    view = await asyncio.to_thread(book.show, number)
    if view is None:
        return unknown(number)
    try:
        loss = await look(client, number, datetime.now(UTC))
        refused = _refusal(view, loss)
        if refused is None:
            await _restart(client, book, settings, number)
    except RPCError as error:
        raise unreachable(error, client) from error
    await asyncio.to_thread(_note, book, settings.actor, number, reason, loss, refused)
    if refused:
        return Refused(issues=(refused,))
    message = (
        f"Order {number}: restarted from what the order book knows. `dro orders show {number}` shows how it goes on."
    )
    return Answer(message=message)


async def _restart(client: Client, book: OrderBook, settings: Settings, number: str) -> None:
    stored = await asyncio.to_thread(book.order, number)
    assert stored is not None
    await start(client, settings, stored, restart=True)
    # Read after the start: what systems answer from here on reaches the order by itself.
    view = await asyncio.to_thread(book.show, number)
    assert view is not None
    for each in view.late_answers:
        if each.why == NOBODY_RUNS:
            message = CallbackMessage(step=each.step, round=each.round, body=each.answer)
            await client.get_workflow_handle(workflow_id(number)).signal("callback", message)


def _note(
    book: OrderBook, actor: str, number: str, reason: str, loss: LostExecution | None, refused: Issue | None
) -> None:
    now = datetime.now(UTC)
    if loss and not refused:
        book.record_lost(number, loss)
        book.record_restart(number, at=now, actor=actor, reason=reason)
    detail = refused.message if refused else loss.detail if loss else ""
    entry = AuditEntry(at=now, actor=actor, action="restart", accepted=not refused, detail=detail, reason=reason)
    book.add_audit(number, entry)


def _refusal(view: OrderView, loss: LostExecution | None) -> Issue | None:
    if view.ended_at is not None:
        return _ended(view)
    if loss is None:
        message = f"Order `{view.number}` runs: there is nothing to restart."
        hint = f"`dro orders show {view.number}` shows what it waits for."
        return Issue(check="restart", message=message, hint=hint)
    return None


def unknown(number: str) -> Refused:
    """Return the refusal of a number that no order has."""
    message = f"There is no order `{number}`."
    hint = "`dro orders list` names the orders there are."
    return Refused.because("order", message, hint)


def why_unheard(book: OrderBook, number: str) -> Refused:
    """Return why no execution of an order takes a command, as the order book knows it, and what to do instead.

    Raises:
        BookError: the order book does not answer.
    """
    view = book.show(number)
    if view is None:
        return unknown(number)
    if view.ended_at is not None:
        return Refused(issues=(_ended(view),))
    message = view.lost.detail if view.lost else f"Temporal runs no execution of order `{number}`."
    return Refused.because("execution_lost", message, how_to_restart(number))


def _ended(view: OrderView) -> Issue:
    message = f"Order `{view.number}` has ended: {view.state.replace('_', ' ')} at {view.ended_at:%Y-%m-%d %H:%M} UTC."
    return Issue(check="ended", message=message, hint=f"`dro orders show {view.number}` shows how it came there.")

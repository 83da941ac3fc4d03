"""The operators' desk: commands to running orders, answered by the order itself or sent as a signal."""

from __future__ import annotations

import asyncio
from datetime import datetime

from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateHandle,
    WorkflowUpdateStage,
)
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError as NotAnswered
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from catalog.base import Issue, Refused
from fulfillment.commands import Amend, Answer, Cancel, Command, CompleteTask, Reschedule, Resolution, StartNow
from fulfillment.progress import AuditEntry
from orderbook.store import OrderBook
from service.temporal import Unreachable
from workflows.ids import workflow_id
from workflows.input import CHANGE_REFUSED, NOT_READY, Ask, Ended

WORKER_SECONDS = 10.0
NOT_READY_SECONDS = 0.05
CHANGE_SECONDS = 120.0
"""How long an order may work on a change before who asked is told to look later."""
NOT_RUNNING = "not_running"
"""The check of a refusal that Temporal gives: only the order book knows more."""
REFUSED_LATER = "change"
"""The check of a refusal that the order gave after it had taken a change: its history has it already."""
_GONE = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


class NoWorker(Exception):
    """No worker took the command: it may be sent as a signal instead, which waits for one."""

    def __init__(self, number: str, seconds: float) -> None:
        super().__init__(
            f"No worker answered for order `{number}` within {seconds:g} s. Start one with `dro worker`, "
            "or repeat the command with `--signal`: it is then done as soon as a worker runs."
        )
        self.number = number


async def ask(
    client: Client,
    number: str,
    command: Command,
    invocation: str,
    patience: float = WORKER_SECONDS,
    *,
    decided_within: float = CHANGE_SECONDS,
) -> Answer | Refused:
    """Return what the order answers to a command, or why it refuses.

    `invocation` identifies this request of a person: sent again for the same order, it is done once. A change that the
    order has taken is answered when it is decided, or after `decided_within` seconds with where to look.

    Raises:
        NoWorker: nobody runs the order within `patience` seconds.
        Unreachable: Temporal does not answer.
    """
    taken = False
    try:
        async with asyncio.timeout(patience) as limit:
            while True:
                update = await _asked(client, number, Ask(command=command), f"{invocation}/{number}")
                if update is not None and isinstance(command, Amend | Cancel):
                    taken = True
                    limit.reschedule(asyncio.get_running_loop().time() + decided_within)
                if update is not None and (answer := await _answer(update)) is not None:
                    return answer
                # Nothing tells when the order is ready: asking again is the only way.
                await asyncio.sleep(NOT_READY_SECONDS)
    except (TimeoutError, NotAnswered):
        if taken:
            look = f"`dro orders show {number}` tells what comes of it"
            return Answer(message=f"Order {number}: the change is being worked out; {look}.")
        raise NoWorker(number, patience) from None
    except RPCError as error:
        return _unheard(error, client, number)


async def _asked(client: Client, number: str, ask: Ask, update_id: str) -> WorkflowUpdateHandle[Answer] | None:
    """Return the request once the order has it; None if it continues as new, so that it may be asked again."""
    try:
        return await _handle(client, number).start_update(
            "command", ask, id=update_id, result_type=Answer, wait_for_stage=WorkflowUpdateStage.ACCEPTED
        )
    except RPCError as error:
        if error.status is RPCStatusCode.FAILED_PRECONDITION:
            return None
        raise


async def _answer(update: WorkflowUpdateHandle[Answer]) -> Answer | Refused | None:
    """Return what the order answers; None if it is just being prepared or continues as new, so that it may be asked
    again under the same id."""
    try:
        return await update.result()
    except WorkflowUpdateFailedError as error:
        return None if isinstance(error.cause, ApplicationError) and error.cause.type == NOT_READY else _rejected(error)
    except RPCError as error:
        if error.status is RPCStatusCode.FAILED_PRECONDITION:
            return None
        raise


async def signal(client: Client, number: str, command: Command) -> Answer | Refused:
    """Send a command as its signal twin: taken when a worker runs the order, and audited where it does not fit.

    Raises:
        Unreachable: Temporal does not answer.
    """
    try:
        await _handle(client, number).signal(command.kind, command)
    except RPCError as error:
        return _unheard(error, client, number)
    return Answer(message=f"{command.kind}: sent to order `{number}`; `dro orders history {number}` tells what it did")


def note_refusal(book: OrderBook, number: str, command: Command, refused: Refused, now: datetime) -> None:
    """Put into the order's history that a person asked for something and was refused: Temporal keeps no trace of it.

    Raises:
        BookError: the order book does not take it.
    """
    steps = command.steps if isinstance(command, Resolution | StartNow | Reschedule) else ()
    entry = AuditEntry(
        at=now,
        actor=command.actor,
        role=command.role,
        action=command.kind,
        step=command.step if isinstance(command, CompleteTask) else ", ".join(steps),
        accepted=False,
        detail=" ".join(each.message for each in refused.issues),
        reason=command.reason,
    )
    book.add_audit(number, entry)


def _handle(client: Client, number: str) -> WorkflowHandle[object, Ended]:
    return client.get_workflow_handle(workflow_id(number), result_type=Ended)


def _rejected(error: WorkflowUpdateFailedError) -> Refused:
    cause = error.cause
    text = cause.message if isinstance(cause, ApplicationError) else str(cause)
    later = isinstance(cause, ApplicationError) and cause.type == CHANGE_REFUSED
    check = REFUSED_LATER if later else "command"
    return Refused(issues=tuple(Issue(check=check, message=each) for each in text.splitlines() or ("refused",)))


def _unheard(error: RPCError, client: Client, number: str) -> Refused:
    """Return the refusal where no such order runs, else raise what keeps Temporal from answering."""
    if error.status is not RPCStatusCode.NOT_FOUND:
        raise unreachable(error, client) from error
    message = f"No order `{number}` is running."
    hint = f"`dro orders show {number}` tells how it ended; `dro orders list` names the orders there are."
    return Refused.because(NOT_RUNNING, message, hint)


def unreachable(error: RPCError, client: Client) -> Exception:
    """Return the error as "Temporal cannot be reached" where it means that, else itself."""
    if error.status not in _GONE:
        return error
    address = client.service_client.config.target_host
    return Unreachable(address, error.message, "`dro doctor` tells more.")

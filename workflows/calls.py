"""The only place that names activities: one typed function per effect, and one table of their options."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from fulfillment.effects import Call, OpenTask, Prepare
from fulfillment.outcomes import CALL_FAILED, CallResult, Failed, Failure, Outcome, Park
from fulfillment.progress import Batch, Written
from fulfillment.runplan import RunPlan

UNTIL_DONE = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
"""Our own trouble (a locked book, a lost worker) is tried again for ever; a system's is judged by the fallout rules."""

BOOK_TIMEOUT = timedelta(seconds=30)
CALL_MARGIN = timedelta(seconds=5)


async def prepare(effect: Prepare) -> RunPlan:
    """Have the order planned and its plan stored; return what to run."""
    plan: RunPlan = await workflow.execute_activity(
        "prepare_order",
        effect,
        result_type=RunPlan,
        start_to_close_timeout=timedelta(minutes=2),
        retry_policy=UNTIL_DONE,
        summary="plan the order",
    )
    return plan


async def call(effect: Call) -> Outcome:
    """Call a system; return how it ended, with what the fallout rules decided where it failed."""
    try:
        result: CallResult = await workflow.execute_activity(
            effect.operation,
            effect,
            result_type=CallResult,
            task_queue=effect.task_queue,
            activity_id=effect.step,
            start_to_close_timeout=effect.timeout + CALL_MARGIN,
            retry_policy=UNTIL_DONE,
            summary=effect.title,
        )
    except ActivityError as error:
        return _failed(error)
    return result.outcome


def _failed(error: ActivityError) -> Failed:
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type == CALL_FAILED and cause.details:
        return Failed.model_validate(cause.details[0])
    message = f"The call broke off: {cause or error}"
    return Failed(failure=Failure(code="INTERNAL", message=message), decision=Park(why=message), unknown=True)


async def open_task(effect: OpenTask) -> None:
    """Put a person's task on the desk."""
    await workflow.execute_activity(
        "open_task",
        effect,
        activity_id=effect.step,
        start_to_close_timeout=BOOK_TIMEOUT,
        retry_policy=UNTIL_DONE,
        summary=effect.title,
    )


async def write_progress(batch: Batch) -> Written:
    """Tell the order book what has changed."""
    written: Written = await workflow.execute_activity(
        "write_progress",
        batch,
        result_type=Written,
        start_to_close_timeout=BOOK_TIMEOUT,
        retry_policy=UNTIL_DONE,
        summary=f"progress {batch.n}",
    )
    return written

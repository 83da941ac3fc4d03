"""The only place that names activities: one typed function per effect, and one table of their options."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

from pydantic import BaseModel
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

from fulfillment.effects import Call, Extend, Judge, OpenTask, PlanChange, Prepare, WakeAt
from fulfillment.events import ChangePlanned, Extended, Judged, Prepared
from fulfillment.judging import unjudged
from fulfillment.outcomes import CALL_FAILED, CallResult, Failed, Failure, Outcome, Park
from fulfillment.progress import Batch, Recalled, Written
from fulfillment.runplan import RunPlan
from fulfillment.state import LOOK_AGAIN
from workflows.ids import own_queue

UNTIL_DONE = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
"""Our own trouble (a locked book, a lost worker) is tried again for ever; a system's is judged by the fallout rules."""

BOOK_TIMEOUT = timedelta(seconds=10)
PLANNING_TIMEOUT = timedelta(minutes=2)
CALL_MARGIN = timedelta(seconds=5)
QUICKLY = timedelta(seconds=2)
"""How long the order book may hold an order back; what takes longer goes on beside its steps."""
ONCE = RetryPolicy(maximum_attempts=1)
A_FEW_TIMES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=5)
"""For what a person can do as well: after some seconds of trouble they are asked instead."""
TIMERS = {
    "start": "start",
    "retry": "next try",
    "callback": "deadline of the answer",
    "pause": "time-out of the pause",
    LOOK_AGAIN: "next look at the condition",
}
"""What people read of a timer, by the kind of its key."""
M = TypeVar("M", bound=BaseModel)


async def prepare(effect: Prepare) -> Prepared:
    """Have the order planned and its plan stored, or what is stored looked up; return what to run, and from where."""
    earlier: Batch | None = None
    if effect.restart:
        earlier = (await _on_the_book("recall_order", effect, Recalled, "look up how far the order had come")).earlier
        effect = effect.model_copy(update={"plan": earlier.plan if earlier else ""})
    plan = await _on_the_book("prepare_order", effect, RunPlan, "plan the order", PLANNING_TIMEOUT)
    return Prepared(plan=plan, earlier=earlier)


async def extend(effect: Extend) -> Extended:
    """Have an alternative planned and the grown plan stored; return what it adds, or why it cannot be."""
    summary = f"plan the alternative to {effect.step}"
    return await _on_the_book("extend_plan", effect, Extended, summary, PLANNING_TIMEOUT)


async def plan_change(effect: PlanChange) -> ChangePlanned:
    """Have a change worked out and its plan stored; return what it wants of the run, or why it is refused."""
    summary = f"work out change {effect.number_of}"
    return await _on_the_book("plan_change", effect, ChangePlanned, summary, PLANNING_TIMEOUT)


async def judge(effect: Judge) -> Judged:
    """Have the fallout rules in force asked about a failure; if nobody can tell what they say, a person decides."""
    summary = f"ask the fallout rules about {effect.step}"
    try:
        return await _on_the_book("judge", effect, Judged, summary, retries=A_FEW_TIMES)
    except ActivityError as error:
        return unjudged(effect, f"the fallout rules could not be asked: {error.cause or error}")


async def write_progress(batch: Batch, *, quickly: bool) -> Written:
    """Tell the order book what has changed."""
    return await _on_the_book("write_progress", batch, Written, f"progress {batch.n}", quickly=quickly)


async def _on_the_book(
    activity: str,
    argument: BaseModel,
    result_type: type[M],
    summary: str,
    patience: timedelta = BOOK_TIMEOUT,
    *,
    quickly: bool = True,
    retries: RetryPolicy = UNTIL_DONE,
) -> M:
    """Have something done on the order book: at once, within the workflow task, or else beside the steps.

    A local activity saves the trips through the server. While it is open no step of this order starts, so it has two
    seconds and one try; a book that is locked for longer is the business of a regular activity.
    """
    if quickly:
        # A local activity's failure comes as it is, or wrapped as a regular one's, so both are caught.
        with suppress(FailureError):
            done: M = await workflow.execute_local_activity(
                activity,
                argument,
                result_type=result_type,
                start_to_close_timeout=QUICKLY,
                retry_policy=ONCE,
                summary=summary,
            )
            return done
    done = await workflow.execute_activity(
        activity,
        argument,
        result_type=result_type,
        start_to_close_timeout=patience,
        retry_policy=retries,
        summary=summary,
    )
    return done  # noqa: RET504 - the activity tells its type no other way


async def call(effect: Call) -> Outcome:
    """Call a system; return how it ended, with what the fallout rules decided where it failed."""
    try:
        result: CallResult = await workflow.execute_activity(
            effect.operation,
            effect,
            result_type=CallResult,
            task_queue=own_queue(workflow.info().task_queue, effect.task_queue) if effect.task_queue else None,
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


async def wake_at(effect: WakeAt) -> None:
    """Wait until the time has come."""
    kind, _, rest = effect.key.partition("/")
    summary = f"{TIMERS[kind]}: {rest.partition('/')[0]}" if kind in TIMERS else effect.key
    await workflow.sleep(max(0.0, (effect.at - workflow.now()).total_seconds()), summary=summary)

"""The same shapes as a workflow that somebody wrote by hand: no catalog, no plan, no order book, nothing to look at.

Its activities have the options of ours (`workflows.calls`), and padding gives their payloads the size of ours.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from pydantic import BaseModel
from temporalio import activity, workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from benchmarks.plan_shape_catalogs import Stage

TASK_QUEUE = "bare"
TIMEOUT = timedelta(seconds=15)
RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))


class Sizes(BaseModel):
    """Bytes that are added to what an activity takes and to what it returns."""

    padding: int = 0
    answer_padding: int = 0


class BareOrder(BaseModel):
    """What to run: the stages one after the other, at most `window` activities at once."""

    number: str
    stages: tuple[Stage, ...]
    window: int
    sizes: Sizes


class Work(BaseModel):
    """What a step sends."""

    number: str
    step: str
    answer_padding: int
    padding: str = ""


class Done(BaseModel):
    """What comes back."""

    padding: str = ""


@activity.defn
async def nothing(work: Work) -> Done:
    """Do nothing."""
    return Done(padding="." * work.answer_padding)


@workflow.defn(name="Bare")
class Bare:
    """Runs the stages of one order."""

    @workflow.init
    def __init__(self, order: BareOrder) -> None:
        self._order = order
        self._places = asyncio.Semaphore(order.window)

    @workflow.run
    async def run(self, order: BareOrder) -> str:
        """Run stage after stage."""
        for at, stage in enumerate(order.stages):
            await asyncio.gather(*(self._lane(f"stage_{at}@L{lane}", stage.steps) for lane in range(stage.lanes)))
        return "completed"

    async def _lane(self, name: str, steps: int) -> None:
        for at in range(steps):
            async with self._places:
                await self._step(f"step_{at}.{name}")

    async def _step(self, step: str) -> None:
        sizes = self._order.sizes
        await workflow.execute_activity(
            nothing,
            Work(
                number=self._order.number,
                step=step,
                answer_padding=sizes.answer_padding,
                padding="." * sizes.padding,
            ),
            activity_id=step,
            start_to_close_timeout=TIMEOUT,
            retry_policy=RETRIES,
            summary=step,
        )


class Question(BaseModel):
    """What a bare update takes."""

    padding: str = ""


@workflow.defn(name="Answering")
class Answering:
    """Answers an update at once, and otherwise waits: what a round trip through Temporal costs by itself."""

    def __init__(self) -> None:
        self._over = False

    @workflow.run
    async def run(self) -> None:
        """Wait until it is over."""
        await workflow.wait_condition(lambda: self._over)

    @workflow.update
    def ask(self, question: Question) -> Question:
        """Answer."""
        return question

    @ask.validator
    def _may(self, question: Question) -> None:
        """Take everything, as a validator of ours does where a command fits."""

    @workflow.signal
    def end(self) -> None:
        """Be over."""
        self._over = True

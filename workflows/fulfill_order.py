"""`FulfillOrder`: a thin loop around `fulfillment.Run`; it decides nothing.

Happenings become events, effects become activities and timers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import timedelta

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from typing import NoReturn, assert_never

    from fulfillment.changes import what_came_of_it
    from fulfillment.commands import Amend, Answer, Cancel, answer
    from fulfillment.effects import Call, Effect, Extend, Judge, OpenTask, PlanChange, Prepare, WakeAt
    from fulfillment.events import CallEnded, Commanded, Due, Event, Prepared, TaskOpened
    from fulfillment.progress import Batch, ChangeState
    from fulfillment.run import Run
    from fulfillment.standing import Standing
    from fulfillment.states import OrderState
    from workflows import calls
    from workflows.carry import pack, unpack
    from workflows.input import CHANGE_REFUSED, NOT_ALLOWED, NOT_READY, Ask, Ended, StartOrder
    from workflows.signals import Signals

ORDER_STATE = SearchAttributeKey.for_keyword("OrderState")
OPEN_FALLOUTS = SearchAttributeKey.for_int("OpenFallouts")
AT_START = (OrderState.IN_PROGRESS.value, 0)
"""What the search attributes of an order say from its start on, if its plan comes with it."""
WEB_UI = "Temporal's cancel"
COLLECTING = timedelta(seconds=2)
"""How long what happens in a row is collected before the book is told, where nobody waits for it.

Running workflows decide by it when replayed: another value is another workflow, and needs a version marker."""


@workflow.defn(name="FulfillOrder")
class FulfillOrder(Signals):
    """Runs the plan of one order to its end."""

    @workflow.init
    def __init__(self, start: StartOrder) -> None:
        carried = unpack(start.carried) if start.carried else None
        self._run = (
            Run.load(carried)
            if carried
            else Run(start.number, start.account, start.priority, restart=start.restart, plan=start.planned)
        )
        self._changed = asyncio.Event()
        self._work: dict[int, asyncio.Task[None]] = {}
        self._started = 0
        self._broken: BaseException | None = None
        self._shown = None if start.plan is None or carried else AT_START
        self._writing = False
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._draining = False
        self._told_task = 0
        self._told_at = workflow.now()
        self._reminder: asyncio.Task[None] | None = None

    @workflow.run
    async def run(self, start: StartOrder) -> Ended:
        """Carry effects out until the plan has ended and the order book knows it.

        A history that grows long is left behind: no call starts any more, those in flight end, and the run continues
        as new with all it remembers.
        """
        if start.plan is None or start.carried:
            self._carry_out(self._run.outstanding())
        else:
            self._happened(Prepared(plan=start.plan))
        while True:
            try:
                await self._changed.wait()
            except asyncio.CancelledError:
                self._happened(Commanded(command=Cancel(actor=WEB_UI)))
            self._changed.clear()
            if self._broken:
                raise self._broken
            if self._run.prepared:
                workflow.set_current_details(self._run.details)
            if workflow.info().is_continue_as_new_suggested():
                self._drain()
            if self._report():
                continue
            if self._run.closed:
                break
            if self._drained():
                self._continue(start)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return Ended(state=self._run.order_state)

    def _drain(self) -> None:
        """Start no more calls, whether or not the book knows all: while calls go on, it never does."""
        self._draining = True
        self._run.drain()

    def _drained(self) -> bool:
        """Tell whether nothing is under way but wake-ups, which the next run asks for anew."""
        under_way = len(self._work) > len(self._timers)
        return self._draining and not under_way and workflow.all_handlers_finished()

    def _continue(self, start: StartOrder) -> NoReturn:
        carried = pack(self._run.dump())
        workflow.continue_as_new(start.model_copy(update={"restart": False, "carried": carried, "plan": None}))

    def _happened(self, event: Event) -> None:
        self._carry_out(self._run.apply(event, workflow.now()))
        # The run ignores a stale wake-up; people would take its timer for what the order hangs on.
        for key in [key for key in self._timers if not self._run.awaits(key)]:
            self._timers.pop(key).cancel()
        self._changed.set()

    def _carry_out(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            task = self._spawn(self._perform(effect))
            if isinstance(effect, WakeAt):
                self._timers[effect.key] = task

    def _spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        self._started += 1
        number = self._started
        task = asyncio.create_task(work)
        self._work[number] = task
        task.add_done_callback(lambda ended: self._ended(number, ended))
        return task

    def _ended(self, number: int, task: asyncio.Task[None]) -> None:
        del self._work[number]
        if not task.cancelled() and (error := task.exception()):
            self._broken = error
        if self._broken or self._draining:
            self._changed.set()

    async def _perform(self, effect: Effect) -> None:
        match effect:
            case Prepare():
                self._happened(await calls.prepare(effect))
            case Call():
                self._happened(CallEnded(step=effect.step, round=effect.round, outcome=await calls.call(effect)))
            case Extend():
                self._happened(await calls.extend(effect))
            case PlanChange():
                self._happened(await calls.plan_change(effect))
            case Judge():
                self._happened(await calls.judge(effect))
            case OpenTask():
                await calls.open_task(effect)
                self._happened(TaskOpened(step=effect.step))
            case WakeAt():
                await calls.wake_at(effect)
                self._timers.pop(effect.key, None)
                self._happened(Due(key=effect.key))
            case _:
                assert_never(effect)

    def _report(self) -> bool:
        """Tell the book what has changed, one batch at a time; return whether it does not know all yet.

        What nobody waits for may be told a little later: what comes soon after it then goes into the same batch.
        """
        if self._writing or not self._run.has_news:
            return self._writing
        wait = self._told_at + COLLECTING - workflow.now()
        if wait > timedelta(0) and not (self._run.has_urgent_news or self._draining):
            self._reminder = self._reminder or asyncio.create_task(self._remind(wait))
            return True
        if self._reminder:
            self._reminder.cancel()
            self._reminder = None
        batch = self._run.changes(workflow.now())
        if batch is not None:
            self._writing, self._told_at = True, workflow.now()
            self._spawn(self._write(batch))
        return self._writing

    async def _remind(self, wait: timedelta) -> None:
        await workflow.sleep(wait, summary="tell the order book")
        self._reminder = None
        self._changed.set()

    async def _write(self, batch: Batch) -> None:
        # Once a workflow task: if the task is lost, what it told goes with it, and only the last batch can be replaced.
        length = workflow.info().get_current_history_length()
        quickly, self._told_task = length != self._told_task, length
        self._run.acknowledge(await calls.write_progress(batch, quickly=quickly))
        self._writing = False
        self._changed.set()
        self._index()

    def _index(self) -> None:
        """Let the order be found by what it has become; each search attribute that moves costs an event."""
        shown = (self._run.order_state.value, self._run.open_fallouts)
        if shown != self._shown:
            self._shown = shown
            workflow.upsert_search_attributes([ORDER_STATE.value_set(shown[0]), OPEN_FALLOUTS.value_set(shown[1])])

    @workflow.update(description="What a person asks; `kind` names the command")
    async def command(self, ask: Ask) -> Answer:
        """Do what a person asks; a change is answered once it is decided."""
        self._happened(Commanded(command=ask.command))
        if isinstance(ask.command, Amend | Cancel):
            return await self._decided()
        return answer(ask.command, self._run.number)

    @command.validator
    def _may(self, ask: Ask) -> None:
        if refusals := self._run.refusals(ask.command):
            raise ApplicationError("\n".join(refusals), type=NOT_ALLOWED if self._run.prepared else NOT_READY)

    async def _decided(self) -> Answer:
        """Return what came of the change that was just asked for.

        Raises:
            ApplicationError: it was refused, or somebody has withdrawn it; the order goes on as it was.
        """
        asked = self._run.change()
        number_of = asked.number_of if asked else 0
        await workflow.wait_condition(lambda: self._run.is_decided(number_of))
        change = self._run.change(number_of)
        told = what_came_of_it(change, self._run.number) if change else ""
        if change is None or change.state is not ChangeState.APPLIED:
            raise ApplicationError(told, type=CHANGE_REFUSED)
        return Answer(message=told)

    @workflow.query(description="Where every step stands; `dro doctor --reconcile` holds it against the order book")
    def standing(self) -> Standing:
        """Tell where the order stands."""
        return self._run.standing()

"""`FulfillOrder`: a thin loop around `fulfillment.Run`; it decides nothing.

Happenings become events, effects become activities and timers. Signals never raise: whatever arrives that is no command
is audited, since an error in a signal handler would fail the whole order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RawValue, SearchAttributeKey
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from typing import NoReturn, TypeVar, assert_never

    from pydantic import BaseModel, ValidationError

    from fulfillment.commands import KINDS, Answer, Cancel, answer
    from fulfillment.effects import Call, Effect, Extend, OpenTask, Prepare, WakeAt
    from fulfillment.events import CallbackArrived, CallEnded, Commanded, Due, Event, Misfit, SystemOnline, TaskOpened
    from fulfillment.progress import Batch
    from fulfillment.run import Run
    from fulfillment.standing import Standing
    from workflows import calls
    from workflows.carry import pack, unpack
    from workflows.input import NOT_READY, Ask, CallbackMessage, Ended, StartOrder

ORDER_STATE = SearchAttributeKey.for_keyword("OrderState")
OPEN_FALLOUTS = SearchAttributeKey.for_int("OpenFallouts")
WEB_UI = "Temporal's cancel"
COLLECTING = timedelta(seconds=1)
"""How long what happens in a row is collected before the book is told, where nobody waits for it.

Running workflows decide by it when replayed: another value is another workflow, and needs a version marker."""
M = TypeVar("M", bound=BaseModel)


def _in_words(error: ValidationError) -> str:
    """Return what is wrong with a payload, each problem with its field."""
    return "; ".join(
        f"{'.'.join(str(part) for part in each['loc']) or 'payload'}: {each['msg']}" for each in error.errors()[:5]
    )


@workflow.defn(name="FulfillOrder")
class FulfillOrder:
    """Runs the plan of one order to its end."""

    @workflow.init
    def __init__(self, start: StartOrder) -> None:
        carried = unpack(start.carried) if start.carried else None
        self._run = (
            Run.load(carried) if carried else Run(start.number, start.account, start.priority, restart=start.restart)
        )
        self._changed = asyncio.Event()
        self._work: dict[int, asyncio.Task[None]] = {}
        self._started = 0
        self._broken: BaseException | None = None
        self._shown: tuple[str, int] | None = None
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
        self._carry_out(self._run.outstanding())
        if self._run.prepared:
            self._changed.set()  # nothing may happen for long where only people are waited for, and they want to see it
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
        workflow.continue_as_new(start.model_copy(update={"restart": False, "carried": carried}))

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
    def command(self, ask: Ask) -> Answer:
        """Do what a person asks."""
        self._happened(Commanded(command=ask.command))
        return answer(ask.command, self._run.number)

    @command.validator
    def _may(self, ask: Ask) -> None:
        if refusals := self._run.refusals(ask.command):
            raise ApplicationError("\n".join(refusals), type="NotAllowed" if self._run.prepared else NOT_READY)

    @workflow.query(description="Where every step stands; `dro doctor --reconcile` holds it against the order book")
    def standing(self) -> Standing:
        """Tell where the order stands."""
        return self._run.standing()

    @workflow.signal(description='Try parked steps again: {"steps": ["GROUP.STEP@LINE"], "actor": "…"}')
    def retry(self, *payload: object) -> None:
        """Retry, as a signal."""
        self._signalled("retry", payload)

    @workflow.signal(description='Go on without steps: {"steps": ["GROUP.STEP@LINE"], "actor": "…", "reason": "…"}')
    def skip(self, *payload: object) -> None:
        """Skip, as a signal."""
        self._signalled("skip", payload)

    @workflow.signal(description='Declare a step done by hand: {"steps": ["…"], "outputs": {"name": "value"}}')
    def complete(self, *payload: object) -> None:
        """Complete, as a signal."""
        self._signalled("complete", payload)

    @workflow.signal(description='Complete a person\'s task: {"step": "GROUP.STEP", "values": {"name": "value"}}')
    def complete_task(self, *payload: object) -> None:
        """Complete a task, as a signal."""
        self._signalled("complete_task", payload)

    @workflow.signal(name="set", description='Tell facts: {"values": {"name": "value"}, "line": "L1", "actor": "…"}')
    def set_facts(self, *payload: object) -> None:
        """Set facts, as a signal."""
        self._signalled("set", payload)

    @workflow.signal(description='Let nothing new start: {"lines": ["L1"], "actor": "…", "reason": "…"}; no lines: all')
    def hold(self, *payload: object) -> None:
        """Hold, as a signal."""
        self._signalled("hold", payload)

    @workflow.signal(description='Release a hold: {"hold": 1, "actor": "…", "role": "…"}')
    def release(self, *payload: object) -> None:
        """Release, as a signal."""
        self._signalled("release", payload)

    @workflow.signal(description="Cancel the order (refused until changes in flight exist)")
    def cancel(self, *payload: object) -> None:
        """Cancel, as a signal."""
        self._signalled("cancel", payload)

    @workflow.signal(description="A system's answer to an asynchronous operation; sent by `dro serve`")
    def callback(self, *payload: object) -> None:
        """Take a system's late answer."""
        message = self._read("callback", CallbackMessage, payload)
        if message is not None:
            self._happened(CallbackArrived(step=message.step, round=message.round, body=message.body))

    @workflow.signal(description='A system is back: {"system": "shipping"}; sent by `dro systems online`')
    def online(self, *payload: object) -> None:
        """Go on with the steps that wait for a system."""
        if event := self._read("online", SystemOnline, payload):
            self._happened(event)

    @workflow.signal(dynamic=True)
    def other(self, name: str, payload: Sequence[RawValue]) -> None:
        """Take any other command by the name of its kind; audit a signal of a name that is none of ours."""
        if name not in KINDS:
            self._happened(Misfit(name=name, problem=f"there is no signal `{name}`"))
            return
        try:
            values = workflow.payload_converter().from_payloads([each.payload for each in payload])
        except Exception as error:  # noqa: BLE001 - whatever the bytes are: a signal must not fail the order
            self._happened(Misfit(name=name, problem=f"the payload cannot be read: {error}"))
            return
        self._signalled(name, tuple(values))

    def _signalled(self, name: str, payload: tuple[object, ...]) -> None:
        if command := self._read(name, KINDS[name], payload):
            self._happened(Commanded.model_validate({"command": command}))

    def _read(self, name: str, kind: type[M], payload: tuple[object, ...]) -> M | None:
        """Return the one payload as a `kind`, or None after auditing why it is none."""
        if len(payload) != 1:
            self._happened(Misfit(name=name, problem=f"expected one payload, the command's JSON; got {len(payload)}"))
            return None
        try:
            return kind.model_validate(payload[0])
        except ValidationError as error:
            self._happened(Misfit(name=name, problem=_in_words(error)))
            return None

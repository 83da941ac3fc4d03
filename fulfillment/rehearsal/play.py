"""Plays one design test: the real planner, the real `Run`, systems by script, and a clock that jumps."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple, assert_never

from catalog.base import Refused
from catalog.cardinality import definition_of
from catalog.catalog import Catalog
from catalog.environment import Environment
from catalog.steps import StepType
from catalog.values import to_text
from decomposition.order import Order
from decomposition.plan import plan
from decomposition.trials import tried
from fulfillment.commands import CompleteTask, SetFacts
from fulfillment.computing import Body
from fulfillment.delivering import Stand
from fulfillment.effects import Call, Effect, Extend, Judge, OpenTask, PlanChange, Prepare, WakeAt
from fulfillment.events import CallbackArrived, CallEnded, ChangePlanned, Due, Event, TaskOpened
from fulfillment.progress import FalloutProgress, LineProgress, StepProgress, Written
from fulfillment.rehearsal.asking import Asking
from fulfillment.rehearsal.owned import as_assets
from fulfillment.rehearsal.plans import Plans
from fulfillment.rehearsal.played import Names, Played, Verdict
from fulfillment.rehearsal.said import Said
from fulfillment.rehearsal.script import DesignTest
from fulfillment.rehearsal.systems import Systems
from fulfillment.run import Run
from fulfillment.states import StepState
from fulfillment.times import later

MOST_HAPPENINGS = 20_000
"""What may happen in one test before it is taken for one that never comes to rest."""

_MONDAY = datetime(2026, 1, 5, 8, tzinfo=UTC)
_EIGHT = time(8, tzinfo=UTC)
ACTOR = "test"


class NeverRests(Exception):
    """The order does not come to rest; the message says what it is busy with."""


class _Happening(NamedTuple):
    """What will happen: what the script says, after all that the world does at the same moment, in the given order."""

    at: datetime
    scripted: bool
    position: int
    what: Event | Said


def accepted_at(test: DesignTest, order: Order) -> datetime:
    """Return when the order of a test is accepted."""
    if test.now is not None:
        return test.now.astimezone(UTC)
    return datetime.combine(order.order_date, _EIGHT) if order.order_date else _MONDAY


def play(
    test: DesignTest,
    order: Order,
    catalog: Catalog,
    environment: Environment | None = None,
    functions: Mapping[str, Body] | None = None,
) -> Played:
    """Return what happens to the order of a test.

    Raises:
        NeverRests: more happens than a test may take.
    """
    now = accepted_at(test, order)
    assets = as_assets(test.assets, catalog, order.account)
    environment = environment or Environment()
    planned = plan(order, catalog, assets, now=now, calendars=environment.calendars)
    if isinstance(planned, Refused):
        return Played(refused=planned.issues, tried=tried(order, catalog, assets, now=now))
    plans = Plans(planned, catalog, assets)
    systems = Systems(test.answers, environment, functions or {}, plans.former)
    return _Stage(test, plans, systems, now).played()


class _Stage:
    """One rehearsal under way."""

    def __init__(self, test: DesignTest, plans: Plans, systems: Systems, now: datetime) -> None:
        self._test = test
        self._plans = plans
        self._systems = systems
        self._now = now
        self._end = later(now, test.until) if test.until is not None else None
        order = plans.now.order
        self._run = Run(order.number, order.account, order.priority.value)
        self._asking = Asking(self._run, plans, (each for each in test.commands if each.once is not None))
        self._agenda: list[_Happening] = []
        self._position = 0
        self._tasks = {each.step: each for each in test.tasks}
        self._used: dict[str, None] = {}
        self._verdicts: dict[Verdict, None] = {}

    def played(self) -> Played:
        """Let everything happen, then tell what did."""
        for fact in self._test.facts:
            command = SetFacts(values=fact.values, line=fact.line, actor=ACTOR)
            self._note(fact.at, Said(at=fact.at, command=command))
        for said in self._test.commands:
            if said.once is None:
                self._note(said.at, said)
        self._carry_out(self._run.outstanding())
        self._go_on()
        return self._told()

    def _note(self, after: timedelta, what: Event | Said) -> None:
        self._put(later(self._now, after), what)

    def _put(self, at: datetime, what: Event | Said) -> None:
        self._position += 1
        heapq.heappush(self._agenda, _Happening(at, isinstance(what, Said), self._position, what))

    def _go_on(self) -> None:
        count = 0
        while self._agenda and (self._end is None or self._agenda[0].at <= self._end):
            happening = heapq.heappop(self._agenda)
            if isinstance(happening.what, Due) and not self._run.awaits(happening.what.key):
                continue
            count += 1
            if count > MOST_HAPPENINGS:
                raise NeverRests(self._busy(happening))
            self._now = happening.at
            self._happens(happening.what)

    def _happens(self, what: Event | Said) -> None:
        event = self._asking.taken(what) if isinstance(what, Said) else what
        if event is None:
            return
        self._carry_out(self._run.apply(event, self._now))
        if isinstance(event, ChangePlanned):
            self._asking.decided(event)
        self._watch_pauses()
        for said in self._asking.due():
            if said.at:
                self._note(said.at, said)
            else:
                # Before anything else happens at this moment: the step may not stay in that state.
                self._happens(said)

    def _carry_out(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Prepare():
                    self._put(self._now, self._plans.prepared())
                case Call():
                    self._call(effect)
                case Judge():
                    self._put(self._now, self._systems.judged(self._plans.now, effect))
                case OpenTask():
                    self._open(effect)
                case WakeAt():
                    self._put(max(effect.at, self._now), Due(key=effect.key))
                case Extend():
                    self._put(self._now, self._plans.grown(effect))
                case PlanChange():
                    self._put(self._now, self._plans.changed(effect))
                case _:
                    assert_never(effect)

    def _call(self, call: Call) -> None:
        replied = self._systems.reply(self._plans.now, call, self._now)
        ended = later(self._now, replied.after)
        self._put(ended, CallEnded(step=call.step, round=call.round, outcome=replied.outcome))
        if replied.callback is not None:
            body = CallbackArrived(step=call.step, round=call.round, body=replied.callback.body)
            self._put(later(ended, replied.callback.after), body)

    def _open(self, task: OpenTask) -> None:
        self._put(self._now, TaskOpened(step=task.step))
        name = task.step if task.step in self._tasks else definition_of(task.step)
        if (done := self._tasks.get(name)) is not None:
            self._used[name] = None
            command = CompleteTask(step=task.step, values=done.values, actor=ACTOR)
            self._put(later(self._now, done.after), Said(at=done.after, command=command))

    def _busy(self, last: _Happening) -> str:
        what = last.what
        step = what.key.split("/")[1] if isinstance(what, Due) else getattr(what, "step", "")
        at = to_text(last.at)
        return (
            f"After {MOST_HAPPENINGS:,} happenings the order does not come to rest; at {at} it is busy with `{step}`."
            " Give the test `until`, fewer retries, or an answer that ends them."
        )

    def _watch_pauses(self) -> None:
        """Note which pauses had to wait: those that stand between two happenings."""
        pauses = self._pauses()
        for step in self._run.standing().steps if pauses else ():
            if step.state is StepState.IN_PROGRESS and definition_of(step.id) in pauses:
                self._verdicts[Verdict(definition_of(step.id), "until", False)] = None

    def _pauses(self) -> frozenset[str]:
        return frozenset(each.id for each in self._plans.now.definitions if each.step.type is StepType.PAUSE)

    def _conditions(self) -> Iterator[Verdict]:
        yield from self._verdicts
        whens = {each.id: each.step.when for each in self._plans.now.definitions}
        pauses = self._pauses()
        for step in self._run.dump().steps:
            definition = definition_of(step.id)
            if whens[definition] is not None and step.met:
                yield Verdict(definition, "when", True)
            elif step.reason.startswith("condition is false: "):
                yield Verdict(definition, "when", False)
            over = definition in pauses and step.state is StepState.COMPLETED
            if over and not step.reason.startswith("goes on without: "):
                yield Verdict(definition, "until", True)

    def _told(self) -> Played:
        steps: list[StepProgress] = []
        lines: list[LineProgress] = []
        fallouts: list[FalloutProgress] = []
        while (batch := self._run.changes(self._now)) is not None:
            steps += batch.steps
            lines += batch.lines
            fallouts += batch.fallouts
            self._run.acknowledge(Written())
        state = self._run.order_state
        stand = Stand(state, {each.id: each.state for each in lines}, {each.id: each.state for each in steps})
        return Played(
            plan=self._plans.now,
            tried=self._plans.tried,
            state=state,
            steps=tuple(sorted(steps, key=lambda each: each.id)),
            lines=tuple(sorted(lines, key=lambda each: each.id)),
            fallouts=tuple(sorted(fallouts, key=lambda each: (each.step, each.number))),
            sent=tuple(self._systems.sent),
            conditions=tuple(dict.fromkeys(self._conditions())),
            fallout_rules=tuple(self._systems.rules),
            misfits=self._asking.misfits,
            unused=(*self._systems.unused, *(each for each in self._tasks if each not in self._used)),
            assets=self._plans.assets(stand, self._now),
            names=Names(tuple(each.id for each in self._plans.now.steps)),
        )

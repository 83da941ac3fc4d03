"""Run plans by hand, and a small world that answers a run: what the tests of the run are written with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from catalog.cardinality import Read
from catalog.products import Attribute
from catalog.steps import StepType
from catalog.systems import OutputMapping
from catalog.values import NamedValues, Value, ValueType, named, to_tagged
from fulfillment.commands import Command
from fulfillment.effects import Call, Effect, Judge, OpenTask, WakeAt
from fulfillment.events import CallbackArrived, CallEnded, Commanded, Due, Judged, Prepared
from fulfillment.outcomes import Decision, Failed, Failure, Outcome, Park, RetryLater, SkipStep, Succeeded
from fulfillment.run import Run
from fulfillment.runplan import Datum, RunAfter, RunCallback, RunDefinition, RunLine, RunPlan, RunStep
from fulfillment.states import StepState

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def callout(
    name: str,
    *,
    system: str = "inventory",
    when: str | None = None,
    skip_branch: bool = False,
    callback: RunCallback | None = None,
    outputs: Iterable[OutputMapping] = (),
    reads: tuple[Read, ...] = (),
) -> RunDefinition:
    return RunDefinition(
        id=f"main.{name}",
        type=StepType.CALLOUT,
        title=name.replace("_", " ").capitalize(),
        group_title="Main",
        operation=f"{system}.{name}",
        when=when,
        skip_branch=skip_branch,
        callback=callback,
        outputs=tuple(outputs),
        reads=reads,
    )


def read(name: str, output_name: str, *, one: bool = True) -> Read:
    return Read(step=f"main.{name}", output=output_name, one=one)


def milestone(name: str, *, when: str | None = None) -> RunDefinition:
    return RunDefinition(id=f"main.{name}", type=StepType.MILESTONE, title=name, group_title="Main", when=when)


def manual(name: str, *form: Attribute) -> RunDefinition:
    return RunDefinition(
        id=f"main.{name}",
        type=StepType.MANUAL_TASK,
        title=name,
        group_title="Main",
        form=form,
        queue="field",
    )


def step(
    id_: str,
    *after: str,
    lag: timedelta = timedelta(0),
    origin: tuple[str, ...] = ("L1",),
    data: dict[str, Value] | None = None,
) -> RunStep:
    """`id_` and `after` are written without the group: `pay`, `ship@L1`."""
    return RunStep(
        id=f"main.{id_}",
        definition=f"main.{id_.partition('@')[0]}",
        after=tuple(RunAfter(step=f"main.{each}", lag=lag) for each in sorted(after)),
        sources=origin,
        origin=origin,
        data=tuple(Datum(path=path, tagged=to_tagged(value)) for path, value in sorted((data or {}).items())),
    )


def line(id_: str, parent: str | None = None) -> RunLine:
    return RunLine(id=id_, product="LAPTOP", title="Laptop", parent=parent)


def plan(
    definitions: Iterable[RunDefinition], steps: Iterable[RunStep], lines: Iterable[RunLine] = (line("L1"),)
) -> RunPlan:
    return RunPlan(
        format=1,
        number="A-1",
        account="ACME",
        priority="normal",
        plan="digest",
        catalog="catalog",
        definitions=tuple(definitions),
        steps=tuple(steps),
        lines=tuple(lines),
    )


def output(name: str, path: str, *, optional: bool = False) -> OutputMapping:
    return OutputMapping(name=name, type=ValueType.TEXT, value=path, optional=optional)


def text(name: str, value: str) -> NamedValues:
    return (named(name, ValueType.TEXT, value),)


def retry_later(delay: timedelta = timedelta(minutes=1), *, unknown: bool = False, code: str = "BUSY") -> Failed:
    failure = Failure(code=code, message="busy", refused=not unknown)
    return Failed(failure=failure, decision=RetryLater(delay=delay, rule="busy"), unknown=unknown)


def park(*, unknown: bool = False, code: str = "NO_STOCK") -> Failed:
    failure = Failure(code=code, message="no stock", refused=not unknown)
    return Failed(failure=failure, decision=Park(queue="stock", rule="stock", why="no retries"), unknown=unknown)


def skipped_by_rule() -> Failed:
    why = "rule `courtesy`: no retries; it skips the step"
    return Failed(
        failure=Failure(code="BUSY", message="Busy.", refused=True), decision=SkipStep(rule="courtesy", why=why)
    )


NO_RULE = Park(why="no fallout rule matches")


class World:
    """Drives a run by hand and keeps what it asked for; steps are named without the group.

    `decides` is what the fallout rules say at once about a failure that only the run sees; None lets it be judged.
    """

    def __init__(self, run_plan: RunPlan, *, prepare: bool = True, decides: Decision | None = NO_RULE) -> None:
        self.plan = run_plan
        self.decides = decides
        self.now = NOW
        self.run = Run(run_plan.number, run_plan.account, run_plan.priority)
        self.asked: list[Effect] = []
        if prepare:
            self.prepare()

    def prepare(self) -> tuple[Effect, ...]:
        return self._ask(self.run.apply(Prepared(plan=self.plan), self.now))

    def end(self, name: str, outcome: Outcome | None = None, round_: int = 1) -> tuple[Effect, ...]:
        event = CallEnded(step=f"main.{name}", round=round_, outcome=outcome or Succeeded())
        return self._ask(self.run.apply(event, self.now))

    def due(self, key: str) -> tuple[Effect, ...]:
        return self._ask(self.run.apply(Due(key=key), self.now))

    def say(self, command: Command) -> tuple[Effect, ...]:
        return self._ask(self.run.apply(Commanded(command=command), self.now))

    def hear(self, name: str, body: str, round_: int = 1) -> tuple[Effect, ...]:
        return self._ask(self.run.apply(CallbackArrived(step=f"main.{name}", round=round_, body=body), self.now))

    def judge(self, decision: Decision, effect: Judge | None = None) -> tuple[Effect, ...]:
        """Answer a question to the fallout rules, without `effect` the last one."""
        asked = effect or self.questions()[-1]
        event = Judged(step=asked.step, round=asked.round, number_of=asked.number_of, decision=decision)
        return self._ask(self.run.apply(event, self.now))

    def questions(self) -> list[Judge]:
        return [each for each in self.asked if isinstance(each, Judge)]

    def state(self, name: str) -> StepState:
        return next(each.state for each in self.run.dump().steps if each.id == f"main.{name}")

    def reason(self, name: str) -> str:
        batch = self.run.changes(self.now)
        assert batch is not None
        return next(each.reason for each in batch.steps if each.id == f"main.{name}")

    @property
    def calls(self) -> list[str]:
        return [each.step.removeprefix("main.") for each in self.asked if isinstance(each, Call)]

    def last_call(self, name: str) -> Call:
        return [each for each in self.asked if isinstance(each, Call) and each.step == f"main.{name}"][-1]

    def wakes(self) -> list[WakeAt]:
        return [each for each in self.asked if isinstance(each, WakeAt)]

    def tasks(self) -> list[str]:
        return [each.step for each in self.asked if isinstance(each, OpenTask)]

    def _ask(self, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
        self.asked.extend(effects)
        if self.decides is None:
            return effects
        answered = (self.judge(self.decides, each) if isinstance(each, Judge) else (each,) for each in effects)
        return tuple(one for each in answered for one in each)

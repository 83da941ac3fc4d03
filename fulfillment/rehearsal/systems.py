"""Systems that answer by a script, read and judged by the code that reads and judges the real ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from catalog.cardinality import definition_of
from catalog.environment import Environment
from catalog.expressions import EvaluationError
from catalog.functions import Function
from catalog.products import Attribute
from catalog.systems import Operation, OutputMapping
from catalog.values import NamedValue, NamedValues, NotOfType, Scalar, Value, ValueType, coerce, named
from decomposition.model import OrderPlan
from decomposition.records import Former, no_former
from fulfillment.computing import Body, computed
from fulfillment.doubt import NO_LOOKUP, Found, asks_lookup, found_in, held_back, may_have_forgotten, settled
from fulfillment.effects import FUNCTIONS, Call, Judge
from fulfillment.events import Judged
from fulfillment.judging import is_unknown, judge, judged
from fulfillment.outcomes import Decision, Failed, Failure, Outcome, Succeeded
from fulfillment.rehearsal.played import Sent
from fulfillment.rehearsal.script import Answer, Answers, Later, LookedUp, Trouble
from fulfillment.replies import Answered, Reply, broken_off, impossible, timed_out, understood, unreachable
from fulfillment.requests import Request, inputs, render

ACCEPTED, OK = 202, 200
NOWHERE = "http://rehearsal/callbacks"
"""Where callbacks are asked to go: nothing is sent anywhere."""


class Replied(NamedTuple):
    """How a call ended, after how long, and the callback that follows."""

    outcome: Outcome
    after: timedelta
    callback: Later | None


class Systems:
    """Answers the calls of one order; `sent` and `rules` tell what was sent and which fallout rules decided."""

    def __init__(
        self,
        answers: Iterable[Answers],
        environment: Environment,
        functions: Mapping[str, Body],
        former: Former = no_former,
    ) -> None:
        self.sent: list[Sent] = []
        self.rules: dict[str, None] = {}
        self._answers = {each.to: each.answers for each in answers}
        self._given: Counter[str] = Counter()
        self._environment = environment
        self._functions = functions
        self._former = former

    @property
    def unused(self) -> tuple[str, ...]:
        """The steps and operations that answers are there for and nobody called."""
        return tuple(each for each in self._answers if each not in self._given)

    def reply(self, plan: OrderPlan, call: Call, now: datetime) -> Replied:
        """Answer one try of a call, as the next answer for it says."""
        answer = self._next(call)
        try:
            answered = self._answered(plan, call, answer, now)
        except EvaluationError as error:
            answered = impossible(error)
        after = call.timeout if answer.error is Trouble.TIMEOUT else min(answer.after, call.timeout)
        if isinstance(answered.result, Failure):
            return Replied(self._judged(plan, call, answered.result), after, answer.callback)
        outcome = Succeeded(outputs=answered.result, awaits_callback=answered.awaits_callback, note=answered.note)
        return Replied(outcome, after, answer.callback)

    def judged(self, plan: OrderPlan, effect: Judge) -> Judged:
        """Answer what the fallout rules decide about a failure that only the run has seen."""
        answer = judged(effect, plan, self._environment.fallout_rules)
        self._note(answer.decision)
        return answer

    def _note(self, decision: Decision) -> None:
        if decision.rule is not None:
            self.rules[decision.rule] = None

    def _next(self, call: Call) -> Answer:
        for name in (call.step, definition_of(call.step), call.operation):
            if name in self._answers:
                answers = self._answers[name]
                self._given[name] += 1
                return answers[min(self._given[name], len(answers)) - 1]
        return Answer()

    def _answered(self, plan: OrderPlan, call: Call, answer: Answer, now: datetime) -> Answered:
        system, _, name = call.operation.partition(".")
        given = inputs(plan, call, self._former)
        step = plan.step(call.step)
        assert step is not None
        definition = plan.definition_of(step)
        if system == FUNCTIONS:
            self.sent.append(Sent(call.step, call.operation, now, given, None))
            assert definition.function is not None
            return self._computed(definition.function, name, answer, given, now)
        operation = definition.operation
        assert operation is not None
        request = render(plan, call, f"{NOWHERE}/{system}", self._former)
        address = self._environment.system(system)
        forgotten = call.unknown and may_have_forgotten(address.keys_remembered if address else None, call, now)
        if forgotten and (held := held_back(_looked_up(answer.lookup, operation), operation)):
            return held
        self.sent.append(Sent(call.step, call.operation, now, given, request.body))
        timeout = min(call.timeout, address.timeout or call.timeout) if address else call.timeout
        answered = _exchanged(answer, request, operation, timeout, now)
        failure = answered.result
        if isinstance(failure, Failure) and asks_lookup(failure, operation, doubtful=call.unknown):
            return settled(failure, _looked_up(answer.lookup, operation), operation)
        return answered

    def _computed(
        self, function: Function, name: str, answer: Answer, given: Mapping[str, Value], now: datetime
    ) -> Answered:
        if answer.outputs is None and answer.is_made_up and name in self._functions:
            return Answered(computed(self._functions[name], function, given))
        if not answer.is_made_up:
            return Answered(Failure(code="FUNCTION_FAILED", message=answer.body or "It failed.", refused=True))
        return _made_up(answer, [_Output.of(each) for each in function.outputs], now)

    def _judged(self, plan: OrderPlan, call: Call, failure: Failure) -> Failed:
        unknown = is_unknown(call, failure)
        rules = self._environment.fallout_rules
        attempt, tries = call.attempts + 1, call.tries + 1
        decision = judge(call, failure, plan, rules, attempt=attempt, tries=tries, unknown=unknown)
        self._note(decision)
        return Failed(failure=failure, decision=decision, unknown=unknown)


def _exchanged(answer: Answer, request: Request, operation: Operation, timeout: timedelta, now: datetime) -> Answered:
    """Return what one exchange brings; an answer that comes too late is none."""
    if answer.error is Trouble.UNREACHABLE:
        return unreachable(request, operation.name, "the test says so")
    if answer.error is Trouble.TIMEOUT or answer.after > timeout:
        return timed_out(request, timeout.total_seconds())
    if answer.error is Trouble.LOST:
        return broken_off(request, "the test says so")
    if answer.is_made_up:
        later = operation.callback.outputs if operation.callback else ()
        return _made_up(answer, [_Output.read(each) for each in (*operation.outputs, *later)], now)
    status = answer.status or (ACCEPTED if answer.callback else OK)
    return understood(Reply(status, answer.body, answer.retry_after), request, operation)


def _looked_up(told: LookedUp | None, operation: Operation) -> Found:
    if operation.lookup is None:
        return NO_LOOKUP
    if told is None:
        return Found(None, why="the test says nothing of it")
    happened = "true" if told.happened else "false"
    return found_in(OK, f'{{"happened":{happened},"answer":{told.answer or "null"}}}', operation)


class _Output(NamedTuple):
    name: str
    type: ValueType
    optional: bool
    choices: tuple[str, ...] = ()

    @classmethod
    def read(cls, output: OutputMapping) -> _Output:
        return cls(output.name, output.type, output.optional)

    @classmethod
    def of(cls, output: Attribute) -> _Output:
        return cls(output.name, output.type, not output.required, output.choices)


def _made_up(answer: Answer, outputs: Iterable[_Output], now: datetime) -> Answered:
    """Return the outputs that an answer gives, and made-up ones for the others; optional ones are null."""
    given = {each.name: each.value for each in answer.outputs or ()}
    values: dict[str, NamedValue] = {}
    try:
        for each in outputs:
            value = coerce(given.pop(each.name), each.type) if each.name in given else _example(each, now)
            values[each.name] = named(each.name, each.type, value)
    except NotOfType as error:
        return Answered(Failure(code="WRONG_ANSWER", message=f"The test's output `{each.name}`: {error}."))
    if given:
        names = ", ".join(f"`{each}`" for each in given)
        return Answered(Failure(code="WRONG_ANSWER", message=f"The test gives {names}, which is no output of it."))
    found: NamedValues = tuple(values[name] for name in sorted(values))
    return Answered(found)


def _example(output: _Output, now: datetime) -> Scalar:
    if output.optional:
        return None
    if output.choices:
        return output.choices[0]
    return _EXAMPLES[output.type](output.name, now)


_EXAMPLES: Mapping[ValueType, Callable[[str, datetime], Scalar]] = {
    ValueType.TEXT: lambda name, _: name,
    ValueType.CHOICE: lambda name, _: name,
    ValueType.INTEGER: lambda _, __: 1,
    ValueType.NUMBER: lambda _, __: Decimal(1),
    ValueType.MONEY: lambda _, __: Decimal(1),
    ValueType.BOOLEAN: lambda _, __: True,
    ValueType.DATE: lambda _, now: now.date(),
    ValueType.DATETIME: lambda _, now: now,
}

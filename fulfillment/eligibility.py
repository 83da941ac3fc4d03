"""Which command fits a step in which state: the one table that validator, command line and documentation ask (F4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, assert_never

from catalog.steps import StepType
from catalog.words import did_you_mean
from fulfillment.board import Board
from fulfillment.commands import Cancel, Command, Complete, CompleteTask, Retry, SetFacts, Skip
from fulfillment.facts import read_facts
from fulfillment.forms import typed
from fulfillment.states import StepState


class CommandKind(StrEnum):
    """What a person may ask of a step."""

    RETRY = "retry"
    SKIP = "skip"
    COMPLETE = "complete"
    COMPLETE_TASK = "complete_task"


class Subject(NamedTuple):
    """What the table needs to know of a step; `unknown`: an earlier try may have worked."""

    type: StepType
    state: StepState
    unknown: bool = False


_LATER = "it has not started; it starts by itself when its prerequisites have ended"
_SOON = "it is about to start; wait for its answer"
_RUNNING = "it is running; wait for its answer"
_ENDED = {
    StepState.COMPLETED: "it is completed; nothing is left to do",
    StepState.SKIPPED: "it was skipped; that is final",
    StepState.ON_HOLD: "its system is offline; bring it back with `dro systems online`",
    StepState.AMENDED: "a change replaced it; look at the step that took its place",
    StepState.CANCELLED: "it was cancelled; that is final",
    StepState.DISCARDED: "it was discarded; that is final",
}
_WAITING = {
    StepState.PENDING: _LATER,
    StepState.SCHEDULED: "it waits for its time and starts then by itself",
    StepState.READY: _SOON,
    StepState.IN_PROGRESS: _RUNNING,
}
_PAUSED = "it waits until its condition holds; set the facts that it reads with `dro orders set`, or skip it"
_NO_TASK = "no person's task is open for it; use `dro steps complete` when it is parked"

TABLE: Mapping[CommandKind, Mapping[StepState, str]] = MappingProxyType(
    {
        CommandKind.RETRY: {**_WAITING, **_ENDED, StepState.FAILED: "", StepState.FATALLY_FAILED: ""},
        CommandKind.SKIP: {**_WAITING, **_ENDED, StepState.FAILED: "", StepState.FATALLY_FAILED: ""},
        CommandKind.COMPLETE: {
            **_WAITING,
            **_ENDED,
            StepState.FAILED: "it waits for its next try; retry it now, or complete it once it is parked",
            StepState.FATALLY_FAILED: "",
        },
        CommandKind.COMPLETE_TASK: {
            **_WAITING,
            **_ENDED,
            StepState.IN_PROGRESS: "",
            StepState.FAILED: "it waits for its next try; use `dro steps retry`",
            StepState.FATALLY_FAILED: "it is parked; use `dro steps retry`, `complete` or `skip`",
        },
    }
)
"""Why a command does not fit a state and what to do instead; empty where it fits."""


def refusal(kind: CommandKind, subject: Subject) -> str:
    """Return why `kind` does not fit the step and what to do instead; empty if it fits."""
    person = subject.type is StepType.MANUAL_TASK
    if kind is CommandKind.COMPLETE_TASK and not person:
        return _NO_TASK
    if kind is not CommandKind.COMPLETE_TASK and person and subject.state is StepState.IN_PROGRESS:
        return "it waits for a person; use `dro tasks complete`"
    if subject.type is StepType.PAUSE and subject.state is StepState.IN_PROGRESS:
        return "" if kind is CommandKind.SKIP else _PAUSED
    return TABLE[kind][subject.state]


def problems(board: Board, command: Command) -> tuple[str, ...]:
    """Return why the run refuses a command, all reasons in one pass; empty if it accepts it."""
    if board.all_ended:
        return (f"The order is closed ({board.order_state.value}); nothing can be changed any more.",)
    match command:
        case Cancel():
            return ("Changes in flight are not available yet: an order cannot be cancelled.",)
        case SetFacts():
            return read_facts(board.plan, command)[1]
        case CompleteTask():
            return tuple(_of_step(board, command, command.step))
        case Retry() | Skip() | Complete():
            return tuple(_of_steps(board, command))
        case _:
            assert_never(command)


def _of_steps(board: Board, command: Retry | Skip | Complete) -> Iterable[str]:
    steps = tuple(dict.fromkeys(command.steps))
    if command.fallout is not None and len(steps) > 1:
        yield "`fallout` names the parking of a single step; leave it out to mean several steps."
    for step in steps:
        yield from _of_step(board, command, step)


def _of_step(board: Board, command: Retry | Skip | Complete | CompleteTask, step: str) -> Iterable[str]:
    if step not in board.steps:
        yield f"The order has no step `{step}`. {_nearest(step, board.steps)}"
        return
    record, definition = board.records[step], board.definition(step)
    reason = refusal(CommandKind(command.kind), Subject(definition.type, record.state, record.unknown))
    if reason:
        yield f"{board.name(step)} cannot take `{command.kind}`: {reason}."
        return
    match command:
        case Complete():
            yield from _about(board, step, typed(definition, command.outputs)[1])
        case CompleteTask():
            yield from _about(board, step, typed(definition, command.values)[1])
        case Skip() if record.unknown and not (command.nothing_happened and command.reason.strip()):
            yield (
                f"{board.name(step)} may have worked: the outcome of a try is unknown. Find out in the system; if"
                " nothing happened, skip it with `--nothing-happened` and `--reason`, else complete it."
            )
    if not isinstance(command, CompleteTask):
        yield from _other_fallout(board, step, command.fallout)


def _other_fallout(board: Board, step: str, number: int | None) -> Iterable[str]:
    current = len(board.records[step].fallouts) if board.records[step].fallout else None
    if number is not None and number != current:
        now = f"its open fallout is {current}" if current else "it has no open fallout"
        look = "Look at it again with `dro orders show`"
        yield f"{board.name(step)}: fallout {number} is not open; {now}. {look}."


def _about(board: Board, step: str, found: tuple[str, ...]) -> Iterable[str]:
    return (f"{board.name(step)}: {each if each.endswith(('.', '?')) else f'{each}.'}" for each in found)


def _nearest(step: str, known: Iterable[str]) -> str:
    hint = did_you_mean(step, known, "")
    return hint if hint.startswith("Did") else "`dro orders show` lists its steps."

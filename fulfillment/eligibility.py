"""Which command fits a step in which state: the one table that validator, command line and documentation ask (F4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, assert_never

from catalog.steps import StepType
from catalog.words import did_you_mean
from fulfillment.admission import change_problems, complete_problems, withdraw_problems
from fulfillment.authority import role_refusal
from fulfillment.board import Board
from fulfillment.commands import (
    Alternative,
    Amend,
    Cancel,
    Command,
    CommandBase,
    Complete,
    CompleteTask,
    EditAndRetry,
    GiveUp,
    Hold,
    Release,
    Reschedule,
    Resolution,
    Retry,
    SetFacts,
    Skip,
    StartNow,
    WithdrawChange,
)
from fulfillment.facts import read_facts
from fulfillment.forms import edits, typed
from fulfillment.holding import hold_problems, release_problems
from fulfillment.holds import in_words
from fulfillment.persons import completed_already
from fulfillment.state import StepRecord
from fulfillment.states import StepState


class CommandKind(StrEnum):
    """What a person may ask of a step."""

    RETRY = "retry"
    EDIT_AND_RETRY = "edit_and_retry"
    SKIP = "skip"
    GIVE_UP = "give_up"
    ALTERNATIVE = "alternative"
    COMPLETE = "complete"
    COMPLETE_TASK = "complete_task"
    START_NOW = "start_now"
    RESCHEDULE = "reschedule"


class Subject(NamedTuple):
    """What the table needs to know of a step.

    `unknown`: an earlier try may have worked; `given_up`: it has ended; `growing`: its alternative is being planned;
    `judging`: the fallout rules are being asked about its failure.
    """

    type: StepType
    state: StepState
    unknown: bool = False
    given_up: bool = False
    growing: bool = False
    judging: bool = False


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
_STARTED = {
    StepState.READY: "it starts already; its time has come",
    StepState.IN_PROGRESS: "it has started already",
    StepState.FAILED: "it waits for its next try; use `dro steps retry`",
    StepState.FATALLY_FAILED: "it is parked; use `dro steps retry`, `complete` or `skip`",
}
_PAUSED = "it waits until its condition holds; set the facts that it reads with `dro orders set`, or skip it"
_GIVEN_UP = "it was given up; that is final"
_GROWING = "its alternative is being planned; wait until that has taken its place"
_JUDGING = "its failure is being judged by the fallout rules; look again in a moment"
_NO_CALL = "only a call of a system or a function can have an alternative"
_NO_TASK = "no person's task is open for it; use `dro steps complete` when it is parked"

TABLE: Mapping[CommandKind, Mapping[StepState, str]] = MappingProxyType(
    {
        CommandKind.RETRY: {**_WAITING, **_ENDED, StepState.FAILED: "", StepState.FATALLY_FAILED: ""},
        CommandKind.EDIT_AND_RETRY: {**_WAITING, **_ENDED, StepState.FAILED: "", StepState.FATALLY_FAILED: ""},
        CommandKind.GIVE_UP: {
            **_WAITING,
            **_ENDED,
            StepState.FAILED: "it waits for its next try; retry it now, or give it up once it is parked",
            StepState.FATALLY_FAILED: "",
        },
        CommandKind.SKIP: {
            **_WAITING,
            **_ENDED,
            StepState.FAILED: "",
            StepState.FATALLY_FAILED: "",
            StepState.ON_HOLD: "",
        },
        CommandKind.ALTERNATIVE: {**_WAITING, **_ENDED, StepState.FAILED: "", StepState.FATALLY_FAILED: ""},
        CommandKind.COMPLETE: {
            **_WAITING,
            **_ENDED,
            StepState.FAILED: "it waits for its next try; retry it now, or complete it once it is parked",
            StepState.FATALLY_FAILED: "",
            StepState.ON_HOLD: "",
        },
        CommandKind.COMPLETE_TASK: {
            **_WAITING,
            **_ENDED,
            StepState.IN_PROGRESS: "",
            StepState.FAILED: "it waits for its next try; use `dro steps retry`",
            StepState.FATALLY_FAILED: "it is parked; use `dro steps retry`, `complete` or `skip`",
        },
        CommandKind.START_NOW: {
            **_WAITING,
            **_ENDED,
            **_STARTED,
            StepState.PENDING: "what it waits for has not ended; `dro steps reschedule` changes its time",
            StepState.SCHEDULED: "",
        },
        CommandKind.RESCHEDULE: {
            **_WAITING,
            **_ENDED,
            **_STARTED,
            StepState.PENDING: "",
            StepState.SCHEDULED: "",
        },
    }
)
"""Why a command does not fit a state and what to do instead; empty where it fits."""


def refusal(kind: CommandKind, subject: Subject) -> str:
    """Return why `kind` does not fit the step and what to do instead; empty if it fits."""
    if subject.given_up:
        return _GIVEN_UP
    if subject.growing:
        return _GROWING
    if subject.judging:
        return _JUDGING
    if kind is CommandKind.ALTERNATIVE and subject.type not in (StepType.CALLOUT, StepType.AUTO_TASK):
        return _NO_CALL
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
    if not_theirs := role_refusal(command.role, command.kind):
        return (not_theirs,)
    if isinstance(command, CompleteTask) and (done := completed_already(board, command.step)):
        return (done,)
    if board.all_ended:
        return (f"The order is closed ({board.order_state.value}); nothing can be changed any more.",)
    match command:
        case Cancel() | Amend():
            return change_problems(board, command)
        case WithdrawChange():
            return withdraw_problems(board)
        case SetFacts():
            return read_facts(board.plan, command)[1]
        case Hold():
            return tuple(hold_problems(board, command))
        case Release():
            return tuple(release_problems(board, command))
        case CompleteTask():
            return tuple(_of_step(board, command, command.step))
        case Retry() | EditAndRetry() | Skip() | GiveUp() | Alternative() | Complete():
            return tuple(_of_steps(board, command))
        case StartNow() | Reschedule():
            return tuple(each for step in dict.fromkeys(command.steps) for each in _of_step(board, command, step))
        case _:
            assert_never(command)


def _of_steps(board: Board, command: Resolution) -> Iterable[str]:
    steps = tuple(dict.fromkeys(command.steps))
    if command.fallout is not None and len(steps) > 1:
        yield "`fallout` names the parking of a single step; leave it out to mean several steps."
    for step in steps:
        yield from _of_step(board, command, step)


def _of_step(board: Board, command: Resolution | CompleteTask | StartNow | Reschedule, step: str) -> Iterable[str]:
    if step not in board.steps:
        yield f"The order has no step `{step}`. {_nearest(step, board.steps)}"
        return
    record, definition = board.records[step], board.definition(step)
    growing = record.growing is not None
    judging = record.judging is not None
    subject = Subject(definition.type, record.state, record.unknown, record.given_up, growing, judging)
    reason = refusal(CommandKind(command.kind), subject)
    if reason and (held := board.held_by(step)) and record.held:
        reason = f"it is {in_words(held)}; `dro orders release {board.plan.number} --hold {held.number}` lets it start"
    if reason:
        yield f"{board.name(step)} cannot take `{command.kind}`: {reason}."
        return
    match command:
        case Complete():
            yield from _about(board, step, typed(definition, command.outputs)[1])
            yield from complete_problems(board)
        case CompleteTask():
            yield from _about(board, step, typed(definition, command.values)[1])
        case EditAndRetry():
            yield from _about(board, step, edits(definition, command.values)[1])
            yield from _unsure(board, record, command, "edit and retry")
        case Skip():
            yield from _unsure(board, record, command, "skip") or _unexplained(board, record, command, "skip")
        case GiveUp():
            yield from _unexplained(board, record, command, "give up")
        case Alternative():
            yield from _unsure(board, record, command, "replace")
            yield from _without_group(board, record, command)
    if isinstance(command, Resolution):
        yield from _other_fallout(board, step, command.fallout)


def _unsure(board: Board, record: StepRecord, command: Skip | EditAndRetry | Alternative, verb: str) -> tuple[str, ...]:
    """Return what is missing where an effect may exist: nobody goes on as if it did not without having made sure."""
    if not record.unknown or (command.nothing_happened and command.reason.strip()):
        return ()
    doubt = f"{board.name(record.id)} may have worked: the outcome of a try is unknown. Find out in the system; if"
    return (f"{doubt} nothing happened, {verb} it with `--nothing-happened` and `--reason`, else complete it.",)


def _unexplained(board: Board, record: StepRecord, command: CommandBase, verb: str) -> tuple[str, ...]:
    if command.reason.strip():
        return ()
    return (f"{board.name(record.id)}: to {verb} it needs a reason; say why with `--reason`.",)


def _without_group(board: Board, record: StepRecord, command: Alternative) -> Iterable[str]:
    if command.group is None and (record.fallout is None or record.fallout.alternative is None):
        yield f"{board.name(record.id)}: no rule names an alternative to it; name a step group with `--group`."


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

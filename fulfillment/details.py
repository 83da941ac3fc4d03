"""What Temporal's Web UI shows of a running order: lanes, counts, every stuck step and the command that moves it."""

from __future__ import annotations

from collections import Counter

from catalog.steps import StepType
from fulfillment.board import Board
from fulfillment.changes import what_it_is
from fulfillment.forms import example
from fulfillment.holds import in_words, lines_of
from fulfillment.progress import HoldProgress
from fulfillment.state import StepRecord
from fulfillment.states import StepState

_SHOWN = 50
"""Stuck steps and tasks shown one by one; the rest is counted."""


def details(board: Board | None, number: str, account: str, priority: str) -> str:
    """Return the order as Markdown; it changes with the states of steps, not with time."""
    version = f", version {board.plan.version}," if board and board.plan.version > 1 else ""
    head = f"**Order {number}**{version} of account {account}, priority {priority}: "
    if board is None:
        return f"{head}acknowledged\n\nThe order is being planned."
    waiting = (_changing(board), _held(board), _stuck(board), _tasks(board), _pauses(board))
    # what asks for somebody stands first: the Web UI shows a dozen lines before one has to scroll
    parts = [f"{head}{board.order_state.value}", *waiting, _lanes(board)]
    return "\n\n".join(each for each in parts if each)


def _lanes(board: Board) -> str:
    rows = [f"| {title} | {counts.total()} | {_counts(counts)} |" for title, counts in board.lanes.items()]
    return "\n".join(["| Lane | Steps | States |", "|---|:---:|---|", *rows]) if rows else "The plan has no steps."


def _counts(counts: Counter[StepState]) -> str:
    return ", ".join(f"{counts[state]} {state.value}" for state in StepState if counts[state])


def _changing(board: Board) -> str:
    change = board.changes.at_work
    if change is None:
        return ""
    what = what_it_is(change).replace(f"change {change.number_of}", f"**Change {change.number_of}**", 1)
    command = f"`dro orders withdraw-change {board.plan.number}`"
    return f"{what}, is being worked out; nothing new starts meanwhile. {command}"


def _held(board: Board) -> str:
    holds = board.holds.open
    return _section("Held", len(holds), [_hold(board, each) for each in holds[:_SHOWN]])


def _hold(board: Board, hold: HoldProgress) -> str:
    command = f"`dro orders release {board.plan.number} --hold {hold.number}`"
    return f"- {lines_of(hold)}: {in_words(hold)}. {command}"


def _stuck(board: Board) -> str:
    stuck = tuple(sorted((*board.parked(), *board.in_state(StepState.FAILED, StepState.ON_HOLD))))
    return _section("Stuck", len(stuck), [_stuck_step(board, board.records[each]) for each in stuck[:_SHOWN]])


def _stuck_step(board: Board, record: StepRecord) -> str:
    queue = f" Queue: {record.fallout.queue}." if record.fallout and record.fallout.queue else ""
    command = f"`dro steps retry {board.plan.number} {record.id}`"
    if record.state is StepState.ON_HOLD:
        command = f"`dro systems online {board.system(record.id)}`"
    if record.growing is not None:
        command = ""
    return f"- {board.name(record.id)} {record.reason}.{queue} {command}".rstrip()


def _tasks(board: Board) -> str:
    tasks = _running(board, StepType.MANUAL_TASK)
    return _section("Tasks for people", len(tasks), [_task(board, board.records[each]) for each in tasks[:_SHOWN]])


def _task(board: Board, record: StepRecord) -> str:
    values = example(board.definition(record.id))
    command = f"dro tasks complete {board.plan.number} {record.id} {values}".rstrip()
    return f"- {board.name(record.id)} {record.reason}. `{command}`"


def _pauses(board: Board) -> str:
    pauses = _running(board, StepType.PAUSE)
    return _section("Pauses", len(pauses), [_pause(board, board.records[each]) for each in pauses[:_SHOWN]])


def _pause(board: Board, record: StepRecord) -> str:
    return f"- {board.name(record.id)} {record.reason}. `dro orders set {board.plan.number} NAME=VALUE`"


def _running(board: Board, step_type: StepType) -> list[str]:
    return [each for each in board.in_state(StepState.IN_PROGRESS) if board.definition(each).type is step_type]


def _section(title: str, count: int, entries: list[str]) -> str:
    if not entries:
        return ""
    rest = [f"- and {count - len(entries)} more"] if count > len(entries) else []
    return "\n".join([f"**{title}** ({count})", "", *entries, *rest])

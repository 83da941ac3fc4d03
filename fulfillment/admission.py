"""Which changes of an order are worked out at all: what the run itself can say of them (`domain.md` A4)."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.words import did_you_mean
from fulfillment.authority import may, needed
from fulfillment.board import Board
from fulfillment.changes import what_it_is
from fulfillment.commands import Amend, Cancel


def change_problems(board: Board, command: Amend | Cancel) -> tuple[str, ...]:
    """Return why a change is refused before it is worked out; empty if it may be asked for."""
    number, change = board.plan.number, board.changes.at_work
    if change is not None:
        way_out = f"wait until it is decided, or take it back with `dro orders withdraw-change {number}`"
        return (f"{what_it_is(change).capitalize()}, is being worked out; {way_out}.",)
    found = _stale(board, command) if isinstance(command, Amend) else _lines(board, command)
    return (*found, *(_override(command) if command.override else ()))


def withdraw_problems(board: Board) -> tuple[str, ...]:
    """Return why no change can be withdrawn."""
    if board.changes.at_work is not None:
        return ()
    return ("No change is being worked out; one that is applied can be amended again.",)


def complete_problems(board: Board) -> tuple[str, ...]:
    """Return why a parked step cannot be completed now: a change at work takes it as one that has done nothing."""
    change = board.changes.at_work
    if change is None:
        return ()
    return (f"{what_it_is(change).capitalize()}, is being worked out; complete it once that is decided.",)


def _stale(board: Board, command: Amend) -> Iterable[str]:
    version, number = board.plan.version, board.plan.number
    if command.base != version:
        base = f"The amendment was made from version {command.base} of the order; version {version} is in force"
        yield f"{base}. Look at it with `dro orders show {number}`, and amend it with `--base {version}`."


def _lines(board: Board, command: Cancel) -> Iterable[str]:
    for line in dict.fromkeys(command.lines):
        if line not in board.lines:
            yield f"The order has no line `{line}`. {did_you_mean(line, board.lines, 'Its lines')}"
        elif board.lines[line].cancelled:
            yield f"Line `{line}` is cancelled already."
    if not command.lines and board.lines and all(each.cancelled for each in board.lines.values()):
        yield "The order is cancelled already; what still runs undoes what was done."


def _override(command: Amend | Cancel) -> Iterable[str]:
    if not command.role or not may(command.role, "override"):
        yield f"To pass points of no return needs the role {needed('override')}; claim it with `--role`."
    if not command.reason.strip():
        yield "To pass points of no return needs a reason; say why with `--reason`."

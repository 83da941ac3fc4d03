"""Hold and release: running steps finish, nothing new starts, and what waited goes on (`domain.md` E6).

Whatever is about to begin asks for holds first, in `Course.begin`: there is no other place where a step starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from catalog.people import Role
from catalog.words import did_you_mean
from fulfillment.board import Board
from fulfillment.commands import Command, Hold, Release
from fulfillment.course import Course
from fulfillment.holds import in_words, lines_of
from fulfillment.progress import HoldProgress
from fulfillment.rollup import ORDER_ENDED
from fulfillment.states import StepState


def is_hold(command: Command) -> bool:
    """Tell whether a command holds or releases."""
    return isinstance(command, Hold | Release)


def hold(course: Course, command: Hold) -> None:
    """Hold the order, or the lines named; steps that wait for a place begin after the release."""
    board = course.board
    placed = HoldProgress(
        number=board.holds.next_number,
        lines=tuple(sorted(dict.fromkeys(command.lines))),
        actor=command.actor,
        role=command.role,
        reason=command.reason,
        placed_at=course.now,
    )
    _put(course, placed)
    halted = [each for each in course.places.waiting if board.held_by(each)]
    course.places.withdraw(halted)
    for step in halted:
        course.begin(board.records[step])


def release(course: Course, command: Release) -> None:
    """Release a hold; steps that no other hold concerns go on."""
    board = course.board
    found = board.holds.of(_meant(board, command)[0])
    done = {"released_at": course.now, "released_by": command.actor, "release_reason": command.reason}
    _put(course, found.model_copy(update=done))
    for step in board.in_state(StepState.READY):
        if board.records[step].held:
            course.begin(board.records[step])


def _put(course: Course, hold: HoldProgress) -> None:
    course.board.holds.put(hold)
    course.report.hold(hold.number)
    for line in course.board.restale():
        course.report.line(line)


def what_is_held(board: Board, command: Hold | Release) -> str:
    """Return which hold a command is about, for the audit; the command is one that the run accepts."""
    if isinstance(command, Hold):
        lines = ", ".join(f"`{each}`" for each in sorted(dict.fromkeys(command.lines)))
        return f"hold {board.holds.next_number} of {lines or 'the whole order'}"
    found = board.holds.of(_meant(board, command)[0])
    return f"hold {found.number} of {lines_of(found)}, placed by {found.actor}: {found.reason}"


def hold_problems(board: Board, command: Hold) -> Iterable[str]:
    """Yield why a hold is refused."""
    if not command.reason.strip():
        yield "A hold needs a reason: give it with `--reason`."
    for line in dict.fromkeys(command.lines):
        if line not in board.lines:
            yield f"The order has no line `{line}`. {did_you_mean(line, board.lines, 'Its lines')}"
        elif board.line_state(line) in ORDER_ENDED:
            yield f"Line `{line}` is {board.line_state(line).value}: nothing of it is left to hold."


def release_problems(board: Board, command: Release) -> Iterable[str]:
    """Yield why a release is refused: what it means must be one open hold, of this actor unless an admin asks."""
    meant = _meant(board, command)
    if len(meant) == 1:
        yield from _not_theirs(board.holds.of(meant[0]), command)
    elif meant:
        yield f"Several holds stand; name one with `--hold`: {_listed(board, meant)}."
    else:
        stands = [each.number for each in board.holds.open]
        others = f" Open are {_listed(board, stands)}." if stands else " Nothing is held."
        yield f"{_named(command)} is not open.{others}"


def _meant(board: Board, command: Release) -> Sequence[int]:
    return [
        each.number
        for each in board.holds.open
        if command.hold in (None, each.number)
        and (not command.lines or any(line in each.lines for line in command.lines))
    ]


def _not_theirs(hold: HoldProgress, command: Release) -> Iterable[str]:
    if command.actor != hold.actor and command.role != Role.ADMIN:
        yield (
            f"Hold {hold.number} was placed by {hold.actor}: {hold.reason.rstrip('.')}."
            f" Only {hold.actor}, or somebody with the role `{Role.ADMIN.value}`, may release it."
        )


def _named(command: Release) -> str:
    of = f" of {', '.join(f'`{each}`' for each in command.lines)}" if command.lines else ""
    return f"Hold {command.hold}{of}" if command.hold is not None else f"A hold{of}"


def _listed(board: Board, numbers: Sequence[int]) -> str:
    holds = [board.holds.of(each) for each in numbers]
    return "; ".join(f"hold {each.number} of {lines_of(each)}, {in_words(each).rpartition(' (')[0]}" for each in holds)

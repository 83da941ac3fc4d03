"""The changes of one order: those that were asked for, how each ended, and the one at work (`domain.md` A4)."""

from __future__ import annotations

from collections.abc import Iterable

from decomposition.revisions import RevisionKind
from fulfillment.commands import Amend, Cancel, Command, WithdrawChange
from fulfillment.progress import ChangeProgress, ChangeState


class Changes:
    """The changes of an order, by number from 1; one at most is at work."""

    def __init__(self, memory: Iterable[ChangeProgress] = ()) -> None:
        self._changes = {each.number_of: each for each in memory}

    def memory(self) -> tuple[ChangeProgress, ...]:
        """Return all changes, by number."""
        return tuple(self._changes.values())

    def of(self, number_of: int) -> ChangeProgress:
        """Return the change of that number.

        Raises:
            KeyError: there is none.
        """
        return self._changes[number_of]

    def get(self, number_of: int) -> ChangeProgress | None:
        """Return the change of that number, or None."""
        return self._changes.get(number_of)

    def led_to(self, version: int) -> bool:
        """Tell whether a change is known that has led to a version of the order."""
        return any(each.state is ChangeState.APPLIED and each.version == version for each in self._changes.values())

    def to_version(self, version: int) -> ChangeProgress:
        """Return the change that has led to a version of the order.

        Raises:
            KeyError: there is none.
        """
        for each in self._changes.values():
            if each.state is ChangeState.APPLIED and each.version == version:
                return each
        raise KeyError(version)

    @property
    def latest(self) -> int:
        """The number of the latest change; 0 if there is none."""
        return len(self._changes)

    def put(self, change: ChangeProgress) -> None:
        """Let this stand under its number."""
        self._changes[change.number_of] = change

    @property
    def at_work(self) -> ChangeProgress | None:
        """The change that is being worked out, or None: while there is one, nothing new starts."""
        latest = self._changes.get(self.latest)
        return latest if latest is not None and latest.state is ChangeState.PLANNING else None


def is_change(command: Command) -> bool:
    """Tell whether a command asks for a change, or takes one back."""
    return isinstance(command, Amend | Cancel | WithdrawChange)


def wanted_by(change: ChangeProgress) -> Amend | Cancel:
    """Return the command by which a change was asked for."""
    by = {"actor": change.actor, "role": change.role, "reason": change.reason, "override": change.override}
    if change.kind is RevisionKind.AMEND:
        return Amend.model_validate({**by, "order": change.order, "base": change.base})
    return Cancel.model_validate({**by, "lines": change.lines})


def what_it_is(change: ChangeProgress) -> str:
    """Return what a change is, in words."""
    if change.kind is RevisionKind.AMEND:
        return f"change {change.number_of}, the amendment by {change.actor}"
    lines = ", ".join(f"`{each}`" for each in change.lines)
    of = f"{'line' if len(change.lines) == 1 else 'lines'} {lines}" if lines else "the order"
    return f"change {change.number_of}, the cancellation of {of} by {change.actor}"


def what_came_of_it(change: ChangeProgress, number: str) -> str:
    """Return how a change ended, in words, and where to look."""
    what = what_it_is(change)
    match change.state:
        case ChangeState.APPLIED:
            look = f"`dro orders show {number}` shows how it goes on"
            return f"Order {number}: {what}, is applied ({change.why or f'version {change.version}'}). {look}."
        case ChangeState.PLANNING:
            return f"Order {number}: {what}, is being worked out."
        case _:
            return f"Order {number}: {what}, is {change.state.value}: {change.why}"

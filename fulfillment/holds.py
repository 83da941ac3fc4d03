"""Holds: what people have stopped of an order, and which steps wait for their release (`domain.md` E6)."""

from __future__ import annotations

from collections.abc import Iterable

from fulfillment.progress import HoldProgress


class Holds:
    """The holds of an order, by number from 1; any number of them stand at once, over the same lines too."""

    def __init__(self, memory: Iterable[HoldProgress] = ()) -> None:
        self._holds = {each.number: each for each in memory}

    def memory(self) -> tuple[HoldProgress, ...]:
        """Return all holds, released ones too, by number."""
        return tuple(self._holds.values())

    def of(self, number: int) -> HoldProgress:
        """Return the hold of that number.

        Raises:
            KeyError: there is none.
        """
        return self._holds[number]

    @property
    def next_number(self) -> int:
        """The number that the next hold gets."""
        return len(self._holds) + 1

    def put(self, hold: HoldProgress) -> None:
        """Let this stand under its number."""
        self._holds[hold.number] = hold

    @property
    def open(self) -> tuple[HoldProgress, ...]:
        """The holds that nobody has released, by number."""
        return tuple(each for each in self._holds.values() if each.released_at is None)

    def over(self, lines: Iterable[str]) -> HoldProgress | None:
        """Return the first open hold of the whole order or of one of these lines, or None."""
        stands = self.open
        if not stands:
            return None  # the usual case: no line is looked at
        concerned = tuple(lines)
        return next((each for each in stands if not each.lines or any(one in each.lines for one in concerned)), None)


def in_words(hold: HoldProgress) -> str:
    """Return why a step waits for the release of a hold."""
    return f"held by {hold.actor}: {hold.reason} (hold {hold.number})"


def lines_of(hold: HoldProgress) -> str:
    """Return what a hold is over."""
    if not hold.lines:
        return "the whole order"
    named = ", ".join(f"`{each}`" for each in hold.lines)
    return f"{'line' if len(hold.lines) == 1 else 'lines'} {named}"

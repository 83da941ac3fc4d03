"""Places: how many calls of an order are in flight at once, in all and per system, and who is next (`design.md` §4)."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

PLACES_PER_ORDER = 32
PLACES_PER_SYSTEM = 8


class Places:
    """The queue of steps that are ready to call, first come first, and the places taken.

    A step whose system is full lets those of other systems pass. A queue per system keeps `take` independent of the
    number of waiting steps.
    """

    def __init__(self) -> None:
        self._queues: dict[str, deque[tuple[int, str]]] = {}
        self._arrivals = 0
        self._taken: Counter[str] = Counter()
        self._closed = False

    def close(self) -> None:
        """Give no more places: what waits, waits for whoever goes on."""
        self._closed = True

    def enqueue(self, step: str, system: str) -> None:
        """Put a step at the end of the queue."""
        self._queues.setdefault(system, deque()).append((self._arrivals, step))
        self._arrivals += 1

    def withdraw(self, steps: Iterable[str]) -> None:
        """Take steps out of the queue: they come again when they may begin."""
        gone = frozenset(steps)
        for system, queue in self._queues.items():
            self._queues[system] = deque(each for each in queue if each[1] not in gone)

    def occupy(self, system: str) -> None:
        """Take a place for a call that is in flight already."""
        self._taken[system] += 1

    def free(self, system: str) -> None:
        """Give a place back."""
        self._taken[system] -= 1

    def take(self) -> str | None:
        """Take a place for the first step that may have one and return it; None if there is no such step."""
        if self._closed or self._taken.total() >= PLACES_PER_ORDER:
            return None
        heads = [
            (queue[0][0], system)
            for system, queue in self._queues.items()
            if queue and self._taken[system] < PLACES_PER_SYSTEM
        ]
        if not heads:
            return None
        _, system = min(heads)
        self.occupy(system)
        return self._queues[system].popleft()[1]

    @property
    def waiting(self) -> tuple[str, ...]:
        """The steps in the queue, first come first."""
        return tuple(step for _, step in sorted(entry for queue in self._queues.values() for entry in queue))

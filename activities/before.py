"""What is known of the earlier tries of a call that Temporal retries by itself."""

from __future__ import annotations

from temporalio import activity

from fulfillment.outcomes import Failure


class Before:
    """What is known of this activity's earlier tries.

    Temporal tells how many there were. How many of them were certainly refused, and how many called nobody, travels in
    heartbeat details; a try that left none never returned, and may have worked.
    """

    def __init__(self, attempt: int, refused: int = 0, uncalled: int = 0) -> None:
        self.attempt = attempt
        self.refused = refused
        self.uncalled = uncalled

    @classmethod
    def now(cls) -> Before:
        """Read it off the running activity."""
        info = activity.info()
        return cls(info.attempt, *(int(each) for each in info.heartbeat_details))

    @property
    def unknown(self) -> bool:
        """Whether an earlier try may have worked."""
        return self.refused < self.attempt - 1

    @property
    def tries(self) -> int:
        """How often the system was called, this time included: what the fallout rules count."""
        return self.attempt - self.uncalled

    def remember(self, failure: Failure) -> None:
        """Carry on to the next try how many were refused."""
        if failure.refused and not self.unknown:
            activity.heartbeat(self.attempt, self.uncalled)

    def remember_no_call(self) -> None:
        """Carry on to the next try that this one called nobody."""
        activity.heartbeat(self.refused if self.unknown else self.attempt, self.uncalled + 1)

"""What a change does to the steps of a plan, as whoever compares has found (`domain.md` A1)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from decomposition.model import StepId
from decomposition.revisions import RevisionKind


class Fates(NamedTuple):
    """The steps of a plan that a change does something to, by id.

    `unwanted` are those that are not wanted as they were done, sorted; of these, `undone` have an effect, or may have.
    `amended` stay, and are made up for, sorted. `begun` keep what they wait for and read what they read. `running` are
    unwanted, now or since an earlier change, and have not ended: what does them anew waits for them.
    """

    begun: frozenset[StepId] = frozenset()
    unwanted: tuple[StepId, ...] = ()
    undone: frozenset[StepId] = frozenset()
    amended: tuple[StepId, ...] = ()
    running: frozenset[StepId] = frozenset()


class Wish(NamedTuple):
    """Who wants a plan changed, how, when and why."""

    kind: RevisionKind
    at: datetime
    actor: str = ""
    reason: str = ""

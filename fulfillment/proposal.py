"""A change of an order under way, worked out: what it means for every line and step, and what then runs (A1-A5)."""

from __future__ import annotations

from enum import StrEnum

from catalog.base import Recorded
from decomposition.model import OrderPlan
from decomposition.revisions import RevisionKind
from fulfillment.change import Consequence, Verdict


class LineVerdict(StrEnum):
    """What a change means for a commercial line."""

    KEPT = "kept"
    ADDED = "added"
    AMENDED = "amended"
    CANCELLED = "cancelled"


class LineChange(Recorded):
    """What a change means for a line, and why; `of_itself`: its own content changes, not only steps that it shares."""

    line: str
    product: str
    verdict: LineVerdict
    why: str = ""
    of_itself: bool = False


class StepChange(Recorded):
    """What a change means for a step, and why; `by` are the steps that undo it, do it anew or make up for it."""

    step: str
    verdict: Verdict
    consequence: Consequence | None = None
    why: str = ""
    by: tuple[str, ...] = ()


class Change(Recorded):
    """A change that may be applied: what it means, and the plan that then runs.

    `version` is the order's after it, `former` the digest of the plan that it changes. `overridden` tells, in words,
    which points of no return it passes by authority. Lines and steps are sorted by id; all of the plan are there.
    """

    version: int
    kind: RevisionKind
    former: str
    lines: tuple[LineChange, ...]
    steps: tuple[StepChange, ...]
    overridden: tuple[str, ...] = ()
    plan: OrderPlan

    @property
    def changes_nothing(self) -> bool:
        """True where every line and step is kept as it is."""
        lines = all(each.verdict is LineVerdict.KEPT for each in self.lines)
        return lines and all(each.verdict is Verdict.KEPT for each in self.steps)

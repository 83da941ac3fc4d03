"""Extensions: how a plan has grown while it ran, and what stands in for the steps they replace (`design.md` §4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from catalog.base import Frozen, Name
from decomposition.lines import LineId


class Cause(Frozen):
    """Why a plan grew: the `number`-th fallout of `step` had the step group `group` do its work instead.

    `rule` is the fallout rule that decided it; without one, `actor` did, for `reason`.
    """

    kind: Literal["alternative"] = "alternative"
    step: str
    group: Name
    number: int
    rule: str | None = None
    actor: str = ""
    reason: str = ""


class InsteadOf(Frozen):
    """One reason why a step of an extension is there: it does the work of `step` for a line (None: for the order)."""

    step: str
    line: LineId | None


class Provided(Frozen):
    """An output of the replaced step, and the new step that gives it."""

    output: Name
    step: str


class Extension(Frozen):
    """Steps that were added to a plan that ran already: `steps` are all of them, `last` those with which they end.

    Whoever waited for the replaced step waits for `last` instead. `former` is the digest of the plan that grew.
    """

    cause: Cause
    at: datetime
    former: str
    steps: tuple[str, ...]
    last: tuple[str, ...]
    provided: tuple[Provided, ...] = ()


def stand_ins(step: str, replaced: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return what is waited for in place of a step: itself, or what replaced it, over all levels.

    `replaced` has the last steps of each replaced step's alternative.
    """
    if step not in replaced:
        return (step,)
    return tuple(dict.fromkeys(other for each in replaced[step] for other in stand_ins(each, replaced)))

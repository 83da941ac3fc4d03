"""Revisions: how a plan has been changed while it ran, by an amended order or a cancelled line (`domain.md` A1, A3)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from catalog.base import Frozen, Name
from decomposition.lines import LineId


class RevisionKind(StrEnum):
    """Whether a whole new version of the order came in, or lines of it, or all, were cancelled."""

    AMEND = "amend"
    CANCEL = "cancel"


class Undoing(Frozen):
    """The steps of the group `group` that undo the effect of `step`; `last` are those with which they end."""

    step: str
    group: Name
    steps: tuple[str, ...]
    last: tuple[str, ...]


class Mending(Frozen):
    """The steps of the group `group` that make up for the difference that a change makes to `step`, which stays."""

    step: str
    group: Name
    steps: tuple[str, ...]
    last: tuple[str, ...]


class Successor(Frozen):
    """`step` is not wanted as it was done, or was taken out earlier; `by` does it anew."""

    step: str
    by: str


class Revision(Frozen):
    """One change of an order under way. `version` is the order's after it; the order as accepted is version 1.

    `former` is the digest of the plan that was changed. `cancelled` are the lines that the order no longer wants since
    then, `unwanted` the steps that it no longer wants as they were done, those with a successor among them. All are
    sorted.
    """

    version: int
    kind: RevisionKind
    at: datetime
    former: str
    actor: str = ""
    reason: str = ""
    cancelled: tuple[LineId, ...] = ()
    unwanted: tuple[str, ...] = ()
    undoing: tuple[Undoing, ...] = ()
    mending: tuple[Mending, ...] = ()
    successors: tuple[Successor, ...] = ()

"""How a call ended: what the fallout rules judge and the run acts on (`domain.md` E1, F1-F3)."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from catalog.base import Recorded
from catalog.values import NamedValues


class Failure(Recorded):
    """What went wrong in one try.

    `refused` means that certainly nothing happened; otherwise the outcome is unknown. `request` and `answer` are
    excerpts without secrets, at most 2,000 characters each. `code` is the system's error code, else one of ours:
    `HTTP_503`, `TIMEOUT`, `UNREACHABLE`, `WRONG_ANSWER`, `CALLBACK_OVERDUE`, `PAUSE_TIMED_OUT`, `KEY_FORGOTTEN`,
    `INTERNAL`.
    """

    code: str
    message: str
    status: int | None = None
    refused: bool = False
    request: str = ""
    answer: str = ""
    retry_after: timedelta | None = None


class RetryLater(Recorded):
    """Decided: try again after `delay`; `rule` is the fallout rule's name, None where none matched."""

    kind: Literal["retry_later"] = "retry_later"
    delay: timedelta
    rule: str | None = None


class Park(Recorded):
    """Decided: the step waits for a person in `queue`; `why` tells in words what the rules did.

    `notify` are the webhooks that the rule has told of it. `alternative` is the step group that the rule names,
    `cancels` what it wants cancelled.
    """

    kind: Literal["park"] = "park"
    queue: str | None = None
    rule: str | None = None
    why: str = ""
    notify: tuple[str, ...] = ()
    alternative: str | None = None
    cancels: Cancels | None = None


class SkipStep(Recorded):
    """Decided: the order goes on without the step, of which certainly no try has worked."""

    kind: Literal["skip_step"] = "skip_step"
    rule: str
    why: str = ""
    notify: tuple[str, ...] = ()


class RunAlternative(Recorded):
    """Decided: the step group `group` takes the step's place, for certainly no try has worked.

    Where the order's pinned catalog lacks the group, the step waits for a person in `queue`.
    """

    kind: Literal["run_alternative"] = "run_alternative"
    group: str
    rule: str
    why: str = ""
    queue: str | None = None
    notify: tuple[str, ...] = ()


class Cancels(StrEnum):
    """What a fallout rule has cancelled: the lines that the step concerns, or the whole order."""

    LINES = "lines"
    ORDER = "order"


class CancelWork(Recorded):
    """Decided: the lines of the step, or the order, are cancelled; what was done is undone, unknown outcomes too.

    Where that is refused, the step waits for a person in `queue`.
    """

    kind: Literal["cancel_work"] = "cancel_work"
    cancels: Cancels
    rule: str
    why: str = ""
    queue: str | None = None
    notify: tuple[str, ...] = ()


Decision: TypeAlias = Annotated[RetryLater | Park | SkipStep | RunAlternative | CancelWork, Field(discriminator="kind")]


class Succeeded(Recorded):
    """The call did its work in `attempts` tries; with `awaits_callback` it was only accepted and answers later.

    `note` says how that is known, where the system's answer to a try does not tell.
    """

    kind: Literal["succeeded"] = "succeeded"
    outputs: NamedValues = ()
    attempts: int = 1
    awaits_callback: bool = False
    unwritten_attempts: int = 0
    note: str = ""


class Failed(Recorded):
    """The last of this call's `attempts` tries failed and the rules decided; `unknown` if any try may have worked."""

    kind: Literal["failed"] = "failed"
    failure: Failure
    decision: Decision
    attempts: int = 1
    unknown: bool = False
    unwritten_attempts: int = 0


class Offline(Recorded):
    """Nothing was sent: the system is switched off, by whom and why. `attempts` and `unknown` are of earlier tries."""

    kind: Literal["offline"] = "offline"
    system: str
    actor: str = ""
    reason: str = ""
    attempts: int = 0
    tries: int = 0
    unknown: bool = False
    unwritten_attempts: int = 0


Outcome: TypeAlias = Annotated[Succeeded | Failed | Offline, Field(discriminator="kind")]


class CallResult(Recorded):
    """What the activity of a call returns."""

    outcome: Outcome


CALL_FAILED = "CallFailed"
"""Type of the error by which the activity of a call tells that it failed for good; its detail is a `Failed`."""

KEY_FORGOTTEN = "KEY_FORGOTTEN"
"""Error code of a try that called nobody, since the effect may exist and the system may not know its key any more."""

"""What can happen to a run."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from catalog.base import Recorded
from fulfillment.commands import Command
from fulfillment.outcomes import Decision, Outcome
from fulfillment.progress import Batch
from fulfillment.runplan import RunChange, RunGrowth, RunPlan


class Prepared(Recorded):
    """The plan is stored, and this is what to run; `earlier` is what the book knew of a run that was lost."""

    kind: Literal["prepared"] = "prepared"
    plan: RunPlan
    earlier: Batch | None = None


class CallEnded(Recorded):
    """The call of this step and round ended."""

    kind: Literal["call_ended"] = "call_ended"
    step: str
    round: int
    outcome: Outcome


class CallbackArrived(Recorded):
    """A system answered an asynchronous operation; `body` is the JSON text it sent."""

    kind: Literal["callback_arrived"] = "callback_arrived"
    step: str
    round: int
    body: str


class Judged(Recorded):
    """The fallout rules have been asked about a failure of this step and round, and this is what they decide."""

    kind: Literal["judged"] = "judged"
    step: str
    round: int
    number_of: int
    decision: Decision


class Extended(Recorded):
    """The plan that has grown by an alternative to `step` is stored, and this is what it has more; or why it is not."""

    kind: Literal["extended"] = "extended"
    step: str
    growth: RunGrowth | None = None
    refused: str = ""


class ChangePlanned(Recorded):
    """A change has been worked out and its plan is stored, or why it is refused."""

    kind: Literal["change_planned"] = "change_planned"
    number_of: int
    change: RunChange | None = None
    refused: str = ""


class TaskOpened(Recorded):
    """A person's task stands in the book."""

    kind: Literal["task_opened"] = "task_opened"
    step: str


class Due(Recorded):
    """The time asked for by `WakeAt` with this key has come; a stale one is ignored."""

    kind: Literal["due"] = "due"
    key: str


class Commanded(Recorded):
    """A person asks for something; accepted or not, it is audited."""

    kind: Literal["commanded"] = "commanded"
    command: Command


class SystemOnline(Recorded):
    """A system that was switched off is back: the steps that wait for it go on."""

    kind: Literal["system_online"] = "system_online"
    system: str


class Misfit(Recorded):
    """A message that is none: unknown name or unreadable payload. Nothing changes; it is audited."""

    kind: Literal["misfit"] = "misfit"
    name: str
    problem: str


Event: TypeAlias = Annotated[
    Prepared
    | CallEnded
    | ChangePlanned
    | Extended
    | CallbackArrived
    | Judged
    | TaskOpened
    | Due
    | Commanded
    | SystemOnline
    | Misfit,
    Field(discriminator="kind"),
]

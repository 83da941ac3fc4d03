"""What people may ask of a run: the payloads of updates and, as JSON, of their signal twins (`domain.md` F4)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import AwareDatetime, BeforeValidator, Field

from catalog.base import Recorded
from catalog.fields import Literal as ValueText
from catalog.fields import sorted_by
from fulfillment.times import clock


class GivenValue(Recorded):
    """A value as a person typed it; the step's definition gives its type."""

    name: str
    value: ValueText | None


def _plain(raw: object) -> object:
    if isinstance(raw, dict):
        return tuple({"name": name, "value": value} for name, value in raw.items())
    return raw


GivenValues = Annotated[
    tuple[GivenValue, ...],
    BeforeValidator(_plain, json_schema_input_type=Mapping[str, ValueText | None]),
    sorted_by("name"),
]
"""Values by name; in JSON also written as one object."""


class CommandBase(Recorded):
    """Who asks and why. `role` is claimed, from the people file, and audited as such."""

    actor: str = "unknown"
    role: str = ""
    reason: str = ""


Steps = Annotated[tuple[str, ...], Field(min_length=1)]


class Retry(CommandBase):
    """Try parked steps again, in the same round; `fallout` may name which parking of a single step is meant."""

    kind: Literal["retry"] = "retry"
    steps: Steps
    fallout: int | None = None


class Skip(CommandBase):
    """Give steps up and go on without them.

    After an unknown outcome it needs `nothing_happened`, the operator's statement, with a reason.
    """

    kind: Literal["skip"] = "skip"
    steps: Steps
    fallout: int | None = None
    nothing_happened: bool = False


class EditAndRetry(CommandBase):
    """Try a step again with other input, in a new round: `values` replace parts of its input, by name.

    After an unknown outcome it needs `nothing_happened`, the operator's statement, with a reason.
    """

    kind: Literal["edit_and_retry"] = "edit_and_retry"
    steps: Annotated[tuple[str, ...], Field(min_length=1, max_length=1)]
    values: GivenValues
    fallout: int | None = None
    nothing_happened: bool = False


class GiveUp(CommandBase):
    """Give parked steps up for good: their lines fail, and what depends on them is discarded. It needs a reason."""

    kind: Literal["give_up"] = "give_up"
    steps: Steps
    fallout: int | None = None


class Alternative(CommandBase):
    """Have a step group do the work of parked steps, each for its own lines; they end as skipped, replaced by it.

    Without `group` that of the rule which parked the step is meant. After an unknown outcome it needs
    `nothing_happened`, the operator's statement, with a reason.
    """

    kind: Literal["alternative"] = "alternative"
    steps: Steps
    group: str | None = None
    fallout: int | None = None
    nothing_happened: bool = False


class Complete(CommandBase):
    """Declare a parked step done by hand, with the outputs it should have had.

    `late_answer` is the number of the callback that they were taken from, if they were.
    """

    kind: Literal["complete"] = "complete"
    steps: Steps
    fallout: int | None = None
    outputs: GivenValues = ()
    late_answer: int | None = None


class CompleteTask(CommandBase):
    """Complete a person's task with the values of its form."""

    kind: Literal["complete_task"] = "complete_task"
    step: str
    values: GivenValues = ()


class SetFacts(CommandBase):
    """Tell facts of the order, or of one of its lines, that have become known (`domain.md` O5)."""

    kind: Literal["set"] = "set"
    values: GivenValues
    line: str | None = None


class StartNow(CommandBase):
    """Start steps now that wait for their time (`domain.md` E5)."""

    kind: Literal["start_now"] = "start_now"
    steps: Steps


class Reschedule(CommandBase):
    """Give steps that have not started another time, in place of their schedule and lags."""

    kind: Literal["reschedule"] = "reschedule"
    steps: Steps
    at: AwareDatetime


class Hold(CommandBase):
    """Let nothing new start, of the order or of the lines named, until it is released; running steps finish."""

    kind: Literal["hold"] = "hold"
    lines: tuple[str, ...] = ()


class Release(CommandBase):
    """Release a hold: the one numbered `hold`, or the only one that is open, over these lines if some are named."""

    kind: Literal["release"] = "release"
    hold: int | None = None
    lines: tuple[str, ...] = ()


class Cancel(CommandBase):
    """Cancel the order, or the lines named with those below them; `override` passes points of no return.

    An override needs a reason, and a role that may.
    """

    kind: Literal["cancel"] = "cancel"
    lines: tuple[str, ...] = ()
    override: bool = False


class Amend(CommandBase):
    """Put another version in the order's place: `order` is the digest of its content, which the order book has.

    `base` is the version that it was made from; another one in force refuses it. `override` is as for `Cancel`.
    """

    kind: Literal["amend"] = "amend"
    order: str
    base: int
    override: bool = False


class WithdrawChange(CommandBase):
    """Take a change back that is being worked out, so that the order goes on as it was."""

    kind: Literal["withdraw_change"] = "withdraw_change"


Command: TypeAlias = Annotated[
    Retry
    | Skip
    | EditAndRetry
    | GiveUp
    | Alternative
    | Complete
    | CompleteTask
    | SetFacts
    | StartNow
    | Reschedule
    | Hold
    | Release
    | Cancel
    | Amend
    | WithdrawChange,
    Field(discriminator="kind"),
]


Resolution: TypeAlias = Retry | EditAndRetry | Skip | GiveUp | Alternative | Complete
"""The commands that resolve the fallouts of parked steps."""

KINDS: Mapping[str, type[CommandBase]] = MappingProxyType(
    {each.model_fields["kind"].default: each for each in get_args(get_args(Command)[0])}
)
"""The class of each command, by its kind, which is also the name of its signal."""


class Answer(Recorded):
    """What an accepted command did, in words."""

    message: str


def answer(command: Command, number: str) -> Answer:
    """Return what an accepted command does to the order, and where to look."""
    match command:
        case Retry(steps=steps):
            what = f"{_listed(steps)} tried again, under the same idempotency key"
        case Skip(steps=steps):
            what = f"{_listed(steps)} skipped; what waited for it goes on"
        case EditAndRetry(steps=steps):
            what = f"{_listed(steps)} tried again with other input, under a new idempotency key"
        case GiveUp(steps=steps):
            what = f"{_listed(steps)} given up; what depends on it is discarded, and what runs goes on"
        case Alternative(steps=steps):
            what = f"the alternative to {_listed(steps)} is being planned"
        case Complete(steps=steps):
            what = f"{_listed(steps)} completed by hand"
        case CompleteTask(step=step):
            what = f"task `{step}` completed"
        case SetFacts(values=values, line=line):
            names = ", ".join(f"`{each.name}`" for each in values)
            what = f"{names} set" + (f" for line `{line}`" if line else "")
        case StartNow(steps=steps):
            what = f"{_listed(steps)} started now"
        case Reschedule(steps=steps, at=at):
            what = f"{_listed(steps)} moved to {clock(at)}, and started once its prerequisites have ended"
        case Hold(lines=lines):
            what = f"{_listed(lines) or 'the whole order'} held; running steps finish, nothing new starts"
        case Release():
            what = "released; what waited goes on"
        case Cancel() | Amend():
            what = "the change is being worked out"
        case WithdrawChange():
            what = "the change is taken back; what waited goes on"
    return Answer(message=f"Order {number}: {what}. `dro orders show {number}` shows how it goes on.")


def _listed(steps: tuple[str, ...]) -> str:
    return ", ".join(f"`{each}`" for each in steps)

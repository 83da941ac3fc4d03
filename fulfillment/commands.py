"""What people may ask of a run: the payloads of updates and, as JSON, of their signal twins (`domain.md` F4)."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from catalog.base import Recorded
from catalog.fields import Literal as ValueText
from catalog.fields import sorted_by


class GivenValue(Recorded):
    """A value as a person typed it; the step's definition gives its type."""

    name: str
    value: ValueText | None


def _plain(raw: object) -> object:
    if isinstance(raw, dict):
        return tuple({"name": name, "value": value} for name, value in raw.items())
    return raw


GivenValues = Annotated[tuple[GivenValue, ...], BeforeValidator(_plain), sorted_by("name")]
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


class Complete(CommandBase):
    """Declare a parked step done by hand, with the outputs it should have had."""

    kind: Literal["complete"] = "complete"
    steps: Steps
    fallout: int | None = None
    outputs: GivenValues = ()


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


class Cancel(CommandBase):
    """Cancel the order; refused until changes in flight exist."""

    kind: Literal["cancel"] = "cancel"


Command: TypeAlias = Annotated[Retry | Skip | Complete | CompleteTask | SetFacts | Cancel, Field(discriminator="kind")]


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
        case Complete(steps=steps):
            what = f"{_listed(steps)} completed by hand"
        case CompleteTask(step=step):
            what = f"task `{step}` completed"
        case SetFacts(values=values, line=line):
            names = ", ".join(f"`{each.name}`" for each in values)
            what = f"{names} set" + (f" for line `{line}`" if line else "")
        case Cancel():
            what = "cancelled"
    return Answer(message=f"Order {number}: {what}. `dro orders show {number}` shows how it goes on.")


def _listed(steps: tuple[str, ...]) -> str:
    return ", ".join(f"`{each}`" for each in steps)

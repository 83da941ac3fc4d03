"""What people ask in a rehearsal, as the order takes it; what it does not take as the script has it is noted."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.cardinality import definition_of
from fulfillment.commands import (
    Alternative,
    Amend,
    Cancel,
    Command,
    Complete,
    CompleteTask,
    EditAndRetry,
    GiveUp,
    Reschedule,
    Retry,
    Skip,
    StartNow,
)
from fulfillment.events import ChangePlanned, Commanded
from fulfillment.progress import ChangeState
from fulfillment.rehearsal.plans import Plans
from fulfillment.rehearsal.played import Names
from fulfillment.rehearsal.said import Said
from fulfillment.run import Run


class Asking:
    """Hands commands to one run; `misfits` tell of those that it does not take as the script has it.

    `waiting` are the commands that are given once a step is in a state.
    """

    def __init__(self, run: Run, plans: Plans, waiting: Iterable[Said]) -> None:
        self.waiting = list(waiting)
        self._run = run
        self._plans = plans
        self._misfits: list[str] = []
        self._changes: dict[int, Said] = {}

    @property
    def misfits(self) -> tuple[str, ...]:
        """What the order has not taken as the script has it, and what was never asked."""
        return (*self._misfits, *(f"{_named(each)} is not given: {self._why_not(each)}." for each in self.waiting))

    def taken(self, said: Said) -> Commanded | None:
        """Return the command as the run takes it, or None after noting what does not go as the script has it."""
        command = self._whole(said)
        refusals = " ".join(self._run.refusals(command))
        if refusals:
            self._refused(said, refusals)
            return None
        if isinstance(command, Amend | Cancel):
            change = self._run.change()
            self._changes[change.number_of + 1 if change else 1] = said
        elif said.refused is not None:
            self._misfits.append(f"{_named(said)} is accepted, and was to be refused.")
        return Commanded(command=command)

    def decided(self, told: ChangePlanned) -> None:
        """Note a change that came out otherwise than the script has it; others than people ask for, too."""
        said, change = self._changes.get(told.number_of), self._run.change(told.number_of)
        if said is None or change is None or change.state is ChangeState.PLANNING:
            return
        if change.state is ChangeState.REFUSED:
            self._refused(said, change.why)
        elif said.refused is not None:
            self._misfits.append(f"{_named(said)} is applied, and was to be refused.")

    def due(self) -> tuple[Said, ...]:
        """Return the commands whose step has come to its state, each once."""
        if not self.waiting:
            return ()
        states = {each.id: each.state for each in self._run.standing().steps}
        names = self._names()
        found = [each for each in self.waiting if each.once and states.get(names.id(each.once.step)) is each.once.state]
        self.waiting = [each for each in self.waiting if each not in found]
        return tuple(found)

    def _why_not(self, said: Said) -> str:
        name = said.once.step if said.once else ""
        instances = [each.id for each in self._plans.now.steps if definition_of(each.id) == name]
        if len(instances) > 1:
            return f"there are {len(instances)} such steps; name one, as `{instances[0]}`"
        return "that it never was"

    def _refused(self, said: Said, why: str) -> None:
        if said.refused is None or said.refused not in why:
            self._misfits.append(f"{_named(said)} is refused: {why}")

    def _whole(self, said: Said) -> Command:
        """Return the command with the ids of the steps that it names, and with the order that it wants."""
        names, command = self._names(), said.command
        match command:
            case Amend():
                assert said.order is not None
                base = command.base or (self._run.plan.version if self._run.plan else 1)
                return command.model_copy(update={"order": self._plans.wanted(said.order), "base": base})
            case CompleteTask(step=step):
                return command.model_copy(update={"step": names.id(step)})
            case Retry() | Skip() | EditAndRetry() | GiveUp() | Alternative() | Complete() | StartNow() | Reschedule():
                return command.model_copy(update={"steps": tuple(names.id(each) for each in command.steps)})
            case _:
                return command

    def _names(self) -> Names:
        return Names(tuple(each.id for each in self._plans.now.steps))


def _named(said: Said) -> str:
    """Return a command and when it is given, in words."""
    moment = f"once `{said.once.step}` is {said.once.state.value}" if said.once else ""
    after = f"after {said.at}" if said.at or not moment else ""
    return " ".join(each for each in (f"`{said.command.kind}`", after, moment) if each)

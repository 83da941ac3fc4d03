"""What happened in a rehearsal, as expectations are compared with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from catalog.base import Issue
from catalog.cardinality import definition_of
from catalog.values import Value
from decomposition.assets import Assets
from decomposition.model import OrderPlan
from decomposition.trials import Tried
from fulfillment.progress import FalloutProgress, LineProgress, StepProgress
from fulfillment.states import OrderState


@dataclass(frozen=True)
class Sent:
    """One try of a call: what its step gave as input, and the body of the request; None where nothing was sent."""

    step: str
    operation: str
    at: datetime
    input: Mapping[str, Value]
    request: str | None


@dataclass(frozen=True)
class Verdict:
    """A condition of a step definition that was asked: `field` is `when` or `until`."""

    definition: str
    field: str
    verdict: bool


@dataclass(frozen=True)
class Played:
    """One order, from its refusal or its acceptance to the end of what the script makes happen.

    `fallouts` are in order; `misfits` tell of what the script says and the order did not take, in words, `unused` name
    the answers and tasks that nothing asked for. `fallout_rules` are those that decided about some failure. `assets`
    are what the account has afterwards.
    """

    refused: tuple[Issue, ...] = ()
    plan: OrderPlan | None = None
    tried: Tried = field(default_factory=Tried)
    state: OrderState = OrderState.ACKNOWLEDGED
    steps: tuple[StepProgress, ...] = ()
    lines: tuple[LineProgress, ...] = ()
    fallouts: tuple[FalloutProgress, ...] = ()
    sent: tuple[Sent, ...] = ()
    conditions: tuple[Verdict, ...] = ()
    fallout_rules: tuple[str, ...] = ()
    misfits: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    assets: Assets = ()
    names: Names = field(default_factory=lambda: Names(()))


class Names:
    """How steps of a plan are called: by their definition where it has one instance, else by their ids."""

    def __init__(self, steps: tuple[str, ...]) -> None:
        self._steps = dict.fromkeys(steps)
        self._instances: dict[str, list[str]] = {}
        for each in steps:
            self._instances.setdefault(definition_of(each), []).append(each)

    def short(self, step: str) -> str:
        """Return the shortest name of a step."""
        definition = definition_of(step)
        return definition if self._instances.get(definition) == [step] else step

    def id(self, name: str) -> str:
        """Return the id of the step that a name is of; a name of none, or of several, as it is."""
        instances = self._instances.get(name, [])
        return instances[0] if name not in self._steps and len(instances) == 1 else name

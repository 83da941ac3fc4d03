"""What a run asks of the world."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from catalog.base import Recorded
from catalog.products import Attribute
from catalog.steps import StepType
from catalog.values import NamedValues
from fulfillment.change import StepFact
from fulfillment.commands import Amend, Cancel
from fulfillment.outcomes import Failure

FUNCTIONS = "functions"
"""Stands for the system where a call computes a function: its operation is `functions.NAME`."""


class StepOutputs(Recorded):
    """The outputs of one step, as a later input reads them; a skipped step has none."""

    step: str
    outputs: NamedValues = ()


class Prepare(Recorded):
    """Plan the order on its pinned catalog and store the plan; `plan` names one that is stored already, by digest.

    With `restart`, go on from what the order book knows: its plan, and how far it had come.
    """

    kind: Literal["prepare"] = "prepare"
    number: str
    plan: str = ""
    restart: bool = False


class Call(Recorded):
    """Call a system: `operation` is `SYSTEM.OPERATION`; the idempotency key is order, step and round.

    The operation `functions.NAME` has a worker compute a function.
    `attempts` were made in this round before, `tries` of them since the round began or an operator last retried.
    `unknown` says that one of them may have worked, `first_tried_at` when the first of the round began, None where
    that is not known. `values` are taken when the round begins: every try of a round sends the same bytes. So are
    `facts` and `line_facts`, which are empty unless the step's input reads them.
    `edited` is what an operator put in place of parts of the step's input, by name; a text of which the catalog does
    not know the type takes the type of what it replaces.
    """

    kind: Literal["call"] = "call"
    number: str
    plan: str
    step: str
    round: int
    operation: str
    title: str
    task_queue: str | None = None
    timeout: timedelta = timedelta(seconds=10)
    attempts: int = 0
    tries: int = 0
    unknown: bool = False
    values: tuple[StepOutputs, ...] = ()
    facts: NamedValues = ()
    line_facts: NamedValues = ()
    edited: NamedValues = ()
    first_tried_at: datetime | None = None


class OpenTask(Recorded):
    """Put a person's task on the desk."""

    kind: Literal["open_task"] = "open_task"
    number: str
    step: str
    title: str
    instructions: str = ""
    queue: str | None = None
    form: tuple[Attribute, ...] = ()


class WakeAt(Recorded):
    """Send `Due` with this key at that time."""

    kind: Literal["wake_at"] = "wake_at"
    key: str
    at: datetime


class Extend(Recorded):
    """Plan the step group `group` for what the parked `step` was to do, and store the plan that has grown by it.

    `plan` is the plan as it stands, `fallout` the parking that is answered, at `at`: the same effect gives the same
    plan. `rule` decided it; without one, `actor` did, for `reason`.
    """

    kind: Literal["extend"] = "extend"
    number: str
    plan: str
    step: str
    group: str
    fallout: int
    at: datetime
    rule: str | None = None
    actor: str = ""
    reason: str = ""


class PlanChange(Recorded):
    """Work a change out: compare the plan as it stands with what is wanted, for the states of this moment.

    `plan` is the digest of the plan as it stands, `facts` where its steps stand; `number_of` counts the order's
    changes.
    """

    kind: Literal["plan_change"] = "plan_change"
    number: str
    plan: str
    number_of: int
    at: datetime
    wanted: Amend | Cancel
    facts: tuple[StepFact, ...] = ()


class Judge(Recorded):
    """Ask the fallout rules in force about a failure that only the run sees: of a callback, a pause or a condition.

    `number_of` counts what has been asked about the step. `attempts`, `tries` and `unknown` are as in `Call`, this
    failure included; of a pause and of a condition each wait, or each look, is a try.
    """

    kind: Literal["judge"] = "judge"
    number: str
    plan: str
    step: str
    round: int
    number_of: int
    type: StepType
    operation: str | None = None
    failure: Failure
    attempts: int = 0
    tries: int = 1
    unknown: bool = False


Effect: TypeAlias = Annotated[
    Extend | PlanChange | Prepare | Call | Judge | OpenTask | WakeAt, Field(discriminator="kind")
]

"""What a run remembers: one record per step, and the whole as data for continue-as-new (`design.md` §4)."""

from __future__ import annotations

from datetime import datetime

from pydantic import ConfigDict

from catalog.base import Recorded
from catalog.values import NamedValues
from fulfillment.events import Event
from fulfillment.progress import (
    AuditEntry,
    Batch,
    ChangeProgress,
    FactsMemory,
    FalloutProgress,
    HoldProgress,
    LateAnswerProgress,
    LineProgress,
    StepKept,
    TaskProgress,
)
from fulfillment.rollup import ENDED
from fulfillment.states import OrderState, StepState

LOOK_AGAIN = "look"
"""Kind of the wake-up at which the condition of a step is asked again: it had no value."""


class StepMemory(StepKept):
    """All that a run knows of one step: what the book keeps of it, what people see, and what follows from both.

    `attempts` were made in this round, `tries` of them since it began or an operator last retried; `unknown` says that
    one of them may have worked. `calling`: its call is in flight; `awaiting`: the system accepted it and answers later.
    `wake` is the key of the `Due` it waits for, at `due`; `callback` is an answer that came before it was expected.
    `first_tried_at` is when the first call of this round began.
    `moved_to` is the start that an operator has given it, for the `moves`-th time, `moved_why` says who and why.
    `held`: it is ready, and begins when no hold concerns it any more.
    `facts` and `line_facts` are what its call of this round sends of them, `edited` what an operator put in place of
    its input, by name; `accepted` are the outputs that came when the system accepted the call of this round.
    `given_up`: an operator gave the parked step up, and it has ended. `late_answers` counts the callbacks that nobody
    waited for.
    `growing`: a step group is to take its place.
    `unwanted`: since version `unwanted_in` of the order a change does not want it, or not as it is; a call in flight
    ends first. `begun_in` is the version in which its work began.
    `judging`: this failure, which only the run has seen, is being judged by the fallout rules; `judgings` counts those.
    `fallouts` are all its parkings, in order; the last one is open while the step is `fatally_failed`.
    """

    id: str
    state: StepState = StepState.PENDING
    reason: str = ""
    actor: str = ""
    round: int = 1
    attempts: int = 0
    calling: bool = False
    met: bool = False
    outputs: NamedValues = ()
    started_at: datetime | None = None
    ended_at: datetime | None = None
    fallouts: tuple[FalloutProgress, ...] = ()
    task: TaskProgress | None = None

    @property
    def ended(self) -> bool:
        """True when the step never moves again, and what depends on it may start, or is discarded."""
        return self.given_up or self.state in ENDED


class StepRecord(StepMemory):
    """The same, while the run changes it; it never leaves the run."""

    model_config = ConfigDict(frozen=False)

    @property
    def seen_from_above(self) -> StepState:
        """The state as it counts for the step's lines: what is ready but held does not run."""
        return StepState.PENDING if self.held else self.state

    @property
    def fallout(self) -> FalloutProgress | None:
        """The fallout that waits for a person, or None."""
        parked = self.state is StepState.FATALLY_FAILED and not self.given_up
        return self.fallouts[-1] if parked and self.fallouts else None

    def memory(self) -> StepMemory:
        """Return what to remember."""
        return StepMemory.model_construct(**dict(self))

    @classmethod
    def of(cls, memory: StepMemory) -> StepRecord:
        """Return the record that goes on from `memory`."""
        return cls.model_construct(**dict(memory))


class ReportMemory(Recorded):
    """How far the book has been told: the last batch's number, the one not acknowledged yet, and what is still to tell.

    `steps` changed, `moved` are those whose state did, `stale` lines that may follow; `fallouts` are pairs of step and
    number; `lines` is what was last told of each line, `state` of the order; `facts` says that they changed.
    """

    n: int = 0
    full: bool = True
    pending: Batch | None = None
    steps: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    fallouts: tuple[tuple[str, int], ...] = ()
    tasks: tuple[str, ...] = ()
    holds: tuple[int, ...] = ()
    changes: tuple[int, ...] = ()
    late_answers: tuple[LateAnswerProgress, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    lines: tuple[LineProgress, ...] = ()
    facts: bool = False
    state: OrderState = OrderState.ACKNOWLEDGED


class Kept(Recorded):
    """An event that came before the plan, and when."""

    event: Event
    at: datetime


class RunState(Recorded):
    """A run without its plan, as data: `Run.load` goes on from it as if nothing had happened.

    `plan` is the digest of its plan once it is prepared; `ready` are the steps that wait for a place, first come first.
    `restart`: it goes on from what the order book knows.
    """

    number: str
    account: str
    priority: str
    prepared: bool = False
    plan: str = ""
    restart: bool = False
    steps: tuple[StepMemory, ...] = ()
    ready: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()
    report: ReportMemory = ReportMemory()
    facts: FactsMemory = FactsMemory()
    holds: tuple[HoldProgress, ...] = ()
    changes: tuple[ChangeProgress, ...] = ()

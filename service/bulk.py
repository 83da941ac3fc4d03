"""One decision for many fallouts: found by what they have in common, resolved order by order (`domain.md` F4).

Selecting is one look into the order book. Each order is asked once, for all its steps, a few orders at a time; where
it refuses that, since one of them was resolved meanwhile, it is asked step by step. Asked again, everything is
harmless: what was resolved is no longer found, and the same invocation is done once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum

from temporalio.client import Client

from catalog.base import Issue, Recorded, Refused
from decomposition.lines import LineKind
from fulfillment.commands import Alternative, Cancel, Command, Complete, GivenValue, GiveUp, Retry, Skip
from orderbook.errors import BookError
from orderbook.store import OrderBook
from orderbook.views import FalloutView
from service.desk import REFUSED_LATER, NoWorker, ask, note_refusal
from service.temporal import Unreachable

IN_FLIGHT = 8
"""How many orders are asked at a time."""


class Action(StrEnum):
    """What is done about each fallout."""

    RETRY = "retry"
    SKIP = "skip"
    COMPLETE = "complete"
    GIVE_UP = "give-up"
    ALTERNATIVE = "alternative"
    CANCEL_LINE = "cancel-line"


class Decision(Recorded):
    """What is to be done, by whom and why: the same for all."""

    action: Action
    actor: str
    role: str = ""
    reason: str = ""
    outputs: tuple[GivenValue, ...] = ()
    group: str | None = None
    nothing_happened: bool = False


class Target(Recorded):
    """An order and the parked steps that are meant, by id."""

    order: str
    steps: tuple[str, ...]


class Verdict(StrEnum):
    """What became of an order: all steps resolved, some or none; or nobody answered for it."""

    DONE = "done"
    PARTLY = "partly"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


class Outcome(Recorded):
    """What became of one order: its steps that were resolved, those that were not, and why not."""

    order: str
    verdict: Verdict
    done: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Tally(Recorded):
    """How many orders, and steps, were meant and resolved; the outcome of each order, in the order of the targets."""

    orders: int
    steps: int
    resolved: int
    failed: int
    outcomes: tuple[Outcome, ...]


def targets(found: tuple[FalloutView, ...], limit: int | None = None) -> tuple[Target, ...]:
    """Return the orders of the fallouts with their steps, the order with the oldest one first; at most `limit`."""
    steps: dict[str, list[str]] = {}
    for each in found:
        steps.setdefault(each.order, []).append(each.step)
    wanted = tuple(Target(order=order, steps=tuple(sorted(each))) for order, each in steps.items())
    return wanted if limit is None else wanted[:limit]


def command(decision: Decision, steps: tuple[str, ...], lines: tuple[str, ...] = ()) -> Command:
    """Return the command that does to steps of one order what was decided; `lines` are those that the steps are for."""
    base = {"steps": steps, "actor": decision.actor, "role": decision.role, "reason": decision.reason}
    match decision.action:
        case Action.RETRY:
            return Retry.model_validate(base)
        case Action.SKIP:
            return Skip.model_validate({**base, "nothing_happened": decision.nothing_happened})
        case Action.COMPLETE:
            return Complete.model_validate({**base, "outputs": decision.outputs})
        case Action.GIVE_UP:
            return GiveUp.model_validate(base)
        case Action.ALTERNATIVE:
            more = {"group": decision.group, "nothing_happened": decision.nothing_happened}
            return Alternative.model_validate({**base, **more})
        case Action.CANCEL_LINE:
            return Cancel(actor=decision.actor, role=decision.role, reason=decision.reason, lines=lines)


def lines_of(book: OrderBook, number: str, steps: tuple[str, ...]) -> tuple[str, ...] | Refused:
    """Return the commercial lines that steps of an order are for, sorted, or why cancelling them is not meant.

    A step that is for every line stands for none of them: whoever means the whole order cancels that.
    """
    view = book.show(number)
    plan = book.plan(view.plan) if view and view.plan else None
    found = [each for each in (plan.step(step) for step in steps) if each] if plan else []
    if plan is None or len(found) < len(steps):
        return Refused.because("step", f"Order `{number}` has no such steps in its plan.")
    lines = {each.id for each in plan.lines if each.kind is LineKind.COMMERCIAL and not each.cancelled}
    meant = {line for each in found for line in each.origin} & lines
    if meant and (meant != lines or len(lines) == 1):
        return tuple(sorted(meant))
    hint = f"Cancel the order, `dro orders cancel {number}`, or name the lines: `--line LINE`."
    message = f"{', '.join(f'`{each}`' for each in steps)} of order `{number}` is for the order as a whole."
    return Refused.because("cancel_line", message, hint)


async def resolve(
    client: Client,
    book: OrderBook,
    wanted: tuple[Target, ...],
    decision: Decision,
    invocation: str,
    told: Callable[[Outcome], None] = lambda _: None,
) -> Tally:
    """Ask every order, a few at a time; `told` hears of each outcome as soon as it is there.

    `invocation` identifies this request of a person: sent again, it is done once. What is refused stands in the
    order's history. Where nobody answers for several orders in a row, the others are not asked.
    """
    asking = _Asking(client, book, decision, invocation)
    found: dict[str, Outcome] = {}
    for ended in asyncio.as_completed([asking.one(each) for each in wanted]):
        outcome = await ended
        found[outcome.order] = outcome
        told(outcome)
    outcomes = tuple(found[each.order] for each in wanted)
    return Tally(
        orders=len(wanted),
        steps=sum(len(each.steps) for each in wanted),
        resolved=sum(len(each.done) for each in outcomes),
        failed=sum(len(each.open) for each in outcomes),
        outcomes=outcomes,
    )


class _Asking:
    """One request of a person, on its way to many orders."""

    def __init__(self, client: Client, book: OrderBook, decision: Decision, invocation: str) -> None:
        self._client, self._book = client, book
        self._decision, self._invocation = decision, invocation
        self._places = asyncio.Semaphore(IN_FLIGHT)
        self._unanswered = 0

    async def one(self, target: Target) -> Outcome:
        """Ask an order for all its steps, and where it refuses that, for each."""
        async with self._places:
            together = await self._ask(target.order, target.steps, self._invocation)
            if together is None:
                return Outcome(order=target.order, verdict=Verdict.DONE, done=target.steps)
            if len(target.steps) == 1 or isinstance(together, Issue):
                return await self._outcome(target, dict.fromkeys(target.steps, together))
            answers = {
                step: await self._ask(target.order, (step,), f"{self._invocation}/{step}") for step in target.steps
            }
            return await self._outcome(target, {step: each for step, each in answers.items() if each is not None})

    async def _ask(self, order: str, steps: tuple[str, ...], invocation: str) -> Refused | Issue | None:
        """Return None where it is done, the refusal, or the issue that nobody answers."""
        if self._unanswered >= IN_FLIGHT:
            return Issue(check=_UNREACHABLE, message=f"Not asked, since for {IN_FLIGHT} orders nobody answered.")
        try:
            lines = await asyncio.to_thread(self._lines, order, steps)
            if isinstance(lines, Refused):
                return lines
            answer = await ask(self._client, order, command(self._decision, steps, lines), invocation)
        except (NoWorker, Unreachable) as error:
            self._unanswered += 1
            return Issue(check=_UNREACHABLE, message=str(error))
        self._unanswered = 0
        return answer if isinstance(answer, Refused) else None

    def _lines(self, order: str, steps: tuple[str, ...]) -> tuple[str, ...] | Refused:
        return lines_of(self._book, order, steps) if self._decision.action is Action.CANCEL_LINE else ()

    async def _outcome(self, target: Target, failed: dict[str, Refused | Issue]) -> Outcome:
        done = tuple(each for each in target.steps if each not in failed)
        issues = tuple(
            issue for each in failed.values() for issue in (each.issues if isinstance(each, Refused) else (each,))
        )
        for step, each in failed.items():
            if isinstance(each, Refused) and not any(one.check == REFUSED_LATER for one in each.issues):
                await self._note(target.order, step, each)
        verdict = Verdict.PARTLY if done and failed else Verdict.REFUSED if failed else Verdict.DONE
        if not done and any(each.check == _UNREACHABLE for each in issues):
            verdict = Verdict.UNREACHABLE
        problems = tuple(dict.fromkeys(each.message for each in issues))
        return Outcome(order=target.order, verdict=verdict, done=done, open=tuple(failed), problems=problems)

    async def _note(self, order: str, step: str, refused: Refused) -> None:
        asked, now = command(self._decision, (step,)), datetime.now(UTC)
        with suppress(BookError):  # the person reads the refusal all the same
            await asyncio.to_thread(note_refusal, self._book, order, asked, refused, now)


_UNREACHABLE = "unreachable"

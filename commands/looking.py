"""Looking at one order: found or refused with what there is instead, followed, explained."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from catalog.base import Frozen, Issue, Refused
from catalog.words import did_you_mean
from commands.errors import Refusal
from commands.render import in_order, order_view
from commands.shared import book_of, console
from commands.wording import words
from fulfillment.states import OrderState, StepState

if TYPE_CHECKING:
    from decomposition.model import OrderPlan
    from orderbook.store import OrderBook
    from orderbook.views import OrderView
    from service.settings import Settings

LOOK_SECONDS = 0.25


def shown_order(book: OrderBook, number: str) -> OrderView:
    """Return an order of the book.

    Raises:
        Refusal: there is none of this number.
    """
    view = book.show(number)
    if view is None:
        raise unknown_order(book, number)
    return view


def unknown_order(book: OrderBook, number: str) -> Refusal:
    """Return the refusal of a number that no order has, with the nearest one."""
    hint = did_you_mean(number, [each.number for each in book.orders(limit=500)], "")
    hint = hint if hint.startswith("Did") else "`dro orders list` names the orders there are."
    return Refusal((Issue(check="order", message=f"There is no order `{number}`.", hint=hint),))


class Change(Frozen):
    """What a step of an order, or where `step` is None the order itself, has come to: seen at `at`, and why."""

    at: datetime
    order: str
    step: str | None
    state: str
    reason: str = ""

    def __str__(self) -> str:
        what = self.step or f"order {self.order}"
        return f"{what}: {words(self.state)}{f' ({self.reason})' if self.reason else ''}"


def follow(book: OrderBook, number: str, *, as_json: bool = False) -> OrderState:
    """Show an order until it has ended; return how: live on a terminal, else a line for each change."""
    from rich.live import Live

    screen = console()
    order = shown_order(book, number)
    if as_json or not screen.is_terminal:
        return _follow_in_lines(book, order, as_json=as_json)
    with Live(order_view(order), console=screen, refresh_per_second=8, vertical_overflow="visible") as live:
        while order.ended_at is None:
            time.sleep(LOOK_SECONDS)
            order = shown_order(book, number)
            live.update(order_view(order))
    return order.state


def _follow_in_lines(book: OrderBook, order: OrderView, *, as_json: bool) -> OrderState:
    before: OrderView | None = None
    while True:
        for each in changes(before, order, datetime.now(UTC)):
            typer.echo(each.model_dump_json() if as_json else f"{each.at.astimezone():%H:%M:%S} {each}")
        # Whoever reads a pipe is to see a change when it happens.
        sys.stdout.flush()
        if order.ended_at:
            return order.state
        time.sleep(LOOK_SECONDS)
        before, order = order, shown_order(book, order.number)


def changes(before: OrderView | None, after: OrderView, at: datetime) -> tuple[Change, ...]:
    """Return what changed from one look at an order to the next: steps as they can happen, then the order."""
    known = {each.id: (each.state, each.reason) for each in before.steps} if before else {}
    moved = [
        Change(at=at, order=after.number, step=each.id, state=each.state, reason=each.reason)
        for each in in_order(after.steps)
        if known.get(each.id) != (each.state, each.reason) and (known or each.state is not StepState.PENDING)
    ]
    if before is None or (before.state, before.lost) != (after.state, after.lost):
        lost = f"{after.lost.detail} Go on: dro orders restart {after.number}" if after.lost else ""
        moved.append(Change(at=at, order=after.number, step=None, state=after.state, reason=lost))
    return tuple(moved)


class Explained(Frozen):
    """Why the steps of an order, or one of them, are there, and what has become of them: in words, a line each."""

    number: str
    step: str | None
    explanation: tuple[str, ...]


def explanation(subject: str, step: str | None, settings: Settings) -> Explained:
    """Return why the steps of a plan, or one of them, are there, and what has become of those of an order of the book.

    Raises:
        Refusal: there is no such order, file, plan or step.
    """
    from decomposition.explain import explain_plan, explain_step

    plan = plan_of(subject, settings)
    if step is None:
        return _explained(plan, None, explain_plan(plan), _told(subject, None, settings))
    ids = [each.id for each in plan.steps]
    if step not in ids:
        hint = did_you_mean(step, ids, "Its steps")
        raise Refusal(
            (Issue(check="step", message=f"The plan of `{plan.order.number}` has no step `{step}`.", hint=hint),)
        )
    return _explained(plan, step, explain_step(plan, step), _told(subject, step, settings))


def _explained(plan: OrderPlan, step: str | None, text: str, told: tuple[str, ...]) -> Explained:
    return Explained(number=plan.order.number, step=step, explanation=(*text.splitlines(), *told))


def _told(subject: str, step: str | None, settings: Settings) -> tuple[str, ...]:
    """Return what the book tells of the steps of an order, or of one; nothing of an order in a file."""
    from commands.story import story, stuck

    if Path(subject).is_file():
        return ()
    with book_of(settings) as book:
        order = shown_order(book, subject)
        attempts = book.attempts(subject, step) if step else ()
    if step is None:
        return tuple(stuck(order))
    found = next((each for each in order.steps if each.id == step), None)
    return tuple(story(found, attempts, (each for each in order.fallouts if each.step == step))) if found else ()


def plan_of(subject: str, settings: Settings) -> OrderPlan:
    """Return the plan of an order of the book, or of one in a file.

    Raises:
        Refusal: there is no such order, file or plan.
    """
    if Path(subject).is_file():
        from service.planning import dry_run

        planned = dry_run(Path(subject), settings, datetime.now(UTC))
        if isinstance(planned, Refused):
            raise Refusal(planned.issues)
        return planned
    with book_of(settings) as book:
        order = shown_order(book, subject)
        plan = book.plan(order.plan) if order.plan else None
    if plan is None:
        hint = "It has one as soon as a worker has prepared it: `dro doctor` tells whether one runs."
        raise Refusal((Issue(check="plan", message=f"Order `{subject}` has no plan yet.", hint=hint),))
    return plan

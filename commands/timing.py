"""Orders and steps against their time: start now, move, and see what is in danger of being late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from commands.errors import answering, say
from commands.shared import (
    Actor,
    AsSignal,
    Json,
    Number,
    Reason,
    StepIds,
    book_of,
    print_json_list,
    settings_of,
    show,
)
from commands.wording import BAD, BUSY, moment, new_table, words

if TYPE_CHECKING:
    from orderbook.at_risk import AtRisk
    from orderbook.store import OrderBook
    from service.settings import Settings
    from service.timed import TimedOrder, TimedStep

STYLES = {"at_risk": BUSY, "late": BAD}


def add_to_steps(app: typer.Typer) -> None:
    """Add these commands to those of steps."""
    app.command("start-now")(answering(start_now))
    app.command()(answering(reschedule))


def add_to_orders(app: typer.Typer) -> None:
    """Add these commands to those of orders."""
    app.command("at-risk")(answering(at_risk))


def start_now(
    number: Number, steps: StepIds, reason: Reason = "", as_signal: AsSignal = False, actor: Actor = None
) -> None:
    """Start steps now that wait for their time, by schedule or lag.

    Example: dro steps start-now SB-1001 shipping.ship@L1 --reason "goods are here"
    """
    from commands.asking import do
    from fulfillment.commands import StartNow

    settings = settings_of(actor)
    do(StartNow(actor=settings.actor, reason=reason, steps=tuple(steps)), number, settings, as_signal)


def reschedule(
    number: Number, steps: StepIds,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="With its zone: 2026-12-01T08:00Z.")],
    reason: Reason = "", as_signal: AsSignal = False, actor: Actor = None,
) -> None:  # fmt: skip
    """Give steps that have not started another time, in place of schedule and lag; a past one means at once.

    Example: dro steps reschedule SB-1001 shipping.ship@L1 --at 2026-12-01T08:00Z --reason "customer is away"
    """
    from commands.asking import do
    from fulfillment.commands import Reschedule

    settings = settings_of(actor)
    command = Reschedule(actor=settings.actor, reason=reason, steps=tuple(steps), at=_time(at))
    do(command, number, settings, as_signal)


def at_risk(as_json: Json = False) -> None:
    """List what is at risk or late, the worst first: steps of open orders, and orders by their requested date.

    Example: dro orders at-risk
    """
    with book_of(settings_of()) as book:
        found = book.at_risk()
    if as_json:
        print_json_list(found)
    elif found:
        show(_at_risk_table(found))
    else:
        say("Nothing is at risk or late.")


def timed_order(book: OrderBook, number: str, settings: Settings) -> TimedOrder:
    """Return an order of the book with its times as of now.

    Raises:
        Refusal: there is none of this number.
    """
    from commands.looking import shown_order
    from service.catalogs import environment_in_use
    from service.timed import timed

    environment = environment_in_use(settings).environment
    return timed(book, shown_order(book, number), environment.jeopardy_rules if environment else (), datetime.now(UTC))


def times_view(order: TimedOrder) -> Text:
    """Return when an order completes against when that was requested, and which of its steps are in danger."""
    from commands.gantt import outlook

    lines = [outlook(order)] if order.predicted_completion else []
    dangers = [each for each in order.steps if each.jeopardy in STYLES]
    lines += [Text(f"{_in_danger(each)}.", style=STYLES[each.jeopardy or ""]) for each in dangers]
    return Text("\n").join(lines)


def explained_times(number: str, step: str | None, settings: Settings) -> tuple[str, ...]:
    """Return how a running order, or one step of it, stands against its time; nothing once it has ended."""
    with book_of(settings) as book:
        order = timed_order(book, number, settings)
    if order.ended_at or order.jeopardy is None:
        return ()
    if step is None:
        return ("", *times_view(order).plain.splitlines())
    found = next((each for each in order.steps if each.id == step), None)
    return () if found is None else tuple(_stands(found))


def _stands(step: TimedStep) -> list[str]:
    if step.predicted_start is None or step.ended_at is not None:
        return []
    started = f"started {moment(step.started_at)}" if step.started_at else f"can start {moment(step.predicted_start)}"
    decides = ", and decides about when the order completes" if step.critical else ""
    lines = [f"Now: {started}, predicted to end {moment(step.predicted_end)}{decides}."]
    return [*lines, f"{_in_danger(step)}."] if step.jeopardy in STYLES else lines


def _in_danger(step: TimedStep) -> str:
    level = words(step.jeopardy or "").capitalize()
    return f"{level}: {step.title} ({step.id}), expected to end by {moment(step.late_at)}"


def _at_risk_table(found: tuple[AtRisk, ...]) -> Table:
    table = new_table("Order", "Account", "Step", "Title", "Level", "Since", "Predicted completion", "Late by")
    for each in found:
        late = each.predicted_completion - each.promised if each.promised else timedelta(0)
        late_by = str(timedelta(seconds=late // timedelta(seconds=1))) if late > timedelta(0) else ""
        level = Text(words(each.level), style=STYLES.get(each.level, ""))
        place = (each.order, each.account, each.step, each.title or "the whole order")
        table.add_row(*place, level, moment(each.since), moment(each.predicted_completion), late_by)
    return table


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"`{text}` is no time; write it as 2026-12-01T08:00Z.", param_hint="--at") from None
    if at.tzinfo is None:
        hint = f"`{text}` does not say of which zone: add `Z` for UTC, or an offset like `+01:00`."
        raise typer.BadParameter(hint, param_hint="--at")
    return at

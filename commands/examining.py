"""The doctor's two examinations, shown: of every part that an order needs, and of each order in workflow and book."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import typer
from pydantic import TypeAdapter, ValidationError
from rich.text import Text

from catalog.fields import Duration
from commands.errors import ExitCode
from commands.looking import unknown_order
from commands.shared import book_of, client_of, print_json, print_json_list, show
from commands.wording import count
from orderbook.store import OrderBook
from service.doctor.examination import examine
from service.doctor.finding import Finding
from service.reconcile import Reconciliation, reconcile
from service.settings import Settings

A_DAY = timedelta(days=1)
_GOOD, _BAD, _NEXT = "green", "bold red", "cyan"


async def show_examination(settings: Settings, as_json: bool) -> ExitCode:
    """Show what the doctor found; return 1 where something is not well."""
    found = await examine(settings)
    if as_json:
        print_json_list(found)
    else:
        show(findings(found))
    return ExitCode.DONE if all(each.ok for each in found) else ExitCode.REFUSED


async def show_reconciliation(settings: Settings, since: str | None, numbers: Sequence[str], as_json: bool) -> ExitCode:
    """Show what workflows and order book differ in; return 1 where they do.

    Raises:
        Refusal: one of the numbers is no order's.
        NobodyAnswers, Unreachable, BookError: nothing can be compared.
    """
    ended_since = datetime.now(UTC) - _duration(since)
    with book_of(settings) as book:
        await asyncio.to_thread(_know, book, numbers)
        found = await reconcile(await client_of(settings), book, ended_since, numbers)
    if as_json:
        print_json(found)
    else:
        show(reconciled(found))
    return ExitCode.REFUSED if found.differences else ExitCode.DONE


def _duration(text: str | None) -> timedelta:
    try:
        return A_DAY if text is None else TypeAdapter(Duration).validate_python(text)
    except ValidationError:
        raise typer.BadParameter("expected a duration like 30m, 2h or 7d.", param_hint="--since") from None


def _know(book: OrderBook, numbers: Sequence[str]) -> None:
    book.ping()
    for each in numbers:
        if book.order(each) is None:
            raise unknown_order(book, each)


def findings(found: Iterable[Finding]) -> Text:
    """Return what the doctor found, with the next step where there is one."""
    text = Text()
    for each in found:
        text.append("✓ " if each.ok else "✗ ", style=_GOOD if each.ok else _BAD)
        text.append(f"{each.name}: ", style="bold").append(each.what)
        if each.next_step:
            text.append(f"\n    {each.next_step}", style=_NEXT)
        text.append("\n")
    text.rstrip()
    return text


def reconciled(found: Reconciliation) -> Text:
    """Return the differences, each with its next step, and how many orders were compared."""
    text = Text()
    for each in found.differences:
        text.append(f"✗ {each.order}, {each.subject}: ", style=_BAD)
        text.append(f"the order book says {each.book}, the workflow {each.workflow}")
        text.append(f"\n    {each.next_step}\n", style=_NEXT)
    orders = count(found.compared, "order")
    return text.append(f"Compared {orders}, {count(len(found.differences), 'difference')}.")

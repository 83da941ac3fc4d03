"""`dro stats`: the whole installation in figures, on one screen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from commands.errors import Refusal, answering
from commands.shared import CatalogOption, Json, book_of, print_json, settings_of, show

if TYPE_CHECKING:
    import typer
    from rich.console import RenderableType

    from service.stats import Stats


def add_to(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(answering(stats))


def stats(catalog: CatalogOption = None, as_json: Json = False) -> None:
    """Show orders by state, fallouts by system and cause, tasks, what is at risk, systems and webhooks.

    Example: dro stats --json
    """
    from catalog.base import Refused
    from service.stats import stats as count_all

    settings = settings_of(catalog=catalog)
    with book_of(settings) as book:
        found = count_all(book, settings, datetime.now(UTC))
    if isinstance(found, Refused):
        raise Refusal(found.issues)
    print_json(found) if as_json else show(dashboard(found))


def dashboard(found: Stats) -> RenderableType:
    """Return the figures on one screen; what there is nothing of is left out, but for orders."""
    from rich.console import Group
    from rich.text import Text

    from commands.system_tables import system_table

    parts: list[RenderableType] = [Text(_orders(found))]
    if any(each.count for each in found.at_risk):
        levels = (f"{each.count} {each.level.value.replace('_', ' ')}" for each in found.at_risk if each.count)
        parts.append(Text(f"Open orders: {', '.join(levels)}"))
    parts += _waiting(found)
    if found.systems:
        parts += ["", system_table(found.systems)]
    if found.webhooks:
        parts += ["", _webhooks(found)]
    return Group(*parts)


def _orders(found: Stats) -> str:
    states = ", ".join(f"{each.count} {each.state.value.replace('_', ' ')}" for each in found.orders if each.count)
    return f"Orders: {states or 'none'}"


def _waiting(found: Stats) -> list[RenderableType]:
    from commands.wording import moment, new_table

    parts: list[RenderableType] = []
    if found.fallouts:
        table = new_table("Fallouts", "System", "Cause", "Queue", "Oldest")
        for one in found.fallouts:
            table.add_row(str(one.count), one.system, one.code, one.queue or "", moment(one.oldest))
        parts += ["", table]
    if found.tasks:
        table = new_table("Tasks", "Queue", "Oldest")
        for each in found.tasks:
            table.add_row(str(each.count), each.queue or "", moment(each.oldest))
        parts += ["", table]
    return parts


def _webhooks(found: Stats) -> RenderableType:
    from commands.wording import moment, new_table

    table = new_table("Webhook", "Behind", "Told last", "Failures", "Next try", "Last error")
    for each in found.webhooks:
        failures = str(each.tries or "")
        times = moment(each.delivered_at), moment(each.next_try_at)
        table.add_row(each.name, str(each.behind or ""), times[0], failures, times[1], each.last_error)
    return table

"""Systems as people read them."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from commands.wording import BAD, BUSY, GOOD, moment, new_table
from service.systems import Health, SystemView

_STYLES = {Health.OK: GOOD, Health.FAILING: BAD, Health.OFFLINE: BUSY}


def system_table(found: Iterable[SystemView]) -> RenderableType:
    """Return systems as a table, and below it why some are off and the command that brings each back."""
    systems = tuple(found)
    off = [_offline(each) for each in systems if each.health is Health.OFFLINE]
    return Group(_table(systems), "", *off) if off else _table(systems)


def _table(systems: Iterable[SystemView]) -> Table:
    table = new_table(
        "System", "Health", "Running", "Waiting", "On hold", "Retrying", "Fallouts", "Failed in 1 h", "Last failure",
        "Last success", "Limits",
    )  # fmt: skip
    for each in systems:
        counts = (each.in_progress, each.waiting, each.on_hold, each.failed, each.open_fallouts, each.failures)
        table.add_row(
            each.system,
            Text(each.health.value, _STYLES[each.health]),
            *(str(count or "") for count in counts),
            *(moment(each.last_failure_at), moment(each.last_success_at), _limits(each)),
        )
    return table


def _limits(system: SystemView) -> str:
    if not system.own_queue:
        return ""
    rate = [f"{system.rate:g} per s"] if system.rate else []
    concurrency = [f"{system.concurrency} at a time"] if system.concurrency else []
    return ", ".join(["own queue", *rate, *concurrency])


def _offline(system: SystemView) -> Text:
    text = Text(f"{system.system} is offline since {moment(system.since)}, {system.actor}: {system.reason}", style=BUSY)
    return text.append(f"\n  dro systems online {system.system}", style="cyan")

"""Turns what the service answers into what people read: models in, renderables out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter
from typing import assert_never

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from catalog.base import Issue, Severity
from commands.change_views import changes_view
from commands.hold_views import hold_view
from commands.trouble import fallout_view, lost_view
from commands.wording import BAD, BUSY, GOOD, QUIET, count, moment, new_table, values, words
from fulfillment.progress import LineProgress, StepProgress
from fulfillment.states import StepState
from orderbook.history import HistoryEntry, HistoryKind
from orderbook.views import FactsView, OrderSummary, OrderView, TaskView
from service.settings import Origin

_STYLES = {
    "completed": GOOD,
    "in_progress": BUSY,
    "ready": BUSY,
    "failed": BAD,
    "fatally_failed": BAD,
    "partial": BAD,
    "rejected": BAD,
    "pending": QUIET,
    "skipped": QUIET,
    "amended": QUIET,
    "cancelled": QUIET,
    "discarded": QUIET,
}
SIGNS = {
    StepState.COMPLETED: "✓",
    StepState.IN_PROGRESS: "▶",
    StepState.READY: "▷",
    StepState.FAILED: "✗",
    StepState.FATALLY_FAILED: "✗",
    StepState.SKIPPED: "–",
    StepState.SCHEDULED: "◷",
    StepState.ON_HOLD: "‖",
    StepState.AMENDED: "↻",
    StepState.CANCELLED: "↩",
    StepState.DISCARDED: "×",
}


def issue_lines(issues: Iterable[Issue]) -> Text:
    """Return the issues, one a line, places first."""
    lines = [Text(str(each), style=BAD if each.severity is Severity.ERROR else BUSY) for each in issues]
    return Text("\n").join(lines)


def issue_summary(issues: Sequence[Issue]) -> str:
    """Return how many errors and warnings there are."""
    errors = sum(each.severity is Severity.ERROR for each in issues)
    warnings = len(issues) - errors
    found = [count(errors, "error")] * bool(errors) + [count(warnings, "warning")] * bool(warnings)
    return ", ".join(found) or "no issues"


def order_view(order: OrderView) -> RenderableType:
    """Return one order: head, lines, steps by lane, and what waits for a person with the command that helps."""
    parts: list[RenderableType] = [lost_view(order.number, order.lost), ""] if order.lost else []
    parts.append(_head(order))
    if order.lines:
        parts += ["", _lines(order.lines)]
    parts += _facts(order.facts)
    if order.changes:
        parts += ["", changes_view(order.number, order.changes)]
    if order.steps:
        parts += ["", _steps(order.steps)]
    parts += [part for each in order.fallouts if not each.resolution for part in ("", fallout_view(each))]
    parts += [part for each in order.holds if not each.released_at for part in ("", hold_view(order.number, each))]
    parts += [part for each in order.tasks if each.is_open for part in ("", _task(each))]
    edited = [(each.id, each.kept.edited) for each in order.steps if each.kept and each.kept.edited]
    parts += [Text(f"Input of {step} edited by hand: {values(found)}") for step, found in edited]
    if order.late_answers:
        found = count(len(order.late_answers), "late answer")
        parts += ["", f"{found}: `dro fallouts show {order.number} STEP` shows those of a step, `--json` all."]
    return Group(*parts)


def _head(order: OrderView) -> Text:
    done = sum(each.state in (StepState.COMPLETED, StepState.SKIPPED) for each in order.steps)
    head = Text.assemble(
        ("Order ", ""),
        (order.number, "bold"),
        f" · {order.account} · {order.priority} priority · ",
        _state(order.state),
    )
    head.append(f"\n{done} of {count(len(order.steps), 'step')} done · catalog {order.catalog[:12]}")
    if order.version > 1:
        head.append(f" · version {order.version}")
    if order.waits_for:
        head.append(f" · waits for order {order.waits_for}", style=BUSY)
    for name, at in (("accepted", order.accepted_at), ("ended", order.ended_at)):
        if at:
            head.append(f" · {name} {moment(at)}")
    return head


def _state(state: str) -> Text:
    return Text(words(state), style=_STYLES.get(state, ""))


def _lines(lines: Iterable[LineProgress]) -> Table:
    table = new_table("Line", "Product", "State", "")
    for each in lines:
        waived = f"waived: {', '.join(each.waived)}" if each.waived else ""
        table.add_row(each.id, f"{each.title} ({each.product})", _state(each.state), waived)
    return table


def _facts(facts: FactsView) -> list[RenderableType]:
    told = [("Facts", facts.order), *((f"Facts of line {each.line}", each.values) for each in facts.lines)]
    return [Text(f"{name}: {values(found)}") for name, found in told if found]


def _steps(steps: Iterable[StepProgress]) -> Table:
    table = new_table("", "Step", "Title", "State", "Tries", "Why")
    for each in in_order(tuple(steps)):
        style = _STYLES.get(each.state, "")
        tries = str(each.attempts) if each.attempts else ""
        why = "" if each.reason == words(each.state) else each.reason
        # What a catalog has in brackets is no markup.
        words_ = Text(each.title), _state(each.state), tries, Text(why)
        table.add_row(SIGNS.get(each.state, "·"), each.id, *words_, style=style)
    return table


def in_order(steps: Sequence[StepProgress]) -> tuple[StepProgress, ...]:
    """Return the steps as they can happen: after those they wait for, and by id where that leaves a choice."""
    by_id = {each.id: each for each in steps}
    sorter = TopologicalSorter({each.id: [step for step in each.after if step in by_id] for each in steps})
    sorter.prepare()
    found: list[StepProgress] = []
    while ready := sorted(sorter.get_ready()):
        found += [by_id[step] for step in ready]
        sorter.done(*ready)
    return tuple(found)


def _task(task: TaskView) -> Text:
    text = Text(f"Task: {task.title} ({task.step})", style=BUSY)
    if task.instructions:
        text.append(f"\n  {task.instructions}", style="default")
    return text.append(f"\n  {task_command(task)}", style="cyan")


def task_command(task: TaskView) -> str:
    """Return the command that completes a task, with the values its form asks for."""
    values = "".join(f" --value {each.name}=…" for each in task.form)
    return f"dro tasks complete {task.order} {task.step}{values}"


def orders(found: Iterable[OrderSummary]) -> Table:
    """Return the orders as a table."""
    table = new_table("Order", "Account", "State", "Priority", "Accepted", "Waits for people")
    for each in found:
        waiting = ((each.open_fallouts, "fallout"), (each.open_tasks, "task"))
        waits = ["execution lost"] * bool(each.lost) + [count(number, what) for number, what in waiting if number]
        table.add_row(
            each.number, each.account, _state(each.state), each.priority, moment(each.accepted_at), ", ".join(waits)
        )
    return table


def tasks(found: Sequence[TaskView]) -> RenderableType:
    """Return tasks as a table, and below it the command that completes each, in one piece to be copied."""
    table = new_table("Order", "Step", "Title", "Queue", "With", "Opened", "Due", "Completed by")
    for each in found:
        place = (each.order, each.step, each.title, each.queue or "", each.assignee)
        table.add_row(*place, moment(each.opened_at), moment(each.due_at), each.actor)
    commands = [Text(task_command(each), style="cyan", overflow="ignore") for each in found if each.is_open]
    return Group(table, "", *commands) if commands else table


def history(entries: Iterable[HistoryEntry]) -> Table:
    """Return what happened, oldest first: who, what, and what came of it."""
    table = new_table("At", "Who", "What", "Step", "Verdict", "Why")
    for each in entries:
        who = f"{each.actor} ({each.role})" if each.role else each.actor
        why = " · ".join(part for part in (each.detail, each.reason) if part)
        table.add_row(moment(each.at), who, words(each.action), each.step, _verdict(each), why)
    return table


def _verdict(entry: HistoryEntry) -> Text:
    match entry.kind:
        case HistoryKind.COMMAND:
            return Text("accepted", GOOD) if entry.accepted else Text("refused", BAD)
        case HistoryKind.ATTEMPT:
            return Text("failed", BAD)
        case HistoryKind.MESSAGE:
            return Text("taken", GOOD) if entry.accepted else Text("not taken", BUSY)
        case HistoryKind.DECISION | HistoryKind.NOTIFICATION:
            return Text("by itself", QUIET)
        case _:
            assert_never(entry.kind)


def settings(found: Iterable[Origin]) -> Table:
    """Return the settings in force and who gave each."""
    table = new_table("Setting", "Value", "From", "Meaning")
    for each in found:
        table.add_row(each.variable, each.value or "", each.where or each.source.value, each.description)
    return table

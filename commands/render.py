"""Turns what the service answers into what people read: models in, renderables out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from graphlib import TopologicalSorter

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from catalog.base import Issue, Severity
from fulfillment.outcomes import Failure
from fulfillment.progress import AuditEntry, LineProgress, StepProgress
from fulfillment.states import StepState
from orderbook.views import FalloutView, OrderSummary, OrderView, TaskView
from service.doctor import Finding
from service.settings import Origin

_GOOD, _BUSY, _BAD, _QUIET = "green", "yellow", "bold red", "dim"
_STYLES = {
    "completed": _GOOD,
    "in_progress": _BUSY,
    "ready": _BUSY,
    "failed": _BAD,
    "fatally_failed": _BAD,
    "partial": _BAD,
    "rejected": _BAD,
    "pending": _QUIET,
    "skipped": _QUIET,
}
_SIGNS = {
    StepState.COMPLETED: "✓",
    StepState.IN_PROGRESS: "▶",
    StepState.READY: "▷",
    StepState.FAILED: "✗",
    StepState.FATALLY_FAILED: "✗",
    StepState.SKIPPED: "–",
    StepState.SCHEDULED: "◷",
    StepState.ON_HOLD: "‖",
}


def words(state: str) -> str:
    """Return a state as people read it."""
    return state.replace("_", " ")


def count(number: int, one: str, many: str = "") -> str:
    """Return "1 step", "2 steps"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def moment(at: datetime | None) -> str:
    """Return a time in the local zone of whoever reads."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}" if at else ""


def issue_lines(issues: Iterable[Issue]) -> Text:
    """Return the issues, one a line, places first."""
    lines = [Text(str(each), style=_BAD if each.severity is Severity.ERROR else _BUSY) for each in issues]
    return Text("\n").join(lines)


def issue_summary(issues: Sequence[Issue]) -> str:
    """Return how many errors and warnings there are."""
    errors = sum(each.severity is Severity.ERROR for each in issues)
    warnings = len(issues) - errors
    found = [count(errors, "error")] * bool(errors) + [count(warnings, "warning")] * bool(warnings)
    return ", ".join(found) or "no issues"


def order_view(order: OrderView) -> RenderableType:
    """Return one order: head, lines, steps by lane, and what waits for a person with the command that helps."""
    parts: list[RenderableType] = [_head(order)]
    if order.lines:
        parts += ["", _lines(order.lines)]
    if order.steps:
        parts += ["", _steps(order.steps)]
    parts += [part for each in order.fallouts if not each.resolution for part in ("", fallout_view(each))]
    parts += [part for each in order.tasks if not each.completed_at for part in ("", _task(each))]
    if order.late_answers:
        parts += ["", f"{count(len(order.late_answers), 'late answer')}: `--json` shows them."]
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
    for name, at in (("accepted", order.accepted_at), ("ended", order.ended_at)):
        if at:
            head.append(f" · {name} {moment(at)}")
    return head


def _state(state: str) -> Text:
    return Text(words(state), style=_STYLES.get(state, ""))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for each in columns:
        # Ids are to be copied whole.
        table.add_column(each, overflow="fold", no_wrap=each == "Step")
    return table


def _lines(lines: Iterable[LineProgress]) -> Table:
    table = _table("Line", "Product", "State", "")
    for each in lines:
        waived = f"waived: {', '.join(each.waived)}" if each.waived else ""
        table.add_row(each.id, f"{each.title} ({each.product})", _state(each.state), waived)
    return table


def _steps(steps: Iterable[StepProgress]) -> Table:
    table = _table("", "Step", "Title", "State", "Tries", "Why")
    for each in in_order(tuple(steps)):
        style = _STYLES.get(each.state, "")
        tries = str(each.attempts) if each.attempts else ""
        why = "" if each.reason == words(each.state) else each.reason
        table.add_row(_SIGNS.get(each.state, "·"), each.id, each.title, _state(each.state), tries, why, style=style)
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


def fallout_view(fallout: FalloutView) -> Text:
    """Return one fallout: what failed, what was tried, and the commands that resolve it."""
    failure = fallout.failure
    text = Text(f"Fallout {fallout.number} of {fallout.order}: {fallout.step}", style=_BAD)
    text.append(f"\n  {failure.code}: {failure.message}", style="default")
    text.append(f"\n  {fallout.operation}, {count(fallout.attempts, 'try', 'tries')}. {fallout.why}", style=_QUIET)
    if fallout.unknown:
        text.append("\n  The outcome is unknown: a try may have worked.", style=_BUSY)
    else:
        text.append("\n  Nothing happened: every try was refused.", style=_QUIET)
    if fallout.resolution:
        by = f" by {fallout.actor}" if fallout.actor else ""
        return text.append(f"\n  {fallout.resolution}{by} {moment(fallout.resolved_at)} {fallout.reason}", style=_GOOD)
    for verb in ("retry", "skip", "complete"):
        text.append(f"\n  dro steps {verb} {fallout.order} {fallout.step}{_needs(verb, fallout)}", style="cyan")
    return text


def _needs(verb: str, fallout: FalloutView) -> str:
    match verb:
        case "skip" if fallout.unknown:
            return " --nothing-happened --reason …"
        case "complete":
            return " --output NAME=VALUE …"
        case _:
            return ""


def exchange(failure: Failure) -> Text:
    """Return what was sent and what came back in a failed try, as far as it is kept."""
    text = Text()
    status = f" ({failure.status})" if failure.status else ""
    for name, content in (("Request", failure.request), (f"Answer{status}", failure.answer)):
        text.append(f"{name}: ", style="bold").append(f"{content or 'none'}\n")
    return Text(text.plain.rstrip("\n"), spans=text.spans)


def attempts(fallout: FalloutView) -> Table:
    """Return the failed tries of a fallout."""
    table = _table("Try", "At", "Code", "Message", "Then")
    for each in fallout.history:
        table.add_row(
            str(each.attempt), moment(each.at), each.failure.code, each.failure.message, words(each.decision.kind)
        )
    return table


def _task(task: TaskView) -> Text:
    text = Text(f"Task: {task.title} ({task.step})", style=_BUSY)
    if task.instructions:
        text.append(f"\n  {task.instructions}", style="default")
    return text.append(f"\n  {task_command(task)}", style="cyan")


def task_command(task: TaskView) -> str:
    """Return the command that completes a task, with the values its form asks for."""
    values = "".join(f" --value {each.name}=…" for each in task.form)
    return f"dro tasks complete {task.order} {task.step}{values}"


def orders(found: Iterable[OrderSummary]) -> Table:
    """Return the orders as a table."""
    table = _table("Order", "Account", "State", "Priority", "Accepted", "Waits for people")
    for each in found:
        waiting = ((each.open_fallouts, "fallout"), (each.open_tasks, "task"))
        waits = [count(number, what) for number, what in waiting if number]
        table.add_row(
            each.number, each.account, _state(each.state), each.priority, moment(each.accepted_at), ", ".join(waits)
        )
    return table


def fallouts(found: Iterable[FalloutView]) -> Table:
    """Return fallouts as a table."""
    table = _table("Order", "Step", "No", "Code", "Tries", "Outcome", "Queue", "Opened")
    for each in found:
        outcome = each.resolution or ("unknown" if each.unknown else "refused")
        table.add_row(
            *(each.order, each.step, str(each.number), each.failure.code, str(each.attempts)),
            *(outcome, each.queue or "", moment(each.opened_at)),
        )
    return table


def tasks(found: Sequence[TaskView]) -> RenderableType:
    """Return tasks as a table, and below it the command that completes each, in one piece to be copied."""
    table = _table("Order", "Step", "Title", "Queue", "Opened", "Completed by")
    for each in found:
        table.add_row(each.order, each.step, each.title, each.queue or "", moment(each.opened_at), each.actor)
    commands = [Text(task_command(each), style="cyan", overflow="ignore") for each in found if not each.completed_at]
    return Group(table, "", *commands) if commands else table


def history(entries: Iterable[AuditEntry]) -> Table:
    """Return who did what, oldest first."""
    table = _table("At", "Who", "What", "Step", "Verdict", "Why")
    for each in entries:
        who = f"{each.actor} ({each.role})" if each.role else each.actor
        verdict = Text("accepted", _GOOD) if each.accepted else Text("refused", _BAD)
        why = " · ".join(part for part in (each.detail, each.reason) if part)
        table.add_row(moment(each.at), who, words(each.action), each.step, verdict, why)
    return table


def findings(found: Iterable[Finding]) -> Text:
    """Return what the doctor found, with the next step where something is not well."""
    text = Text()
    for each in found:
        text.append("✓ " if each.ok else "✗ ", style=_GOOD if each.ok else _BAD)
        text.append(f"{each.name}: ", style="bold").append(each.what)
        if each.next_step:
            text.append(f"\n    {each.next_step}", style="cyan")
        text.append("\n")
    return Text(text.plain.rstrip("\n"), spans=text.spans)


def settings(found: Iterable[Origin]) -> Table:
    """Return the settings in force and who gave each."""
    table = _table("Setting", "Value", "From", "Meaning")
    for each in found:
        table.add_row(each.variable, each.value or "", each.where or each.source.value, each.description)
    return table

"""Fallouts and lost executions as people read them: what is wrong, and the commands that help."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from commands.shared import show
from commands.wording import BAD, BUSY, GOOD, QUIET, count, moment, new_table, values, words
from fulfillment.outcomes import Failure
from orderbook.views import FalloutView, LateAnswer, LostExecution, OrderView


def lost_view(number: str, lost: LostExecution) -> Text:
    """Return why an order does not go on at all, and the command that lets it."""
    text = Text(f"Order {number} does not go on: its execution is lost", style=BAD)
    text.append(f"\n  {lost.detail} Found {moment(lost.found_at)}.", style="default")
    return text.append(f"\n  {_restart(number)}", style="cyan")


def _restart(number: str) -> str:
    return f"dro orders restart {number}"


def fallout_view(fallout: FalloutView) -> Text:
    """Return one fallout: what failed, what was tried, and the commands that resolve it."""
    failure = fallout.failure
    text = Text(f"Fallout {fallout.number} of {fallout.order}: {fallout.step or 'the order as a whole'}", style=BAD)
    text.append(f"\n  {failure.code}: {failure.message}", style="default")
    tried = f"{fallout.operation}, {count(fallout.attempts, 'try', 'tries')}. " if fallout.step else ""
    text.append(f"\n  {tried}{fallout.why}", style=QUIET)
    if not fallout.step:
        text.append("\n  Calls of which no answer is known are made again under the same key.", style=QUIET)
    elif fallout.unknown:
        text.append("\n  The outcome is unknown: a try may have worked.", style=BUSY)
    else:
        text.append("\n  Nothing happened: every try was refused.", style=QUIET)
    if fallout.owner:
        text.append(f"\n  {fallout.owner} looks after it.", style=QUIET)
    if fallout.resolution:
        by = f" by {fallout.actor}" if fallout.actor else ""
        return text.append(f"\n  {fallout.resolution}{by} {moment(fallout.resolved_at)} {fallout.reason}", style=GOOD)
    return text.append("".join(f"\n  {each}" for each in _ways_out(fallout)), style="cyan")


def show_more_of_step(order: OrderView, fallout: FalloutView) -> None:
    """Show the input that was edited by hand, and the late answers that the step of a fallout can be completed with."""
    kept = next((each.kept for each in order.steps if each.id == fallout.step), None)
    if kept and kept.edited:
        show(Text(f"Input edited by hand: {values(kept.edited)}"))
    offered = () if fallout.resolution else (each for each in order.late_answers if each.step == fallout.step)
    for each in offered:
        show(_late_answer(order.number, each))


def _late_answer(number: str, late: LateAnswer) -> Text:
    which = f"Late answer {late.number}" if late.number else "Late answer"
    text = Text(f"{which} of round {late.round}, {moment(late.at)} ({late.why}): {late.answer}", style=BUSY)
    if late.number is None:
        return text
    return text.append(f"\n  dro steps complete {number} {late.step} --late-answer {late.number}", style="cyan")


def _ways_out(fallout: FalloutView) -> tuple[str, ...]:
    if not fallout.step:
        return (_restart(fallout.order),)
    alternative = ("alternative",) if fallout.alternative else ()
    verbs = ("retry", "edit-and-retry", *alternative, "complete", "skip", "give-up", "cancel-line")
    return tuple(f"dro steps {verb} {fallout.order} {fallout.step}{_needs(verb, fallout)}" for verb in verbs)


def _needs(verb: str, fallout: FalloutView) -> str:
    match verb:
        case "skip" | "alternative" if fallout.unknown:
            return " --nothing-happened --reason …"
        case "edit-and-retry":
            return " --input NAME=VALUE" + (" --nothing-happened --reason …" if fallout.unknown else "")
        case "skip" | "give-up" | "cancel-line":
            return " --reason …"
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
    table = new_table("Try", "At", "Code", "Message", "Then")
    for each in fallout.history:
        table.add_row(
            str(each.attempt), moment(each.at), each.failure.code, each.failure.message, words(each.decision.kind)
        )
    return table


def fallouts(found: Iterable[FalloutView]) -> Table:
    """Return fallouts as a table."""
    table = new_table("Order", "Step", "No", "Code", "Tries", "Outcome", "Queue", "With", "Opened")
    for each in found:
        outcome = each.resolution or ("unknown" if each.unknown else "refused")
        table.add_row(
            *(each.order, each.step, str(each.number), each.failure.code, str(each.attempts)),
            *(outcome, each.queue or "", each.owner, moment(each.opened_at)),
        )
    return table

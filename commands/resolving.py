"""Resolves many fallouts at once: shown first if wanted, progress while it runs, an outcome for each order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import RenderableType
from rich.text import Text

from catalog.base import Refused
from catalog.fields import Duration
from commands.errors import Refusal, say
from commands.shared import book_of, client_of, new_invocation, pairs, print_json, run, show
from commands.wording import BAD, BUSY, GOOD, count, new_table, words
from fulfillment.commands import Answer, GivenValue
from orderbook.fallouts import FalloutFilter
from service.authority import role_of, usable_environment
from service.bulk import Action, Decision, Outcome, Tally, Target, Verdict, resolve, targets
from service.fallouts import HandOver, assign

if TYPE_CHECKING:
    from service.settings import Settings

_STYLES = {Verdict.DONE: GOOD, Verdict.PARTLY: BUSY, Verdict.REFUSED: BAD, Verdict.UNREACHABLE: BAD}


def opened_before(older_than: str | None) -> datetime | None:
    """Return the time before which a fallout must have opened to be so old.

    Raises:
        typer.BadParameter: the text is no length of time.
    """
    if older_than is None:
        return None
    try:
        return datetime.now(UTC) - TypeAdapter(Duration).validate_python(older_than)
    except (ValidationError, OverflowError):
        message = f"expected a length of time like 30m, 2h or 1d, got {older_than!r}."
        raise typer.BadParameter(message, param_hint="--older-than") from None


def chosen(
    system: str | None,
    error: str | None,
    queue: str | None,
    product: str | None,
    step: str | None,
    owner: str | None,
    older_than: str | None,
) -> FalloutFilter:
    """Return what the fallouts that are meant have in common, as the options say it."""
    return FalloutFilter(
        system=system,
        error=error,
        queue=queue,
        product=product,
        step=step,
        owner=owner,
        opened_before=opened_before(older_than),
    )


def decision(
    action: str, actor: str, reason: str, outputs: list[str], group: str | None, *, nothing_happened: bool
) -> Decision:
    """Return what is to be done about each of them, as the options say it.

    Raises:
        typer.BadParameter: there is no such action, or an option does not go with it.
    """
    if action not in tuple(Action):
        known = ", ".join(each.value for each in Action)
        raise typer.BadParameter(f"`{action}` is none of {known}.", param_hint="--action")
    if outputs and action != Action.COMPLETE:
        raise typer.BadParameter(f"`{action}` takes none; they go with `complete`.", param_hint="--output")
    if group and action != Action.ALTERNATIVE:
        raise typer.BadParameter(f"`{action}` takes none; it goes with `alternative`.", param_hint="--group")
    given = tuple(GivenValue(name=name, value=value) for name, value in pairs(outputs, "--output").items())
    more = {"reason": reason, "outputs": given, "group": group, "nothing_happened": nothing_happened}
    return Decision.model_validate({"action": action, "actor": actor, **more})


def assigned(number: str, step: str, to: str, reason: str, settings: Settings) -> Answer:
    """Let somebody look after a fallout.

    Raises:
        Refusal: the actor may not, or there is no such fallout or person.
    """
    environment = usable_environment(settings)
    if isinstance(environment, Refused):
        raise Refusal(environment.issues)
    wish = HandOver(number, step, to, settings.actor, reason)
    with book_of(settings) as book:
        answer = assign(book, environment, wish, datetime.now(UTC))
    if isinstance(answer, Refused):
        raise Refusal(answer.issues)
    return answer


def wanted(settings: Settings, chosen: FalloutFilter, limit: int | None) -> tuple[Target, ...]:
    """Return the orders and steps whose open fallouts are meant."""
    with book_of(settings) as book:
        return targets(book.stuck(chosen), limit)


def show_wanted(found: tuple[Target, ...], decision: Decision, *, as_json: bool) -> None:
    """Show what would be resolved, and change nothing."""
    if as_json:
        typer.echo(TypeAdapter(tuple[Target, ...]).dump_json(found, indent=2).decode())
        return
    table = new_table("Order", "Step")
    for each in found:
        for step in each.steps:
            table.add_row(each.order, step)
    if found:
        show(table)
    steps = sum(len(each.steps) for each in found)
    say(f"{decision.action}: {count(steps, 'step')} of {count(len(found), 'order')}. Nothing was changed (--dry-run).")


def resolve_all(found: tuple[Target, ...], decision: Decision, settings: Settings, *, as_json: bool) -> bool:
    """Do what was decided to all of them; tell whether every one was resolved.

    Raises:
        Refusal: the actor may not.
    """
    environment = usable_environment(settings)
    kind = "cancel" if decision.action is Action.CANCEL_LINE else decision.action.value.replace("-", "_")
    role = environment if isinstance(environment, Refused) else role_of(environment, decision.actor, kind)
    if isinstance(role, Refused):
        raise Refusal(role.issues)
    tally = run(_resolved(found, decision.model_copy(update={"role": role}), settings))
    if as_json:
        print_json(tally)
    elif found:
        show(_outcomes(tally))
    say(_summary(tally))
    return tally.failed == 0


async def _resolved(found: tuple[Target, ...], decision: Decision, settings: Settings) -> Tally:
    client = await client_of(settings)
    with book_of(settings) as book, _progress(len(found)) as told:
        return await resolve(client, book, found, decision, new_invocation(), told)


@contextmanager
def _progress(orders: int) -> Iterator[Callable[[Outcome], None]]:
    """Show how far it has come: a bar on a terminal, else a line for each order."""
    from rich.console import Console

    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield lambda outcome: say(_line(outcome))
        return
    from rich.progress import Progress

    with Progress(console=screen, transient=True) as bar:
        task = bar.add_task("Orders", total=orders)
        yield lambda _: bar.advance(task)


def _line(outcome: Outcome) -> str:
    why = f": {' '.join(outcome.problems)}" if outcome.problems else ""
    return f"{outcome.order}: {words(outcome.verdict)}{why}"


def _outcomes(tally: Tally) -> RenderableType:
    table = new_table("Order", "Outcome", "Resolved", "Still open", "Why")
    for each in tally.outcomes:
        verdict = Text(words(each.verdict), _STYLES[each.verdict])
        done, rest = "\n".join(each.done), "\n".join(each.open)
        table.add_row(each.order, verdict, done, rest, "\n".join(each.problems))
    return table


def _summary(tally: Tally) -> str:
    if not tally.orders:
        return "No open fallout is like that."
    done = f"{tally.resolved} of {count(tally.steps, 'step')} of {count(tally.orders, 'order')} resolved"
    verdicts = [each.verdict for each in tally.outcomes]
    counts = [f"{verdicts.count(each)} {words(each)}" for each in Verdict if each in verdicts]
    return f"{done} (orders: {', '.join(counts)})."

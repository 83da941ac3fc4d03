"""The commands without a noun: the stack and its parts, and looking after them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from commands.errors import Refusal, answering, say
from commands.shared import Json, Roots, run, settings_of, show

if TYPE_CHECKING:
    from service.stack import Stack


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    for command in (demo, up, worker, serve, migrate, doctor, settings):
        app.command()(answering(command))


def demo(context: typer.Context) -> None:
    """Show everything at work in a temporary home: an order, a failure that repairs itself, one that a person resumes.

    Example: dro demo
    """
    from commands.demo import run_demo

    raise typer.Exit(run_demo(_roots(context).build_worker))


def up(context: typer.Context) -> None:
    """Run everything on this machine until Ctrl-C: Temporal with its Web UI, a worker, callbacks, SmartBytes' systems.

    Example: dro up
    """
    from service.stack import up as run_up

    refused = run(run_up(settings_of(), _roots(context).build_worker, _announce))
    if refused:
        raise Refusal(refused.issues)
    say("Stopped.")


def _announce(stack: Stack) -> None:
    typer.echo("Ready.")
    typer.echo(f"  Temporal Web UI   {stack.ui}")
    typer.echo(f"  Temporal          {stack.server.address}")
    typer.echo(f"  Callbacks         {stack.callbacks}")
    if stack.back_office:
        typer.echo(f"  SmartBytes        {stack.back_office}")
    typer.echo("Next, in another terminal: `dro orders submit FILE`, then `dro orders watch NUMBER`. Ctrl-C stops.")
    sys.stdout.flush()


def worker(context: typer.Context) -> None:
    """Run a worker until SIGTERM or Ctrl-C: it fulfils orders, and starts those that a cut-off submit left behind.

    Example: dro worker
    """
    from service.processes import run_worker

    refused = run(run_worker(settings_of(), _roots(context).build_worker, say))
    if refused:
        raise Refusal(refused.issues)


def serve() -> None:
    """Receive the late answers of systems over HTTP until SIGTERM or Ctrl-C.

    Example: dro serve
    """
    from service.processes import run_serve

    refused = run(run_serve(settings_of(), say))
    if refused:
        raise Refusal(refused.issues)


def migrate() -> None:
    """Bring the order book's tables to the version that this program reads and writes.

    Example: dro migrate
    """
    from orderbook.migrate import current
    from orderbook.migrate import migrate as bring_up

    database = settings_of().database
    before = current(database)
    bring_up(database)
    after = current(database)
    say(f"The order book is at migration {after}." + ("" if before == after else f" It was at {before or 'none'}."))


def doctor(
    reconcile: Annotated[bool, typer.Option("--reconcile", help="Compare workflows and order book instead.")] = False,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DURATION", help="With orders ended so long ago, else 1d.")
    ] = None,
    numbers: Annotated[
        list[str] | None, typer.Option("--order", metavar="NUMBER", help="Only these orders; may be repeated.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Look at every part that an order needs, and say what to do about what is not well.

    With `--reconcile`, ask the workflow of each open or just ended order where it stands, and hold that against the
    order book: the two differ in nothing.

    Example: dro doctor
    """
    from commands.examining import show_examination, show_reconciliation

    if not reconcile and (since is not None or numbers):
        raise typer.BadParameter("only orders are chosen: add --reconcile.", param_hint="--since / --order")
    if reconcile:
        raise typer.Exit(run(show_reconciliation(settings_of(), since, tuple(numbers or ()), as_json)))
    raise typer.Exit(run(show_examination(settings_of(), as_json)))


def settings(as_json: Json = False) -> None:
    """Show every setting in force, who gave it, and what it means.

    Example: dro settings
    """
    import json

    from commands.render import settings as as_table
    from service.settings import origins

    found = origins()
    if as_json:
        typer.echo(json.dumps([each._asdict() for each in found], indent=2, ensure_ascii=False))
    else:
        show(as_table(found))


def _roots(context: typer.Context) -> Roots:
    roots = context.obj
    assert isinstance(roots, Roots)
    return roots

"""`dro orders`: hand orders in and look at them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands import changing, holding, telling, timing
from commands.errors import ExitCode, answering, say
from commands.shared import (
    Actor,
    AsSignal,
    CatalogOption,
    Json,
    Number,
    Reason,
    book_of,
    new_typer,
    pairs,
    print_json,
    print_json_list,
    run,
    settings_of,
    show,
)

if TYPE_CHECKING:
    pass

app = new_typer("Orders: hand them in, watch them, ask why.")
holding.add_to(app)
changing.add_to(app)
timing.add_to_orders(app)
telling.add_to(app)

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE…", help="Orders, YAML or JSON, one a file.", show_default=False)
]


class Format(StrEnum):
    """How a plan is shown; without one, as an order of which nothing has run."""

    TREE = "tree"
    TABLE = "table"
    JSON = "json"
    MERMAID = "mermaid"
    DOT = "dot"


Drawn = Annotated[Format | None, typer.Option("--format", help="Draw the plan; `json` is the same as --json.")]


@app.command()
@answering
def submit(
    files: Files,
    dry: Annotated[bool, typer.Option("--dry-run", help="Show the plan and change nothing; needs no server.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when the orders have ended.")] = False,
    as_gantt: Annotated[bool, typer.Option("--gantt", help="Draw the plan over time; only with --dry-run.")] = False,
    as_json: Json = False,
    format_: Drawn = None,
    catalog: CatalogOption = None,
    actor: Actor = None,
) -> None:
    """Hand orders in: each is planned first, and one that cannot be fulfilled is refused with every reason.

    Example: dro orders submit examples/smartbytes/orders/laptop-bundle.yaml --dry-run
    """
    settings = settings_of(actor, catalog)
    if as_gantt and (not dry or as_json or format_):
        raise typer.BadParameter("draws a plan: it needs --dry-run, and no other format.", param_hint="--gantt")
    if format_ and not dry:
        raise typer.BadParameter("only a plan is drawn: add --dry-run.", param_hint="--format")
    if format_ and as_json and format_ is not Format.JSON:
        raise typer.BadParameter(f"`{format_}` and --json exclude each other.", param_hint="--format")
    if dry:
        from commands.submitting import show_plans

        raise typer.Exit(show_plans(files, settings, "gantt" if as_gantt else Format.JSON if as_json else format_))
    from commands.submitting import submit_all

    raise typer.Exit(run(submit_all(files, settings, wait, as_json)))


@app.command("list")
@answering
def list_(
    state: Annotated[str | None, typer.Option("--state", metavar="STATE", help="Only orders in this state.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 50,
    at_risk: Annotated[bool, typer.Option("--at-risk", help="Only what is at risk or late.")] = False,
    as_json: Json = False,
) -> None:
    """List the orders, newest first, with what waits for a person.

    Example: dro orders list --state in_progress
    """
    from commands.render import orders
    from fulfillment.states import OrderState

    if state is not None and state not in tuple(OrderState):
        raise typer.BadParameter(f"one of {', '.join(OrderState)}", param_hint="--state")
    with book_of(settings_of()) as book:
        found = book.orders(OrderState(state) if state else None, limit=limit, at_risk_only=at_risk)
    if as_json:
        print_json_list(found)
    elif found:
        show(orders(found))
    else:
        say("No such orders." if state or at_risk else "No orders. Hand one in with `dro orders submit FILE`.")


@app.command("show")
@answering
def show_(
    number: Number,
    as_gantt: Annotated[bool, typer.Option("--gantt", help="Draw its steps over time.")] = False,
    as_json: Json = False,
) -> None:
    """Show one order: its lines, its steps, and what waits for a person with the command that helps.

    Example: dro orders show SB-1001
    """
    from commands.render import order_view

    settings = settings_of()
    with book_of(settings) as book:
        order = timing.timed_order(book, number, settings)
    if as_json:
        print_json(order)
    elif as_gantt:
        from commands.gantt import draw

        draw(order)
    else:
        show(order_view(order))
        show(timing.times_view(order))


@app.command()
@answering
def watch(number: Number, as_json: Json = False) -> None:
    """Follow an order until it has ended: live on a terminal, else a line for each change.

    With `--json` each line is an object of its own. The exit code is 0 if the order completed, else 1.

    Example: dro orders watch SB-1001
    """
    from commands.looking import follow
    from fulfillment.states import OrderState

    with book_of(settings_of()) as book:
        state = follow(book, number, as_json=as_json)
    raise typer.Exit(ExitCode.DONE if state is OrderState.COMPLETED else ExitCode.REFUSED)


@app.command()
@answering
def restart(number: Number, reason: Reason = "", actor: Actor = None, as_json: Json = False) -> None:
    """Let an order go on whose execution is lost: from the order book, in a new execution.

    Example: dro orders restart SB-1001 --reason "terminated by mistake"
    """
    from commands.asking import restart as ask

    ask(number, reason, settings_of(actor), as_json=as_json)


@app.command()
@answering
def explain(
    subject: Annotated[
        str, typer.Argument(metavar="NUMBER|FILE", help="An order, or a file with one.", show_default=False)
    ],
    step: Annotated[str | None, typer.Argument(metavar="[STEP]", help="One step of it.", show_default=False)] = None,
    format_: Annotated[Format | None, typer.Option("--format", help="Draw the plan instead.")] = None,
    catalog: CatalogOption = None,
    as_json: Json = False,
) -> None:
    """Tell why each step of a plan is there, from which lines and rules, and what it waits for.

    Example: dro orders explain SB-1001
    """
    from commands.looking import explanation, plan_of

    settings = settings_of(catalog=catalog)
    if format_ is None:
        found = explanation(subject, step, settings)
        if not Path(subject).is_file():
            times = timing.explained_times(subject, step, settings)
            found = found.model_copy(update={"explanation": (*found.explanation, *times)})
        print_json(found) if as_json else typer.echo("\n".join(found.explanation))
        return
    if step is not None:
        raise typer.BadParameter("draws whole plans: leave the step out.", param_hint="--format")
    from commands.submitting import drawing

    typer.echo(drawing(plan_of(subject, settings), format_), nl=False)


@app.command()
@answering
def schema(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it to this file.", show_default=False)
    ] = None,
) -> None:
    """Write the JSON Schema of order files: editors complete and check by it.

    Example: dro orders schema -o .schema/order.json
    """
    from commands.catalog_starting import write_schema

    write_schema("order", output)


@app.command("set")
@answering
def set_(
    number: Number,
    words: Annotated[
        list[str],
        typer.Argument(metavar="[LINE] NAME=VALUE…", help="Facts of the order, or of LINE.", show_default=False),
    ],
    reason: Reason = "",
    as_signal: AsSignal = False,
    actor: Actor = None,
) -> None:
    """Tell facts of an order or of one of its lines that have become known; what waits for them goes on.

    Example: dro orders set SB-1001 signed_off=true --reason "mail of today"
    """
    from commands.asking import do
    from fulfillment.commands import SetFacts

    settings = settings_of(actor)
    line = words[0] if "=" not in words[0] else None
    values = pairs(words if line is None else words[1:], "NAME=VALUE")
    command = SetFacts.model_validate({"actor": settings.actor, "reason": reason, "line": line, "values": values})
    do(command, number, settings, as_signal)

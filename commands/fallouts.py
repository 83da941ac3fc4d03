"""`dro fallouts`: steps that need a decision."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.errors import ExitCode, Refusal, answering, say
from commands.shared import (
    Actor,
    Json,
    Number,
    Reason,
    book_of,
    new_typer,
    print_json,
    print_json_list,
    settings_of,
    show,
)

app = new_typer("Fallouts: steps that need a decision.")


System = Annotated[str | None, typer.Option("--system", metavar="NAME", help="Only of this system.")]
Error = Annotated[
    str | None, typer.Option("--error", metavar="CODE", help="Only with this error code, or status such as 503.")
]
Queue = Annotated[str | None, typer.Option("--queue", metavar="NAME", help="Only in this queue.")]
Product = Annotated[
    str | None, typer.Option("--product", metavar="CODE", help="Only for lines that sell or deliver this.")
]
Step = Annotated[str | None, typer.Option("--step", metavar="GROUP.STEP", help="Only of this step.")]
Owner = Annotated[
    str | None, typer.Option("--owner", metavar="USER", help="Only those that USER looks after, or `nobody`.")
]
OlderThan = Annotated[
    str | None, typer.Option("--older-than", metavar="DURATION", help="Only those open so long, such as 1h.")
]


@app.command("list")
@answering
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False,
    system: System = None, error: Error = None, queue: Queue = None, product: Product = None, step: Step = None,
    owner: Owner = None, older_than: OlderThan = None, as_json: Json = False,
) -> None:  # fmt: skip
    """List the fallouts that wait for a decision, oldest first.

    Example: dro fallouts list --system payments
    """
    from commands.resolving import chosen
    from commands.trouble import fallouts

    wanted = chosen(system, error, queue, product, step, owner, older_than)
    with book_of(settings_of()) as book:
        found = book.fallouts(open_only=not all_, chosen=wanted)
    if as_json:
        print_json_list(found)
    elif found:
        show(fallouts(found))
    else:
        say("No fallout waits for a decision.")


@app.command()
@answering
def resolve(
    action: Annotated[
        str, typer.Option("--action", metavar="ACTION", help="retry, skip, complete, give-up, alternative, cancel-line")
    ],
    system: System = None, error: Error = None, queue: Queue = None, product: Product = None, step: Step = None,
    owner: Owner = None, older_than: OlderThan = None, reason: Reason = "",
    output: Annotated[
        list[str] | None, typer.Option("--output", metavar="NAME=VALUE", help="With complete: an output of each.")
    ] = None,
    group: Annotated[
        str | None, typer.Option("--group", metavar="NAME", help="With alternative: which, else the rule's.")
    ] = None,
    nothing_happened: Annotated[
        bool, typer.Option("--nothing-happened", help="You made sure that no earlier try worked; needs a reason.")
    ] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many orders, oldest first.")] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only show which orders and steps are meant.")] = False,
    actor: Actor = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Resolve many fallouts at once, a few orders at a time; say which by what they have in common.

    Asked again it is harmless: what was resolved is not found any more. It ends with 1 where anything was refused.

    Example: dro fallouts resolve --system shipping --error 503 --action retry --reason "carrier is back"
    """
    from commands.resolving import chosen, decision, resolve_all, show_wanted, wanted

    settings = settings_of(actor)
    decided = decision(action, settings.actor, reason, output or [], group, nothing_happened=nothing_happened)
    found = wanted(settings, chosen(system, error, queue, product, step, owner, older_than), limit)
    if dry:
        show_wanted(found, decided, as_json=as_json)
    elif not resolve_all(found, decided, settings, as_json=as_json):
        raise typer.Exit(ExitCode.REFUSED)


@app.command()
@answering
def assign(
    number: Number,
    step: Annotated[str, typer.Argument(metavar="STEP", help="Id of the step.", show_default=False)],
    to: Annotated[str, typer.Option("--to", metavar="USER", help="Who looks after it, or `nobody`.")],
    reason: Reason = "", actor: Actor = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Let somebody look after the open fallout of a step; it stays open until it is resolved.

    Example: dro fallouts assign SB-1001 payments.authorize --to ada
    """
    from commands.resolving import assigned

    answer = assigned(number, step, to, reason, settings_of(actor))
    print_json(answer) if as_json else say(answer.message)


@app.command("show")
@answering
def show_(
    number: Number,
    step: Annotated[str, typer.Argument(metavar="[STEP]", help="Id of the step.", show_default=False)] = "",
    which: Annotated[int, typer.Argument(metavar="[N]", min=0, help="Its N-th fallout.", show_default=False)] = 0,
    as_json: Json = False,
) -> None:
    """Show one fallout, the open one unless told otherwise: request, answer, every failed try, and what resolves it.

    Example: dro fallouts show SB-1001 payments.authorize
    """
    from catalog.base import Issue
    from commands.looking import shown_order
    from commands.trouble import attempts, exchange, fallout_view, show_more_of_step

    with book_of(settings_of()) as book:
        order = shown_order(book, number)
        all_ = (*order.fallouts, *book.losses(number))
    of_step = [each for each in all_ if step in ("", each.step) and which in (0, each.number)]
    if not of_step:
        hint = f"`dro orders show {number}` names those that are open."
        raise Refusal(
            (
                Issue(
                    check="fallout",
                    message=f"`{number}` has no such fallout{f' of step `{step}`' if step else ''}.",
                    hint=hint,
                ),
            )
        )
    found = max(of_step, key=lambda each: (not each.resolution, each.opened_at, each.number))
    if as_json:
        print_json(found)
        return
    show(fallout_view(found))
    if found.step:
        show(exchange(found.failure))
        show_more_of_step(order, found)
    if found.history:
        show(attempts(found))

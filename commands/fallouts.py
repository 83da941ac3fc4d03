"""`dro fallouts`: steps that need a decision."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.errors import Refusal, answering, say
from commands.shared import Json, Number, book_of, new_typer, print_json, print_json_list, settings_of, show

app = new_typer("Fallouts: steps that need a decision.")


@app.command("list")
@answering
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False,
    system: Annotated[str | None, typer.Option("--system", metavar="NAME", help="Only of this system.")] = None,
    queue: Annotated[str | None, typer.Option("--queue", metavar="NAME", help="Only in this queue.")] = None,
    as_json: Json = False,
) -> None:
    """List the fallouts that wait for a decision, oldest first.

    Example: dro fallouts list --system payments
    """
    from commands.trouble import fallouts

    with book_of(settings_of()) as book:
        found = book.fallouts(open_only=not all_, system=system, queue=queue)
    if as_json:
        print_json_list(found)
    elif found:
        show(fallouts(found))
    else:
        say("No fallout waits for a decision.")


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
    from commands.trouble import attempts, exchange, fallout_view

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
    if found.history:
        show(attempts(found))

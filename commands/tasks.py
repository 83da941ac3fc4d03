"""`dro tasks`: the work of people."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.errors import answering, say
from commands.shared import (
    Actor,
    AsSignal,
    Json,
    Number,
    Reason,
    book_of,
    new_typer,
    pairs,
    print_json_list,
    settings_of,
    show,
)

app = new_typer("Tasks: the work of people.")


@app.command("list")
@answering
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Completed ones too.")] = False, as_json: Json = False
) -> None:
    """List the tasks that wait for a person, oldest first, with the command that completes each.

    Example: dro tasks list
    """
    from commands.render import tasks

    with book_of(settings_of()) as book:
        found = book.tasks(open_only=not all_)
    if as_json:
        print_json_list(found)
    elif found:
        show(tasks(found))
    else:
        say("No task waits for a person.")


@app.command()
@answering
def complete(
    number: Number,
    step: Annotated[str, typer.Argument(metavar="STEP", help="Id of its step.", show_default=False)],
    value: Annotated[
        list[str] | None, typer.Option("--value", metavar="NAME=VALUE", help="A value of the task's form.")
    ] = None,
    reason: Reason = "",
    as_signal: AsSignal = False,
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """Complete a task with the values of its form.

    Example: dro tasks complete SB-2001 support.arrange@SUPPORT-CONTRACT --value technician=Grace
    """
    from commands.asking import do
    from fulfillment.commands import CompleteTask

    settings = settings_of(actor)
    values = pairs(value or [], "--value")
    command = CompleteTask.model_validate({"actor": settings.actor, "reason": reason, "step": step, "values": values})
    do(command, number, settings, as_signal, as_json=as_json)

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
    new_typer,
    pairs,
    print_json_list,
    settings_of,
    show,
)

app = new_typer("Tasks: the work of people.")


StepId = Annotated[str, typer.Argument(metavar="STEP", help="Id of its step.", show_default=False)]


@app.command("list")
@answering
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Completed ones too.")] = False,
    queue: Annotated[str | None, typer.Option("--queue", metavar="NAME", help="Only in this queue.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only what is with you.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is past its due date.")] = False,
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """List the tasks that wait for a person, oldest first: with whom, until when, and the command that completes each.

    Example: dro tasks list --queue back_office --overdue
    """
    from commands.assigning import listed
    from commands.render import tasks

    settings = settings_of(actor)
    found = listed(settings, all_=all_, queue=queue, assignee=settings.actor if mine else None, overdue=overdue)
    if as_json:
        print_json_list(found)
    elif found:
        show(tasks(found))
    else:
        say("No such task waits for a person." if queue or mine or overdue else "No task waits for a person.")


@app.command()
@answering
def claim(number: Number, step: StepId, reason: Reason = "", actor: Actor = None, as_json: Json = False) -> None:
    """Take a task: it is yours then, and of several who take it at once one gets it.

    Example: dro tasks claim SB-2001 support.arrange@SUPPORT-CONTRACT
    """
    from commands.assigning import hand_over
    from service.tasks import claim as claim_task

    hand_over(claim_task, number, step, settings_of(actor), "claim", reason, as_json=as_json)


@app.command()
@answering
def release(number: Number, step: StepId, reason: Reason = "", actor: Actor = None, as_json: Json = False) -> None:
    """Give a task back to its queue, for whoever takes it.

    Example: dro tasks release SB-2001 support.arrange@SUPPORT-CONTRACT --reason "on leave"
    """
    from commands.assigning import hand_over
    from service.tasks import release as release_task

    hand_over(release_task, number, step, settings_of(actor), "claim", reason, as_json=as_json)


@app.command()
@answering
def reassign(
    number: Number,
    step: StepId,
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="A queue, which then chooses, or a person.")],
    reason: Reason = "",
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """Hand a task on to a queue, which then chooses among its members, or to a person.

    Example: dro tasks reassign SB-2001 support.arrange@SUPPORT-CONTRACT --to ada --reason "knows the customer"
    """
    from functools import partial

    from commands.assigning import hand_over
    from service.tasks import reassign as reassign_task

    settings = settings_of(actor)
    hand_over(partial(reassign_task, to=to), number, step, settings, "reassign", reason, as_json=as_json)


@app.command()
@answering
def complete(
    number: Number,
    step: StepId,
    value: Annotated[
        list[str] | None, typer.Option("--value", metavar="NAME=VALUE", help="A value of the task's form.")
    ] = None,
    reason: Reason = "",
    as_signal: AsSignal = False,
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """Complete a task with the values of its form; of several who do so at once one does, and the others are told.

    Example: dro tasks complete SB-2001 support.arrange@SUPPORT-CONTRACT --value technician=Grace
    """
    from commands.asking import do
    from commands.assigning import check_may_complete
    from fulfillment.commands import CompleteTask

    settings = settings_of(actor)
    check_may_complete(settings, number, step)
    values = pairs(value or [], "--value")
    command = CompleteTask.model_validate({"actor": settings.actor, "reason": reason, "step": step, "values": values})
    do(command, number, settings, as_signal, as_json=as_json)

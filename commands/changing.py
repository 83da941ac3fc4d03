"""`dro orders amend`, `cancel`, `changeable` and `withdraw-change`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.errors import answering
from commands.shared import Actor, AsSignal, Json, Number, Reason, settings_of

Dry = Annotated[bool, typer.Option("--dry-run", help="Show what it would mean, and change nothing; needs no server.")]
Override = Annotated[
    bool, typer.Option("--override", help="Pass points of no return; needs a role that may, and --reason.")
]
OtherCatalog = Annotated[
    Path | None,
    typer.Option("--catalog", metavar="VERSION", help="Refused, with the way out: an order stays on its catalog."),
]
Role = Annotated[str, typer.Option("--role", metavar="ROLE", help="In which of your roles; else the one that may.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Return when the order has taken it, before it is decided.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to those of orders."""
    for command in (amend, cancel, changeable):
        app.command()(answering(command))
    app.command("withdraw-change")(answering(withdraw_change))


def amend(
    number: Number,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The whole order as it is to be, YAML or JSON.", show_default=False)
    ],
    base: Annotated[
        int | None, typer.Option("--base", min=1, metavar="N", help="Version that the file was made from.")
    ] = None,
    dry: Dry = False, override: Override = False, role: Role = "", reason: Reason = "",
    no_wait: NoWait = False, as_signal: AsSignal = False, catalog: OtherCatalog = None,
    actor: Actor = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Put another version in an order's place while it runs: what is done stays, is done anew, or is undone.

    Example: dro orders amend SB-1001 order.yaml --dry-run
    """
    from commands.asking_changes import Asking, ask_to_amend, refuse_catalog

    if catalog is not None:
        refuse_catalog(number, catalog)
    asking = Asking(dry, override, role, reason.strip(), no_wait, as_signal, as_json)
    ask_to_amend(number, file, base, settings_of(actor), asking)


def cancel(
    number: Number,
    lines: Annotated[
        list[str] | None, typer.Option("--line", metavar="LINE", help="Only this line and those below it; repeatable.")
    ] = None,
    dry: Dry = False, override: Override = False, role: Role = "", reason: Reason = "",
    no_wait: NoWait = False, as_signal: AsSignal = False, actor: Actor = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Cancel an order, or lines of it: what is done is undone, in reverse order of what waited for what.

    Example: dro orders cancel SB-1001 --line L5 --dry-run
    """
    from commands.asking_changes import Asking, ask_to_cancel

    asking = Asking(dry, override, role, reason.strip(), no_wait, as_signal, as_json)
    ask_to_cancel(number, tuple(lines or ()), settings_of(actor), asking)


def changeable(number: Number, as_json: Json = False) -> None:
    """Tell for each line of an order whether it may still be amended or cancelled, and why not.

    Example: dro orders changeable SB-1001
    """
    from commands.asking_changes import show_changeable

    show_changeable(number, settings_of(), as_json=as_json)


def withdraw_change(
    number: Number, reason: Reason = "", as_signal: AsSignal = False, actor: Actor = None, as_json: Json = False
) -> None:
    """Take back the change that is being worked out: the order goes on as it was.

    Example: dro orders withdraw-change SB-1001 --reason "the customer thought again"
    """
    from commands.asking import do
    from fulfillment.commands import WithdrawChange

    settings = settings_of(actor)
    do(WithdrawChange(actor=settings.actor, reason=reason), number, settings, as_signal, as_json=as_json)

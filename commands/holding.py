"""`dro orders hold` and `release`."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.errors import answering
from commands.shared import Actor, AsSignal, Json, Number, Reason, settings_of

Lines = Annotated[
    list[str] | None, typer.Argument(metavar="[LINE…]", help="Only these lines of it.", show_default=False)
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to those of orders."""
    for command in (hold, release):
        app.command()(answering(command))


def hold(
    number: Number, lines: Lines = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; steps that wait say so.")] = "",
    as_signal: AsSignal = False, actor: Actor = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Hold an order, or some of its lines: running steps finish, nothing new starts until the release.

    Example: dro orders hold SB-1001 L1 --reason "credit check"
    """
    from commands.asking import do
    from fulfillment.commands import Hold

    settings = settings_of(actor)
    command = Hold(actor=settings.actor, reason=reason.strip(), lines=tuple(lines or ()))
    do(command, number, settings, as_signal, as_json=as_json)


def release(
    number: Number, lines: Lines = None,
    which: Annotated[
        int | None, typer.Option("--hold", min=1, metavar="N", help="Number of the hold, if several stand.")
    ] = None,
    reason: Reason = "", as_signal: AsSignal = False, actor: Actor = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Release a hold: what waited goes on, unless another hold stands; its owner may, and an admin.

    Example: dro orders release SB-1001 --hold 1 --reason "credit is fine"
    """
    from commands.asking import do
    from fulfillment.commands import Release

    settings = settings_of(actor)
    command = Release(actor=settings.actor, reason=reason, hold=which, lines=tuple(lines or ()))
    do(command, number, settings, as_signal, as_json=as_json)

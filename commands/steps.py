"""`dro steps`: what operators do to the steps of one order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from commands.errors import answering
from commands.shared import Actor, AsSignal, Number, Reason, StepIds, new_typer, pairs, settings_of

if TYPE_CHECKING:
    from fulfillment.commands import Command
    from service.settings import Settings

app = new_typer("Steps of one order: try again, go on without, declare done.")

FalloutNumber = Annotated[
    int | None, typer.Option("--fallout", min=1, metavar="N", help="Only if this is still its N-th fallout.")
]


@app.command()
@answering
def retry(
    number: Number, steps: StepIds, reason: Reason = "", fallout: FalloutNumber = None,
    as_signal: AsSignal = False, actor: Actor = None,
) -> None:  # fmt: skip
    """Try steps again that wait after a fallout.

    Example: dro steps retry SB-1001 payments.authorize --reason "card renewed"
    """
    from fulfillment.commands import Retry

    settings = settings_of(actor)
    _do(Retry(actor=settings.actor, reason=reason, steps=tuple(steps), fallout=fallout), number, settings, as_signal)


@app.command()
@answering
def skip(
    number: Number, steps: StepIds, reason: Reason = "", fallout: FalloutNumber = None,
    nothing_happened: Annotated[
        bool, typer.Option("--nothing-happened", help="You made sure that no earlier try worked; needs a reason.")
    ] = False,
    as_signal: AsSignal = False, actor: Actor = None,
) -> None:  # fmt: skip
    """Give steps up and go on without them.

    Example: dro steps skip SB-1001 warranty.register@WARRANTY@L4#1 --reason "customer declined"
    """
    from fulfillment.commands import Skip

    settings = settings_of(actor)
    command = Skip(
        actor=settings.actor, reason=reason, steps=tuple(steps), fallout=fallout, nothing_happened=nothing_happened
    )
    _do(command, number, settings, as_signal)


@app.command()
@answering
def complete(
    number: Number, steps: StepIds, reason: Reason = "",
    output: Annotated[
        list[str] | None, typer.Option("--output", metavar="NAME=VALUE", help="An output it should have had.")
    ] = None,
    fallout: FalloutNumber = None, as_signal: AsSignal = False, actor: Actor = None,
) -> None:  # fmt: skip
    """Declare steps done by hand, with the outputs they should have had.

    Example: dro steps complete SB-1001 payments.authorize --output payment_id=P-17 --reason "by phone"
    """
    from fulfillment.commands import Complete

    settings = settings_of(actor)
    outputs = pairs(output or [], "--output")
    command = Complete.model_validate(
        {"actor": settings.actor, "reason": reason, "steps": steps, "fallout": fallout, "outputs": outputs}
    )
    _do(command, number, settings, as_signal)


def _do(command: Command, number: str, settings: Settings, as_signal: bool) -> None:
    from commands.asking import do

    do(command, number, settings, as_signal)

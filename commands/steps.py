"""`dro steps`: what operators do to the steps of one order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from commands import timing
from commands.errors import Refusal, answering
from commands.shared import Actor, AsSignal, Number, Reason, StepIds, book_of, new_typer, pairs, settings_of

if TYPE_CHECKING:
    from fulfillment.commands import Command, Complete
    from service.settings import Settings

app = new_typer("Steps of one order: try again, go on without, declare done.")
timing.add_to_steps(app)

FalloutNumber = Annotated[
    int | None, typer.Option("--fallout", min=1, metavar="N", help="Only if this is still its N-th fallout.")
]
NothingHappened = Annotated[
    bool, typer.Option("--nothing-happened", help="You made sure that no earlier try worked; needs a reason.")
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


@app.command("edit-and-retry")
@answering
def edit_and_retry(
    number: Number,
    step: Annotated[str, typer.Argument(metavar="STEP", help="Id of the step.", show_default=False)],
    given: Annotated[
        list[str] | None, typer.Option("--input", metavar="NAME=VALUE", help="Sent instead of what its input has.")
    ] = None,
    reason: Reason = "", fallout: FalloutNumber = None, nothing_happened: NothingHappened = False,
    as_signal: AsSignal = False, actor: Actor = None,
) -> None:  # fmt: skip
    """Try a step again with other input, under a new idempotency key; what is not named stays as it was.

    Example: dro steps edit-and-retry SB-1001 payments.authorize --input amount=12.50 --reason "typo in the order"
    """
    from fulfillment.commands import EditAndRetry

    settings = settings_of(actor)
    values = pairs(given or [], "--input")
    more = {"fallout": fallout, "nothing_happened": nothing_happened, "actor": settings.actor, "reason": reason}
    _do(EditAndRetry.model_validate({"steps": (step,), "values": values, **more}), number, settings, as_signal)


@app.command("cancel-line")
@answering
def cancel_line(
    number: Number, steps: StepIds, reason: Reason = "", as_signal: AsSignal = False, actor: Actor = None,
) -> None:  # fmt: skip
    """Cancel the lines that steps are for: what was done for them is undone. `dro orders cancel` shows it first.

    Example: dro steps cancel-line SB-1001 warranty.register@WARRANTY@L4#1 --reason "the customer does without"
    """
    from catalog.base import Refused
    from commands.asking_changes import Asking, ask_to_cancel
    from service.bulk import lines_of

    settings = settings_of(actor)
    with book_of(settings) as book:
        lines = lines_of(book, number, tuple(steps))
    if isinstance(lines, Refused):
        raise Refusal(lines.issues)
    asking = Asking(False, False, "", reason.strip(), False, as_signal, False)
    ask_to_cancel(number, lines, settings, asking)


@app.command("give-up")
@answering
def give_up(
    number: Number, steps: StepIds, reason: Reason = "", fallout: FalloutNumber = None,
    as_signal: AsSignal = False, actor: Actor = None,
) -> None:  # fmt: skip
    """Give parked steps up for good: their lines fail, what depends on them is discarded. It needs a reason.

    Example: dro steps give-up SB-1001 shipping.ship~7d3ad6a464 --reason "the address does not exist"
    """
    from fulfillment.commands import GiveUp

    settings = settings_of(actor)
    command = GiveUp(actor=settings.actor, reason=reason, steps=tuple(steps), fallout=fallout)
    _do(command, number, settings, as_signal)


@app.command()
@answering
def skip(
    number: Number, steps: StepIds, reason: Reason = "", fallout: FalloutNumber = None,
    nothing_happened: NothingHappened = False,
    as_signal: AsSignal = False, actor: Actor = None,
) -> None:  # fmt: skip
    """Go on without steps, as if they had nothing to do. It needs a reason.

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
    late_answer: Annotated[
        int | None, typer.Option("--late-answer", min=0, metavar="N", help="Take them from its late answer N; 0: last.")
    ] = None,
    fallout: FalloutNumber = None, as_signal: AsSignal = False, actor: Actor = None,
) -> None:  # fmt: skip
    """Declare steps done by hand, with the outputs they should have had, or those that a late answer gives.

    Example: dro steps complete SB-1001 payments.authorize --output payment_id=P-17 --reason "by phone"
    """
    from fulfillment.commands import Complete

    settings = settings_of(actor)
    outputs = pairs(output or [], "--output")
    command = Complete.model_validate(
        {"actor": settings.actor, "reason": reason, "steps": steps, "fallout": fallout, "outputs": outputs}
    )
    if late_answer is not None:
        command = _with_late_answer(command, number, late_answer, settings)
    _do(command, number, settings, as_signal)


@app.command()
@answering
def alternative(
    number: Number, steps: StepIds,
    group: Annotated[
        str | None, typer.Option("--group", help="The step group; left out, the one that the fallout rule names.")
    ] = None,
    reason: Reason = "", fallout: FalloutNumber = None,
    nothing_happened: NothingHappened = False,
    as_signal: AsSignal = False, actor: Actor = None,
) -> None:  # fmt: skip
    """Have a step group do the work of parked steps, such as a back-up shipper.

    Example: dro steps alternative SB-1001 shipping.ship~7d3ad6a464 --group backup_shipping --reason "strike"
    """
    from fulfillment.commands import Alternative

    settings = settings_of(actor)
    command = Alternative(
        actor=settings.actor, reason=reason, steps=tuple(steps), group=group, fallout=fallout,
        nothing_happened=nothing_happened,
    )  # fmt: skip
    _do(command, number, settings, as_signal)


def _with_late_answer(command: Complete, number: str, which: int, settings: Settings) -> Complete:
    from catalog.base import Refused
    from service.late import completed_by

    if len(command.steps) != 1:
        raise typer.BadParameter("it completes one step: name one.", param_hint="--late-answer")
    with book_of(settings) as book:
        found = completed_by(book, number, command, which or None)
    if isinstance(found, Refused):
        raise Refusal(found.issues)
    return found


def _do(command: Command, number: str, settings: Settings, as_signal: bool) -> None:
    from commands.asking import do

    do(command, number, settings, as_signal)

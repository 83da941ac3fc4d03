"""`dro systems`: how the systems are, and switching them off and on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from commands.errors import Refusal, answering, say
from commands.shared import (
    Actor,
    CatalogOption,
    Json,
    Reason,
    book_of,
    client_of,
    new_typer,
    print_json_list,
    run,
    settings_of,
    show,
)

if TYPE_CHECKING:
    from orderbook.store import OrderBook
    from orderbook.switches import SystemSwitch
    from service.settings import Settings
    from service.systems import Switched

app = new_typer("Systems: how they are, switched off while they are down, and on again.")

System = Annotated[str, typer.Argument(metavar="SYSTEM", help="Name of the system.", show_default=False)]
Why = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why; steps that wait for it say so.", show_default=False)
]


@app.command("list")
@answering
def list_(catalog: CatalogOption = None, as_json: Json = False) -> None:
    """List the systems: health, what waits for each, how often it failed in the last hour, and its limits.

    Example: dro systems list
    """
    from catalog.base import Refused
    from commands.system_tables import system_table
    from service.known_systems import all_systems

    settings = settings_of(catalog=catalog)
    with book_of(settings) as book:
        found = all_systems(settings, book, datetime.now(UTC))
    if isinstance(found, Refused):
        raise Refusal(found.issues)
    if as_json:
        print_json_list(found)
    elif found:
        show(system_table(found))
    else:
        say("No systems: neither the catalog in use nor the environment declares one.")


@app.command()
@answering
def offline(system: System, reason: Why, catalog: CatalogOption = None, actor: Actor = None) -> None:
    """Switch a system off: no call goes there any more, and the steps that need it wait instead of failing.

    Example: dro systems offline shipping --reason "maintenance until 18:00"
    """
    from service.systems import take_offline

    if not reason.strip():
        raise typer.BadParameter("say why: it is what people read at the steps that wait.", param_hint="--reason")
    settings = settings_of(actor, catalog)
    with book_of(settings) as book:
        role = _role(system, "offline", settings, book)
        done = take_offline(book, _switch(system, reason, settings, offline=True), role)
    say(f"`{system}` is offline." if done.is_new else f"`{system}` was offline already; nothing changed.")
    if done.is_new:
        say("Calls that have begun end, the next ones wait within two seconds. `dro systems online` lets them go on.")


@app.command()
@answering
def online(system: System, reason: Reason = "", catalog: CatalogOption = None, actor: Actor = None) -> None:
    """Switch a system on again: the steps that wait for it go on.

    Example: dro systems online shipping
    """
    settings = settings_of(actor, catalog)
    with book_of(settings) as book:
        role = _role(system, "online", settings, book)
        done = run(_online(book, _switch(system, reason, settings, offline=False), role, settings))
    say(f"`{system}` is online{'' if done.is_new else ' already'}; orders told to go on: {done.orders}.")


def _switch(system: str, reason: str, settings: Settings, *, offline: bool) -> SystemSwitch:
    from orderbook.switches import SystemSwitch

    return SystemSwitch(
        system=system, offline=offline, since=datetime.now(UTC), actor=settings.actor, reason=reason.strip()
    )


def _role(system: str, kind: str, settings: Settings, book: OrderBook) -> str:
    """Return the role in which the actor switches a system.

    Raises:
        Refusal: there is no such system, or none of the actor's roles may.
    """
    from catalog.base import Refused
    from service.known_systems import may_switch

    allowed = may_switch(system, kind, settings, book)
    if isinstance(allowed, Refused):
        raise Refusal(allowed.issues)
    return allowed


async def _online(book: OrderBook, switch: SystemSwitch, role: str, settings: Settings) -> Switched:
    from service.systems import bring_online

    # Connected first: a system that is back while nobody can be told keeps orders waiting for a minute.
    return await bring_online(await client_of(settings), book, switch, role)

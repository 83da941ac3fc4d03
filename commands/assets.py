"""`dro assets`: what accounts own."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.errors import Refusal, answering, say
from commands.shared import Json, book_of, new_typer, print_json, print_json_list, settings_of, show

app = new_typer("Assets: what accounts own since it was delivered.")


@app.command("list")
@answering
def list_(
    account: Annotated[str | None, typer.Option("--account", metavar="CODE", help="Only of this account.")] = None,
    product: Annotated[str | None, typer.Option("--product", metavar="CODE", help="Only of this product.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Those that have ended too.")] = False,
    as_json: Json = False,
) -> None:
    """List what accounts own, by account and product: how much, since when, and which order changes it at present.

    Example: dro assets list --account ACME
    """
    from commands.asset_tables import asset_table

    with book_of(settings_of()) as book:
        found = book.assets(account, product, living_only=not all_)
    if as_json:
        print_json_list(found)
    elif found:
        show(asset_table(found))
    else:
        say("Nobody owns anything like that.")


@app.command("show")
@answering
def show_(
    asset: Annotated[str, typer.Argument(metavar="ASSET", help="Id of the asset.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Show one asset: its attributes, what it is part of and came from, and what each order has made of it.

    Example: dro assets show LICENCE-2b47d8b48b11e716
    """
    from commands.asset_tables import asset_view, unknown_asset

    with book_of(settings_of()) as book:
        found = book.asset(asset)
        if found is None:
            raise Refusal((unknown_asset(book, asset),))
    if as_json:
        print_json(found)
    else:
        show(asset_view(found))

"""`dro catalog`: what designers declare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.errors import ExitCode, answering, say
from commands.shared import Json, new_typer, print_json_list, settings_of, show

app = new_typer("Catalogs: products, rules, step groups, systems.")

Folder = Annotated[
    Path | None, typer.Argument(metavar="DIR", help="Folder of the catalog, else the one in use.", show_default=False)
]


@app.command()
@answering
def lint(folder: Folder = None, as_json: Json = False) -> None:
    """Check a catalog and report every problem with its place and what to do next.

    Example: dro catalog lint examples/smartbytes/catalog
    """
    from commands.render import issue_lines, issue_summary
    from service.catalogs import EXAMPLE, load_catalog, nearest, refuses

    where = folder or Path(settings_of().catalog or nearest(EXAMPLE / "catalog"))
    loaded = load_catalog(where)
    if as_json:
        print_json_list(loaded.issues)
    elif loaded.issues:
        show(issue_lines(loaded.issues), whole_lines=True)
    say(f"{where}: {issue_summary(loaded.issues)}")
    raise typer.Exit(ExitCode.REFUSED if refuses(loaded.issues) else ExitCode.DONE)

"""`dro catalog`: what designers declare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands import catalog_impact, catalog_starting, catalog_testing, catalog_versions
from commands.errors import ExitCode, answering, say
from commands.shared import Json, new_typer, print_json_list, settings_of, show

app = new_typer("Catalogs: products, rules, step groups, systems.")

Folder = Annotated[
    Path | None, typer.Argument(metavar="DIR", help="Folder of the catalog, else the one in use.", show_default=False)
]


@app.command()
@answering
def lint(
    folder: Folder = None,
    environment: Annotated[
        bool, typer.Option("--environment", help="The environment in use too, against this catalog.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check a catalog and report every problem with its place and what to do next.

    Example: dro catalog lint examples/smartbytes/catalog
    """
    from commands.render import issue_lines, issue_summary
    from service.catalogs import EXAMPLE, environment_in_use, load_catalog, nearest, refuses

    settings = settings_of()
    loaded = load_catalog(folder or Path(settings.catalog or nearest(EXAMPLE / "catalog")))
    read = (loaded, environment_in_use(settings, loaded.catalog)) if environment else (loaded,)
    issues = tuple(issue for each in read for issue in each.issues)
    if as_json:
        print_json_list(issues)
    elif issues:
        show(issue_lines(issues), whole_lines=True)
    for each in read:
        say(f"{each.where}: {issue_summary(each.issues)}")
    raise typer.Exit(ExitCode.REFUSED if refuses(issues) else ExitCode.DONE)


catalog_starting.add_to(app)
catalog_testing.add_to(app)
catalog_versions.add_to(app)
catalog_impact.add_to(app)

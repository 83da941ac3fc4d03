"""`dro catalog init`, `show` and `schema`: how a designer starts, sees what is declared, and is helped by an editor."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.errors import Refusal, answering, say
from commands.shared import CatalogOption, Json, book_of, print_json, settings_of

if TYPE_CHECKING:
    from catalog.catalog import Catalog
    from service.settings import Settings


class Template(StrEnum):
    """What a new catalog begins with."""

    LAPTOP_SHOP = "laptop-shop"
    MAKE_TO_ORDER = "make-to-order"


class Drawn(StrEnum):
    """How a catalog is drawn."""

    TREE = "tree"
    MERMAID = "mermaid"
    DOT = "dot"


Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it to this file.", show_default=False)
]


def add_to(catalogs: typer.Typer) -> None:
    """Add these commands to `dro catalog`."""
    for command in (init, show, schema):
        catalogs.command()(answering(command))


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.", show_default=False)],
    template: Annotated[Template, typer.Option("--template", help="What it begins with.")] = Template.LAPTOP_SHOP,
) -> None:
    """Begin a catalog: small and complete, with an environment, an order, design tests, and schemas for editors.

    Example: dro catalog init my-catalog --template make-to-order
    """
    from catalog.base import Refused
    from service.templates import begin

    begun = begin(folder, template)
    if isinstance(begun, Refused):
        raise Refusal(begun.issues)
    for each in begun.files:
        typer.echo(folder / each)
    say("\n".join(("Next:", *(f"  {each}" for each in begun.next_steps))))


def show(
    product: Annotated[
        str | None, typer.Argument(metavar="[PRODUCT]", help="Only this product, or class.", show_default=False)
    ] = None,
    lanes: Annotated[bool, typer.Option("--lanes", help="Step groups: their steps and dependencies.")] = False,
    format_: Annotated[Drawn, typer.Option("--format", help="How it is drawn.")] = Drawn.TREE,
    catalog: CatalogOption = None,
    as_json: Json = False,
) -> None:
    """Draw what products become: parts of bundles, technical lines by which rules, step groups by which scenarios.

    With `--lanes`, draw the step groups themselves, all of them or those that PRODUCT may bring in.

    Example: dro catalog show LAPTOP-BUNDLE
    """
    from catalog.base import Refused
    from decomposition import becoming, graphs
    from decomposition import lanes as drawn_lanes

    found = _catalog_of(settings_of(catalog=catalog))
    graph = becoming.becoming(found, datetime.now(UTC).date(), product)
    if isinstance(graph, Refused):
        raise Refusal(graph.issues)
    groups = becoming.groups_of(graph) if product else None
    shown = drawn_lanes.lanes(found, groups) if lanes else graph
    if as_json:
        print_json(shown)
    elif format_ is Drawn.TREE:
        typer.echo(drawn_lanes.lanes_tree(found, groups) if lanes else becoming.tree(graph), nl=False)
    else:
        typer.echo(graphs.mermaid(shown) if format_ is Drawn.MERMAID else graphs.dot(shown), nl=False)


def _catalog_of(settings: Settings) -> Catalog:
    """Return the catalog in use; an order book that does not answer matters only where a version is named."""
    from catalog.base import Refused
    from service.catalogs import catalog_in_use
    from service.planning import catalog_at_hand

    if settings.catalog and not Path(settings.catalog).is_dir():
        with book_of(settings) as book:
            use = catalog_in_use(settings, book)
    else:
        use = catalog_at_hand(settings)
    if isinstance(use, Refused):
        raise Refusal(use.issues)
    return use.catalog


def schema(
    environment: Annotated[bool, typer.Option("--environment", help="Of the files of an environment.")] = False,
    tests: Annotated[bool, typer.Option("--tests", help="Of the files of design tests.")] = False,
    output: Output = None,
) -> None:
    """Write the JSON Schema of the files of a catalog: editors complete and check by it.

    Example: dro catalog schema -o .schema/catalog.json
    """
    from service.schemas import Kind

    if environment and tests:
        raise typer.BadParameter(
            "there is one schema for each: give one of them.", param_hint="--environment / --tests"
        )
    write_schema(Kind.ENVIRONMENT if environment else Kind.TEST if tests else Kind.CATALOG, output)


def write_schema(kind: str, output: Path | None) -> None:
    """Write the JSON Schema of a kind of file to a file, or to stdout."""
    from catalog.base import Issue
    from service.schemas import Kind, schema_text

    text = schema_text(Kind(kind))
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"`{output}` cannot be written: {error.strerror or error}."
        raise Refusal((Issue(check="schema", message=message, hint="Name another file."),)) from None
    say(f"`{output}` is written. Files name it in their first line: `# yaml-language-server: $schema=PATH`.")

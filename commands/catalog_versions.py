"""`dro catalog publish`, `versions`, `diff`, `rollback` and `export`: catalogs in the course of time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.errors import Refusal, answering, say
from commands.shared import Actor, Json, book_of, print_json, print_json_list, settings_of, show

Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why; it stays with the publication.")]
Version = Annotated[str, typer.Argument(metavar="VERSION", help="Its label, or digits of its digest.")]
Side = Annotated[str, typer.Argument(help="A version, or a folder.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add these commands to those of catalogs."""
    for command in (publish, versions, diff, rollback, export):
        app.command()(answering(command))


def publish(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the catalog.", show_default=False)],
    label: Annotated[
        str | None, typer.Option("--label", metavar="L", help="Name of the version, else v1, v2, …")
    ] = None,
    note: Note = "",
    actor: Actor = None,
) -> None:
    """Put a catalog in force for new orders, as a version that never changes; orders that run stay on theirs.

    Errors that `catalog lint` finds refuse it, and so do design tests that fail.

    Example: dro catalog publish examples/smartbytes/catalog --note "as delivered"
    """
    from catalog.base import Refused
    from commands.version_views import published_lines
    from service.publishing import publish as publish_folder

    settings = settings_of(actor)
    with book_of(settings) as book:
        done = publish_folder(folder, book, settings, datetime.now(UTC), label=label, note=note.strip())
    if isinstance(done, Refused):
        raise Refusal(done.issues)
    for line in published_lines(done, folder):
        say(line)


def versions(
    drafts: Annotated[bool, typer.Option("--drafts", help="Those too that were used, but never published.")] = False,
    as_json: Json = False,
) -> None:
    """List which catalog version was in force when, by whom and why, newest first.

    Example: dro catalog versions
    """
    from commands.version_views import draft_table, publication_table
    from service.versions import versions as all_versions

    with book_of(settings_of()) as book:
        found = tuple(each for each in all_versions(book) if drafts or each.publications)
        history = book.publications()
    if as_json:
        print_json_list(found)
        return
    if history:
        show(publication_table(history))
    else:
        say("Nothing was published yet: `dro catalog publish DIR` does it.")
    if unpublished := tuple(each for each in found if not each.publications):
        show(draft_table(unpublished))


def diff(before: Side, after: Side, as_json: Json = False) -> None:
    """Tell what differs between two catalogs, entry by entry, and which products are fulfilled differently.

    Each of both is a published version or a folder.

    Example: dro catalog diff v1 examples/smartbytes/catalog
    """
    from catalog.base import Refused
    from commands.version_views import diff_view
    from service.catalogs import calendars_in_use
    from service.versions import diff as compare

    settings = settings_of()
    with book_of(settings) as book:
        found = compare(before, after, book, datetime.now(UTC), calendars_in_use(settings))
    if isinstance(found, Refused):
        raise Refusal(found.issues)
    if as_json:
        print_json(found)
    else:
        show(diff_view(found), whole_lines=True)


def rollback(version: Version, note: Note = "", actor: Actor = None) -> None:
    """Put an earlier version in force again for new orders; it is one more publication, and nothing is undone.

    Example: dro catalog rollback v1 --note "v2 forgets the bag"
    """
    from catalog.base import Refused
    from service.publishing import roll_back

    settings = settings_of(actor)
    with book_of(settings) as book:
        done = roll_back(version, book, settings, datetime.now(UTC), note.strip())
    if isinstance(done, Refused):
        raise Refusal(done.issues)
    if done is None:
        say(f"`{version}` is in force already; nothing changed.")
    else:
        say(f"`{done.label}` ({done.digest[:12]}) is in force again, for new orders; those that run stay on theirs.")


def export(
    version: Version,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.", show_default=False)],
) -> None:
    """Write the files of a version to a folder, byte for byte as they were published.

    Example: dro catalog export v1 restored
    """
    from catalog.base import Refused
    from commands.wording import count
    from service.versions import export as write_files

    with book_of(settings_of()) as book:
        done = write_files(version, folder, book)
    if isinstance(done, Refused):
        raise Refusal(done.issues)
    say(f"`{done.label}` ({done.digest[:12]}): {count(len(done.files), 'file')} written to `{folder}`.")
    if not done.as_stored:
        say("This program reads them otherwise than they are stored: `dro catalog lint` tells what it makes of them.")

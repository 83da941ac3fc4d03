"""Catalog versions as people read them: what was in force when, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from catalog.differences import Change, Difference, Kind
from commands.render import issue_summary
from commands.wording import BAD, BUSY, GOOD, QUIET, count, moment, new_table

if TYPE_CHECKING:
    from decomposition.effects import Effects
    from orderbook.publications import Publication
    from service.publishing import PublishedFolder
    from service.versions import CatalogDiff, VersionView

_LONGEST = 100
"""Characters of a value that are shown; `--json` has all of it."""
_NAMED = 12
"""Products that are named where many have something in common."""
_STYLES = {Kind.ADDED: GOOD, Kind.CHANGED: BUSY, Kind.REMOVED: BAD}


def published_lines(done: PublishedFolder, folder: Path) -> Iterator[str]:
    """Yield what to say of a publishing, a line each."""
    yield from (str(each) for each in done.told)
    yield f"{folder}: {issue_summary(done.told)}; {_tests(done.tests)}"
    published = done.published
    if not published.is_new:
        yield f"Nothing changed: `{published.label}`, which is in force, has this content."
        return
    yield f"Published as `{published.label}` ({done.digest[:12]}): new orders take it, those that run stay on theirs."


def _tests(passed: int) -> str:
    if not passed:
        return "it has no design tests, so nothing but the checks speaks for it."
    return f"{count(passed, 'design test')} passed."


def publication_table(history: Sequence[Publication]) -> Table:
    """Return what was in force when, newest first."""
    table = new_table("Version", "Content", "In force from", "Until", "By", "How", "Note")
    until = Text("in force", style=GOOD)
    for each in history:
        table.add_row(each.label, each.digest[:12], moment(each.at), until, each.author, each.kind.value, each.note)
        until = Text(moment(each.at))
    return table


def draft_table(drafts: Iterable[VersionView]) -> Table:
    """Return versions that orders were planned on without publishing."""
    table = new_table("Never published", "Used from", "By")
    for each in drafts:
        table.add_row(each.label, moment(each.created_at), each.author)
    return table


def diff_view(diff: CatalogDiff) -> RenderableType:
    """Return what differs between two catalogs: section by section, then the effect on products."""
    parts: list[RenderableType] = [
        f"From `{diff.before.name}` ({diff.before.digest[:12]}) to `{diff.after.name}` ({diff.after.digest[:12]})"
    ]
    if not diff.differences:
        return Group(*parts, "The two are the same.")
    for section, entries in groupby(diff.differences, key=lambda each: each.section):
        parts += ["", Text(section, style="bold"), *(line for each in entries for line in _entry(each))]
    return Group(*parts, "", Text("Effect on products", style="bold"), *_effects(diff.effects))


def _entry(entry: Difference) -> Iterator[Text]:
    title = f" ({entry.title})" if entry.title else ""
    name = f"`{entry.entry}`{title}" if entry.entry else "the catalog's own"
    yield Text.assemble("  ", (entry.kind.value, _STYLES[entry.kind]), f" {name}")
    for each in entry.changes:
        yield Text(f"    {_change(each)}")


def _change(change: Change) -> str:
    path = f"`{change.path}`: " if change.path else ""
    match change.kind:
        case Kind.ADDED:
            return f"{path}added{_with(change.after)}"
        case Kind.REMOVED:
            return f"{path}removed{_with(change.before)}"
        case Kind.CHANGED:
            return f"{path}{_short(change.before)} → {_short(change.after)}"


def _with(text: str | None) -> str:
    return "" if text in (None, "{}") else f", {_short(text)}"


def _short(text: str | None) -> str:
    shown = " ".join((text or "nothing").split())
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _products(codes: tuple[str, ...]) -> str:
    rest = len(codes) - _NAMED
    return ", ".join(f"`{each}`" for each in codes[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _effects(effects: Effects) -> Iterator[RenderableType]:
    for each in effects.effects:
        yield f"  {_products(each.products)}:"
        yield from (f"    {told.text}" for told in each.consequences)
    if not effects.effects:
        yield f"  None: the smallest order of each of {count(effects.compared, 'product')} is fulfilled as before."
    for one in effects.untold:
        yield Text(
            f"  `{one.product}` cannot be compared, its smallest order is refused by both: {one.why}", style=QUIET
        )
    yield Text("  Each product is planned once, as its smallest order.", style=QUIET)

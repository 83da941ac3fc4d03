"""Leaves out the warnings that are meant so, and checks what is said of them: reasons for nothing are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from catalog.base import Issue, Severity
from catalog.checks.issues import error, in_order, nearest, warning
from catalog.ignoring import IgnoredCheck


def unknown_check(ignored: Sequence[IgnoredCheck], _found: Sequence[Issue], known: Sequence[str]) -> Iterable[Issue]:
    """The check whose warnings are ignored exists."""
    for each in ignored:
        if each.check not in known:
            path = ("ignored_checks", each.code, "check")
            yield error(
                "unknown_check", path, f"There is no check `{each.check}`.", nearest(each.check, known, "Checks")
            )


def ignored_error(ignored: Sequence[IgnoredCheck], found: Sequence[Issue], _known: Sequence[str]) -> Iterable[Issue]:
    """What is ignored is a warning; errors have to be mended."""
    errors = _places(issue for issue in found if issue.severity is Severity.ERROR)
    for each in ignored:
        if (each.check, each.at) in errors:
            message = f"`{each.check}` at `{each.at}` is an error, which cannot be ignored."
            yield error("ignored_error", ("ignored_checks", each.code, "check"), message, "Mend it, and remove this.")


def idle_ignore(ignored: Sequence[IgnoredCheck], found: Sequence[Issue], known: Sequence[str]) -> Iterable[Issue]:
    """There is a warning that is ignored."""
    places = _places(found)
    for each in ignored:
        if each.check in known and (each.check, each.at) not in places:
            message = f"`{each.check}` finds nothing at `{each.at}`."
            hint = "Remove this, or write the place as the warning tells it."
            yield warning("idle_ignore", ("ignored_checks", each.code), message, hint)


IGNORE_CHECKS = (unknown_check, ignored_error, idle_ignore)
"""Every check of what is ignored, in the order of the reference page."""


def without_ignored(found: Iterable[Issue], ignored: Sequence[IgnoredCheck], known: Sequence[str]) -> tuple[Issue, ...]:
    """Return the issues in their order, without the warnings that are ignored and with what is wrong about those."""
    issues = in_order(found)
    if not ignored:
        return issues
    told = [issue for check in IGNORE_CHECKS for issue in check(ignored, issues, known)]
    silent = dict.fromkeys((each.check, each.at) for each in ignored)
    kept = (each for each in issues if each.severity is Severity.ERROR or not any(key in silent for key in _keys(each)))
    return in_order((*kept, *told))


def _places(issues: Iterable[Issue]) -> dict[tuple[str, str], None]:
    """Return under what an issue can be named, of all of them: its check, and its place or one around that."""
    return dict.fromkeys(key for issue in issues for key in _keys(issue))


def _keys(issue: Issue) -> Iterator[tuple[str, str]]:
    parts = [str(part) for part in issue.path]
    return ((issue.check, ".".join(parts[:end])) for end in range(1, len(parts) + 1))

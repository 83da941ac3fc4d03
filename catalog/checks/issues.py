"""How checks say what they find: issues with their path, hints that stay short, one order for all of them."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.base import Issue, Path, Severity
from catalog.places import Places
from catalog.words import did_you_mean

_LISTED = 12


def error(check: str, path: Path, message: str, hint: str = "") -> Issue:
    """Return an issue that refuses the catalog."""
    return Issue(check=check, path=path, message=message, hint=hint)


def warning(check: str, path: Path, message: str, hint: str = "") -> Issue:
    """Return an issue that only tells."""
    return Issue(check=check, path=path, message=message, hint=hint, severity=Severity.WARNING)


def nearest(word: str, known: Iterable[str], what: str) -> str:
    """Return the hint for an unknown `word`: the nearest known one, or all of them where they are few."""
    names = tuple(known)
    hint = did_you_mean(word, names, what)
    if not names:
        return f"{what}: none."
    return hint if len(names) <= _LISTED or hint.startswith("Did you mean") else ""


def in_order(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """Return the issues by path, then by check and message, each once: the same input gives the same bytes."""
    kept = {(_by_path(each.path), each.check, each.message): each for each in issues}
    return tuple(kept[key] for key in sorted(kept))


def place_issues(issues: Iterable[Issue], places: Places) -> tuple[Issue, ...]:
    """Return the issues with their places in the files, found by path; a place that is known already stays."""
    return tuple(each.model_copy(update={"place": each.place or places.find(each.path)}) for each in issues)


def _by_path(path: Path) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, part, "") if isinstance(part, int) else (1, 0, part) for part in path)

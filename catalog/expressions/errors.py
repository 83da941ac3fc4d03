"""What can be wrong with an expression, and where: refused sources, problems of types, failed evaluations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.words import nearest_of

_WIDTH = 100
_LISTED = 30


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem that a check finds; `column` counts characters of the source from 1, line breaks included."""

    message: str
    column: int
    hint: str = ""

    def __str__(self) -> str:
        return _sentence(self.message, self.column, self.hint)

    def caret(self, source: str) -> str:
        """Return the line of `source` that has the problem, with a caret under its column."""
        return caret(source, self.column)


class ExpressionError(ValueError):
    """The source is no expression of the language; `column` says where reading it ended."""

    def __init__(self, message: str, column: int, hint: str = "", source: str = "") -> None:
        super().__init__(_sentence(message, column, hint))
        self.message = message
        self.column = column
        self.hint = hint
        self.source = source

    def caret(self) -> str:
        """Return the line of the source that was refused, with a caret under the column."""
        return caret(self.source, self.column)


class EvaluationError(ValueError):
    """An expression has no value for what it was given; `column` says which part of it."""

    def __init__(self, message: str, column: int, source: str = "") -> None:
        super().__init__(_sentence(message, column, ""))
        self.message = message
        self.column = column
        self.source = source

    def caret(self) -> str:
        """Return the line of the source that failed, with a caret under the column."""
        return caret(self.source, self.column)


def caret(source: str, column: int) -> str:
    """Return the line of `source` in which `column` falls and a caret below it; long lines are cut around the caret."""
    at = min(max(column - 1, 0), len(source))
    start = source.rfind("\n", 0, at) + 1
    stop = source.find("\n", at)
    line = source[start : len(source) if stop < 0 else stop]
    shown = "".join(character if character.isprintable() else " " for character in line)
    offset = at - start
    if len(shown) > _WIDTH:
        cut = max(0, min(offset - _WIDTH // 2, len(shown) - _WIDTH))
        shown, offset = shown[cut : cut + _WIDTH], offset - cut
    return f"{shown}\n{' ' * offset}^"


def suggestion(wrong: str, known: Iterable[str], what: str) -> str:
    """Return a hint: the known word nearest to `wrong`, and the list of what there is (`what: ...`)."""
    words = sorted(known)
    near = nearest_of(wrong, tuple(words))
    listed = ", ".join(f"`{word}`" for word in words[:_LISTED]) or "nothing"
    more = f" and {len(words) - _LISTED} more" if len(words) > _LISTED else ""
    return (f"Did you mean `{near}`? " if near else "") + f"{what}: {listed}{more}."


def _sentence(message: str, column: int, hint: str) -> str:
    return f"column {column}: {message}" + (f" {hint}" if hint else "")

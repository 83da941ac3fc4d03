"""Asking expressions: their values, or an issue that names what asked and about which line."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final, TypeAlias

from catalog.base import Issue
from catalog.expressions import EvaluationError, Tables, parse
from catalog.values import Value
from catalog.words import kind_of
from decomposition.lines import Line


class Failed(Enum):
    """The answer of an expression that has none; why is in the issues."""

    FAILED = "failed"


FAILED: Final = Failed.FAILED

Answer: TypeAlias = "Value | Failed"
"""A value, or that there is none."""


class Asking:
    """Evaluates expressions with the catalog's tables and collects what goes wrong in `issues`."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.issues: list[Issue] = []

    def value(self, source: str, names: Mapping[str, Value], asker: str, line: Line | None) -> Answer:
        """Return the value of `source`; `asker` begins the sentence of an issue: "Rule `R1`, `when`"."""
        try:
            return parse(source).evaluate(names, self.tables)
        except EvaluationError as error:
            self.note("evaluation_failed", f"{asker}: {error.message} In `{source}`, column {error.column}.", line)
            return FAILED

    def holds(self, source: str | None, names: Mapping[str, Value], asker: str, line: Line | None) -> bool | Failed:
        """Return whether a condition holds; no condition does."""
        if source is None:
            return True
        answer = self.value(source, names, asker, line)
        if answer is FAILED or isinstance(answer, bool):
            return answer
        self.note("no_condition", f"{asker}: `{source}` must give true or false, it gives {kind_of(answer)}.", line)
        return FAILED

    def note(self, check: str, message: str, line: Line | None, hint: str = "") -> None:
        """Add an issue at a line of the order: of a technical line, the first one behind it."""
        about = f"Line `{line.id}`. " if line else ""
        path = ("lines", line.origin[0].split(".")[0]) if line and line.origin else ()
        self.issues.append(Issue(check=check, message=f"{about}{message}", hint=hint, path=path))

"""The two base models, names and ids, and the issue: what every room builds on."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

NAME_PATTERN = r"^[a-z][a-z0-9_]{0,31}$"
CODE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$"
NUMBER_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""Name of a group, step, system, operation, output or attribute (`domain.md` D1); also an identifier in expressions."""

Code = Annotated[str, StringConstraints(pattern=CODE_PATTERN)]
"""Code of a product, classification, rule, line or account (`domain.md` D1)."""

OrderNumber = Annotated[str, StringConstraints(pattern=NUMBER_PATTERN)]
"""Number of an order, chosen by the submitter (`domain.md` O1)."""

Path = tuple[str | int, ...]
"""Where something stands in a document: keys and positions from the root, `("products", "LAPTOP-13", "name")`."""


class Frozen(BaseModel):
    """What people write or the planner decides: immutable all the way down, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Recorded(BaseModel):
    """What stands in a workflow's history or in the order book: immutable, and tolerant of fields it does not know.

    Fields added later need a default, or what was recorded before stops decoding.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


class Severity(StrEnum):
    """Whether an issue refuses its subject or only tells."""

    ERROR = "error"
    WARNING = "warning"


class Place(Frozen):
    """A position in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Issue(Frozen):
    """One problem of a catalog, an order or an expression: which check found it, where, what is wrong, what next."""

    check: str
    message: str
    hint: str = ""
    path: Path = ()
    place: Place | None = None
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = str(self.place) if self.place else ".".join(str(part) for part in self.path)
        head = f"{where}: " if where else ""
        tail = f" {self.hint}" if self.hint else ""
        return f"{head}{self.severity.value}[{self.check}]: {self.message}{tail}"


class Refused(Frozen):
    """A business refusal, as a value: the input cannot be accepted, for all these reasons together."""

    issues: tuple[Issue, ...]

    @classmethod
    def because(cls, check: str, message: str, hint: str = "") -> Self:
        """Return the refusal for a single reason that stands at no place of a document."""
        return cls(issues=(Issue(check=check, message=message, hint=hint),))


def digest(text: str) -> str:
    """Return the SHA-256 of `text` in hexadecimal: the identity of a catalog, an order or a plan by its content."""
    return hashlib.sha256(text.encode()).hexdigest()

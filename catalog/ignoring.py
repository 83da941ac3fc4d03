"""Warnings that are meant so: which check, at which place, and why (`domain.md` C10)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from catalog.base import Code, Frozen, Name
from catalog.fields import from_mapping, sorted_by


class IgnoredCheck(Frozen):
    """Silences the warnings of one check at one place, and below it, for a reason; errors cannot be silenced."""

    code: Code
    """What issues call it."""
    check: Name
    """The check whose warnings are meant so."""
    at: str = Field(min_length=1, max_length=400)
    """The place as its warning tells it without files: `systems.bank`, `decomposition_rules.laptop-bag`."""
    reason: str = Field(min_length=1, max_length=1_000)
    """Why it is meant so."""


IgnoredChecks = Annotated[tuple[IgnoredCheck, ...], from_mapping("code"), sorted_by("code")]
"""Written as a mapping of code to definition."""

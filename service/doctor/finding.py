"""What the doctor says about one thing."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.base import Frozen


class Finding(Frozen):
    """One thing that was looked at; `next_step` says what to do where it is not well, or what to keep an eye on."""

    name: str
    ok: bool
    what: str
    next_step: str = ""


def well(name: str, what: str, next_step: str = "") -> Finding:
    """Return that a thing is well."""
    return Finding(name=name, ok=True, what=what, next_step=next_step)


def unwell(name: str, what: str, next_step: str) -> Finding:
    """Return that a thing is not well, and what to do."""
    return Finding(name=name, ok=False, what=what, next_step=next_step)


def listed(names: Iterable[str]) -> str:
    """Return names as text lists them, each in backticks."""
    return ", ".join(f"`{each}`" for each in names)

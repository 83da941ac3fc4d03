"""Functions: what a worker computes by itself, declared with typed inputs and outputs (`domain.md` P4)."""

from __future__ import annotations

from catalog.base import Frozen, Name
from catalog.products import Attributes


class Function(Frozen):
    """A function that workers have by this name: values in, values out; it changes nothing outside."""

    name: Name
    """What steps and workers call it."""
    title: str = ""
    """What people read; the name if left out."""
    inputs: Attributes = ()
    """What it is given, by name."""
    outputs: Attributes = ()
    """What it gives, by name; one that is required and missing, or not of its type, is a wrong answer."""

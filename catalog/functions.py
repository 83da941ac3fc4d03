"""Functions: what a worker computes by itself, declared with typed inputs and outputs (`domain.md` P4)."""

from __future__ import annotations

from catalog.base import Frozen, Name
from catalog.products import Attributes


class Function(Frozen):
    """A function that workers have by this name: values in, values out; it changes nothing outside."""

    name: Name
    title: str = ""
    inputs: Attributes = ()
    outputs: Attributes = ()

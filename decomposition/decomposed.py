"""What decomposition gives: all lines of an order, why they are there, and which assets they meet."""

from __future__ import annotations

from catalog.base import Frozen
from decomposition.assets import Asset
from decomposition.lines import Line, Trial


class Decomposition(Frozen):
    """All lines of an order, commercial ones first, each kind sorted by id, and every rule tried (`domain.md` D4).

    `assets` are those that lines meet, as they were, with the bundles that they are parts of; sorted by id.
    """

    lines: tuple[Line, ...]
    trace: tuple[Trial, ...]
    assets: tuple[Asset, ...] = ()

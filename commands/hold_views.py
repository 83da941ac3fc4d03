"""Holds as people read them."""

from __future__ import annotations

from rich.text import Text

from commands.wording import BUSY, moment
from fulfillment.holds import lines_of
from fulfillment.progress import HoldProgress


def hold_view(number: str, hold: HoldProgress) -> Text:
    """Return a hold that stands, and the command that releases it."""
    text = Text(f"Hold {hold.number} of {lines_of(hold)}, by {hold.actor} {moment(hold.placed_at)}", style=BUSY)
    text.append(f"\n  {hold.reason}", style="default")
    return text.append(f"\n  dro orders release {number} --hold {hold.number}", style="cyan")

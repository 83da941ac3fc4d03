"""What an order takes along when its workflow continues as new: the run as data, packed."""

from __future__ import annotations

import base64
import zlib

from fulfillment.state import RunState


def pack(state: RunState) -> str:
    """Return the state as text; JSON of thousands of steps is ten times as long, and a payload may have 2 MiB."""
    return base64.b64encode(zlib.compress(state.model_dump_json().encode())).decode()


def unpack(text: str) -> RunState:
    """Return the state that was packed."""
    return RunState.model_validate_json(zlib.decompress(base64.b64decode(text)))

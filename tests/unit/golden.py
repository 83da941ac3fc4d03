"""Golden files: texts kept whole under `tests/golden`, written anew only where `WRITE_GOLDEN` is set."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "golden"


def assert_golden(name: str, text: str) -> None:
    """Compare a text with the golden file of this name."""
    file = FOLDER / name
    if os.environ.get("WRITE_GOLDEN"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert text == file.read_text()

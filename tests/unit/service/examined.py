"""The doctor's findings by name, each held against what must hold of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from service.doctor.examination import examine
from service.doctor.finding import Finding
from service.settings import Settings

OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"


async def examined(settings: Settings, environ: Mapping[str, str]) -> dict[str, Finding]:
    """Return the findings by name: names are different and documented, and what is not well has a next step."""
    found = await examine(settings, environ)
    page = OPERATIONS.read_text()
    assert [each.name for each in found if f"| {each.name} |" not in page] == []
    assert [each.name for each in found if not each.ok and not each.next_step] == []
    by_name = {each.name: each for each in found}
    assert len(by_name) == len(found)
    return by_name

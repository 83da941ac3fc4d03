"""The page `docs/backoffice.md` shows what the back office really takes and answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

from examples.smartbytes.backoffice.faults import DEFAULT_SECONDS, Fault, Kind
from examples.smartbytes.backoffice.office import Settings
from examples.smartbytes.backoffice.systems import OPERATIONS
from tests.unit.examples.office import in_process

PAGE = (Path(__file__).parents[3] / "docs" / "backoffice.md").read_text()
EXAMPLE = re.compile(r"^### (\S+)\n\n```json\n(.+?)```\n\n```json\n(.+?)```", re.MULTILINE | re.DOTALL)


def test_every_operation_has_its_example() -> None:
    assert sorted(name for name, _, _ in EXAMPLE.findall(PAGE)) == sorted(f"{e.system}/{e.name}" for e in OPERATIONS)


async def test_every_example_is_taken_and_answered_with_the_fields_shown() -> None:
    async with in_process(Settings(":memory:", delivery_delay=60)) as office:
        given: dict[str, str] = {}
        for operation, request, answer in EXAMPLE.findall(PAGE):
            # The ids of the page are replaced by those that this run gave out.
            text = re.sub(r"[A-Z]{3}-0\d{5}", lambda found: given.get(found.group(), found.group()), request)
            headers = {"Idempotency-Key": f"ORD-1/{operation.replace('/', '.')}/1"}
            got = await office.http.post(f"/{operation}", content=text, headers=headers)
            assert got.is_success, (operation, got.text)
            shown = json.loads(answer)
            assert list(got.json()) == list(shown), operation
            given.update({value: got.json()[name] for name, value in shown.items() if name.endswith("_id")})
            assert _forms(got.json()) == _forms(shown), operation


def _forms(answer: dict[str, str]) -> dict[str, str]:
    """Return the answer with `0` for every digit of an id or key, but without moments, whose length varies."""
    return {name: re.sub(r"[0-9A-F]", "0", value) for name, value in answer.items() if not name.endswith("_at")}


def test_every_kind_and_field_of_a_fault_is_on_the_page() -> None:
    missing = [name for name in (*Kind, *Fault.model_fields) if f"`{name}`" not in PAGE]
    assert missing == []
    assert DEFAULT_SECONDS == {Kind.LATENCY: 1.0, Kind.TIMEOUT: 60.0}


async def test_every_field_that_can_be_read_is_on_the_page() -> None:
    async with in_process(Settings(":memory:", delivery_delay=60)) as office:
        for key in ("a", "b"):
            await office.ask("shipping/ship", key)
        for path in ("ledger", "ledger/doubled", "ledger/net", "calls", "deliveries"):
            [row] = re.findall(rf"^\| `GET /{path}` .*$", PAGE, re.MULTILINE)
            first = (await office.rows(path))[0]
            assert [name for name in first if f"`{name}`" not in row] == [], path

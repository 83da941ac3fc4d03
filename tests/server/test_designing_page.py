"""`docs/designing.md` is followed to the letter in an empty folder: every command prints what the page says."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import build_worker
from commands.app import build
from commands.errors import ExitCode
from commands.shared import Roots
from service.embedded import embedded_server
from service.settings import load

pytestmark = pytest.mark.server

PAGE = (Path(__file__).parents[2] / "docs" / "designing.md").read_text()
BLOCKS = re.compile(r"^```(yaml|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)
CHANGING = (
    (re.compile(r"\b[0-9a-f]{12}\b"), "DIGEST"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), "TIME"),
    (re.compile(r"migration \d{4}"), "migration N"),
)
"""What another time, or another version of the program, prints otherwise."""


@pytest.fixture
async def designer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """An empty folder in which a designer works, with a server of its own; no worker runs its orders."""
    home = tmp_path / "stack"
    settings = load({"home": str(home), "temporal_port": "0", "temporal_ui_port": "0"}, {"HOME": str(tmp_path)})
    folder = tmp_path / "designer"
    folder.mkdir()
    monkeypatch.chdir(folder)
    async with embedded_server(settings) as server:
        monkeypatch.setenv("TEMPORAL_ADDRESS", server.address)
        monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "none.toml"))
        yield folder


async def test_the_guide_is_true_from_its_first_command_to_its_last(
    designer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = 0
    for block in BLOCKS.finditer(PAGE):
        kind, text = block.groups()
        if kind == "yaml":
            # The sentence before says which file it is.
            (designer / re.findall(r"`(my-shop/[^`]+)`", PAGE[: block.start()])[-1]).write_text(text)
            continue
        for command, shown in exchanges(text):
            if command[0] == "export":
                for name, _, value in (each.partition("=") for each in command[1:]):
                    monkeypatch.setenv(name, value.replace("$PWD", str(designer)))
                continue
            printed = await asyncio.to_thread(run, command[1:])
            assert constant(printed) == constant(shown), " ".join(command)
            commands += 1
    assert commands == PAGE.count("$ dro ")


def exchanges(text: str) -> Iterator[tuple[list[str], str]]:
    """Yield the commands of a block as their words, each with what it prints."""
    for each in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = each.partition("\n")
        yield shlex.split(command), shown


def run(words: list[str]) -> str:
    """Run `dro` as in a terminal that shows both streams; only what the page shows as failing may fail."""
    ended = CliRunner().invoke(build(), words, obj=Roots(build_worker=build_worker))
    assert ended.exit_code in (ExitCode.DONE, ExitCode.REFUSED, ExitCode.CHANGED), ended.output
    return ended.output


def constant(text: str) -> list[str]:
    """Return the lines of an output without what changes: digests, times, and spaces that fill up columns."""
    for pattern, name in CHANGING:
        text = pattern.sub(name, text)
    return [re.sub(r" {2,}", "  ", line.rstrip()) if line[:1] != " " else line.rstrip() for line in text.splitlines()]

"""Help is part of the product: every command says what it does and shows an example, here and in the documentation."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from commands.app import build
from tests.unit.commands.conftest import Dro

ROOT = Path(__file__).parents[3]


def commands() -> Iterator[tuple[str, ...]]:
    """Yield every command as its words."""
    top = typer.main.get_command(build())
    for name, command in getattr(top, "commands", {}).items():
        below = getattr(command, "commands", None)
        yield from ((name, verb) for verb in below) if below else ((name,),)


COMMANDS = tuple(commands())


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_a_sentence_and_an_example_of_itself(dro: Dro, words: tuple[str, ...]) -> None:
    shown = dro(*words, "--help")
    assert shown.exit_code == 0
    said, example = shown.stdout.split("Example:")
    assert "." in said.partition("Usage:")[2]
    assert example.split()[: len(words) + 1] == ["dro", *words]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_stands_in_the_documentation_with_its_example(dro: Dro, words: tuple[str, ...]) -> None:
    example = " ".join(dro(*words, "--help").stdout.split("Example:")[1].split("\n\n")[0].split())
    assert example in (ROOT / "docs" / "cli.md").read_text()


def test_without_arguments_the_nouns_are_shown(dro: Dro) -> None:
    shown = dro()
    assert all(noun in shown.output for noun in ("orders", "steps", "fallouts", "tasks", "catalog"))


def test_a_misspelt_command_is_a_usage_error(dro: Dro) -> None:
    assert dro("orders", "sumbit").exit_code == 2


def test_help_needs_none_of_the_heavy_libraries() -> None:
    program = (
        "import sys\nfrom commands.app import build\nimport typer.main\ntyper.main.get_command(build())\n"
        "print([name for name in ('pydantic', 'temporalio', 'sqlalchemy', 'httpx', 'yaml') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"

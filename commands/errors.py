"""How a command ends: one exit code per cause, what went wrong on stderr, and what to do next."""

from __future__ import annotations

import functools
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catalog.base import Issue

P = ParamSpec("P")
T = TypeVar("T")


class ExitCode(IntEnum):
    """What scripts may rely on."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    UNREACHABLE = 3
    CHANGED = 4
    UNEXPECTED = 70


class Refusal(Exception):
    """The answer is no, for these reasons; it ends the command with exit code 1."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("\n".join(str(each) for each in self.issues))


def say(text: str) -> None:
    """Write a message for people: on stderr, so that stdout holds data alone."""
    typer.echo(text, err=True)


def answering(command: Callable[P, T]) -> Callable[P, T]:
    """Let a command end with the exit code of what stopped it."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except BrokenPipeError:
            # Whoever read our output has seen enough; nothing may be flushed to them at exit either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(ExitCode.DONE) from None
        except Exception as error:  # noqa: BLE001 - the one place where every breakdown becomes an exit code
            raise typer.Exit(_explained(error)) from None

    return run


def _explained(error: Exception) -> ExitCode:
    code = code_of(error)
    if code is ExitCode.UNEXPECTED:
        say(f"{type(error).__name__}: {error}")
        say(f"This is a bug. The report with all details is in {report(error)}")
    else:
        say(str(error))
    return code


def code_of(error: Exception) -> ExitCode:
    """Return the exit code of an error."""
    if isinstance(error, Refusal):
        return ExitCode.REFUSED
    # Whatever raised the error has imported its class already: this costs nothing here, and much in `dro --help`.
    from orderbook.errors import BookNotMigrated, BookUnreachable
    from service.desk import NoWorker
    from service.reconcile import NobodyAnswers
    from service.running import CannotStart
    from service.settings import SettingsError
    from service.temporal import Unreachable

    if isinstance(error, SettingsError):
        return ExitCode.USAGE
    if isinstance(error, BookNotMigrated | BookUnreachable | CannotStart | NobodyAnswers | NoWorker | Unreachable):
        return ExitCode.UNREACHABLE
    return ExitCode.UNEXPECTED


def report(error: Exception) -> str:
    """Write the report of an unexpected error to a file and return its path."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="dro-report-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as file:
        # Arguments may hold what people typed, the environment may hold secrets: only the former is written.
        file.write(f"dro {' '.join(sys.argv[1:])}\nPython {sys.version}\n\n")
        file.writelines(traceback.format_exception(error))
    return file.name

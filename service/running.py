"""What a home knows of the embedded server that runs for it: one at a time, and none left over from a killed run."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import ValidationError

from catalog.base import Recorded

STOP_SECONDS = 10.0
_TICK = 0.05


class CannotStart(Exception):
    """The embedded server cannot be started or did not come up; the message says why, and what next."""


class InUse(CannotStart):
    """Another process of ours runs a server for this home."""

    def __init__(self, home: Path, holder: str) -> None:
        who = f"process {holder}" if holder else "another process"
        super().__init__(
            f"A Temporal server already runs for `{home}`, started by {who}. "
            "Use that one, stop it first, or choose another home with `DRO_HOME`."
        )
        self.home = home
        self.holder = holder


class Running(Recorded):
    """An embedded server as `<home>/run/temporal.json` names it for the other processes of this home."""

    address: str
    ui: str
    pid: int
    version: str
    database: Path

    def is_alive(self) -> bool:
        """Tell whether the process still runs and is that server, not another program that got its number."""
        line = _command_line(self.pid)
        return "start-dev" in line and str(self.database) in line

    async def end(self) -> bool:
        """End the server, by force after ten seconds, and tell whether it is gone."""
        for number, patience in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
            if self.is_alive():
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(self.pid, number)
            if await self._gone(patience):
                return True
        return False

    async def _gone(self, patience: float) -> bool:
        for _ in range(int(patience / _TICK)):
            if not self.is_alive():
                return True
            await asyncio.sleep(_TICK)
        return not self.is_alive()


def record_file(home: Path) -> Path:
    """Return where the running server of the home is written down."""
    return home / "run" / "temporal.json"


def write(home: Path, running: Running) -> None:
    """Write down the running server, whole or not at all."""
    file = record_file(home)
    draft = file.with_suffix(".new")
    draft.write_text(running.model_dump_json(indent=2) + "\n")
    draft.replace(file)


def read(home: Path) -> Running | None:
    """Return the server that is written down, alive or not; what cannot be read counts as none."""
    try:
        return Running.model_validate_json(record_file(home).read_text())
    except (OSError, ValidationError):
        return None


def alive(home: Path) -> Running | None:
    """Return the server that runs for the home now."""
    running = read(home)
    return running if running and running.is_alive() else None


def forget(home: Path) -> None:
    """Remove what is written down."""
    record_file(home).unlink(missing_ok=True)


async def end_leftover(home: Path) -> None:
    """End the server that a killed run has left, and remove what it wrote down; the caller holds the lock.

    Raises:
        CannotStart: it cannot be ended.
    """
    if (running := alive(home)) and not await running.end():
        raise CannotStart(f"The Temporal server of a former run, process {running.pid}, cannot be ended. End it first.")
    forget(home)


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the home for one server; the lock goes with the process that holds it, even if that is killed.

    Raises:
        InUse: another process holds it.
    """
    file = home / "run" / "lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(home, file.read_text().strip()) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _command_line(pid: int) -> str:
    """Return the command line of a process, empty if there is none or only its exit status is left."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    shown = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout

"""The program of the embedded Temporal server: where it is, which version it is, how it is called, on which ports."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from service.running import CannotStart
from service.settings import Settings

HOST = "127.0.0.1"
SEARCH_ATTRIBUTES: Mapping[str, str] = {
    "OrderState": "Keyword",
    "OrderPriority": "Keyword",
    "Account": "Keyword",
    "CatalogVersion": "Keyword",
    "OpenFallouts": "Int",
}
# Measured: without them every timer below a second takes one, and the last commits may be lost at a power failure.
_TUNING = (
    *("--sqlite-pragma", "journal_mode=wal"),
    *("--sqlite-pragma", "synchronous=2"),
    *("--dynamic-config-value", "history.transferProcessorMaxPollRPS=2000"),
    *("--dynamic-config-value", 'history.timerProcessorMaxTimeShift="50ms"'),
    *("--log-level", "warn"),
)
_VERSION_SECONDS = 20.0


class Ports(NamedTuple):
    """The four ports of one server; nobody is told the last two."""

    grpc: int
    ui: int
    http: int
    metrics: int


def find_program(settings: Settings) -> Path:
    """Return the server program: the one that is set, else the one installed with us, else `temporal` on the PATH.

    Raises:
        CannotStart: there is none.
    """
    if settings.temporal_server:
        return settings.temporal_server
    # Not resolved: in a virtual environment the interpreter is a link, and its neighbours are the ones that count.
    installed = Path(sys.executable).parent / "temporal"
    if os.access(installed, os.X_OK):
        return installed
    if on_path := shutil.which("temporal"):
        return Path(on_path).absolute()
    raise CannotStart(
        f"There is no Temporal server program: neither `{installed}` nor `temporal` on the PATH. Run `make install`, "
        "name one with `DRO_TEMPORAL_SERVER`, or use a server that runs elsewhere with `TEMPORAL_ADDRESS`."
    )


async def program_version(program: Path, home: Path) -> str:
    """Return what the program says about its version, such as `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)`.

    Raises:
        CannotStart: it is no Temporal server program.
    """
    said = await _ask_version(program, home)
    if "(Server " not in said:
        answer = f"answers {said[:200]!r}" if said else "does not answer"
        raise CannotStart(
            f"`{program} --version` {answer}, so it is no Temporal server program. Correct `DRO_TEMPORAL_SERVER`, "
            "or unset it to use the installed one."
        )
    return said


async def _ask_version(program: Path, home: Path) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            program, "--version", stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, env=surroundings(home)
        )
    except OSError as error:
        return error.strerror or ""
    try:
        async with asyncio.timeout(_VERSION_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return ""
    return output.decode(errors="replace").strip()


def surroundings(home: Path) -> dict[str, str]:
    """Return the environment of the program: a home of its own, and no Temporal setting of the person."""
    return {"HOME": str(home / "temporal"), "PATH": os.environ.get("PATH", os.defpath)}


def arguments(database: Path, ports: Ports) -> tuple[str, ...]:
    """Return the arguments that run the server on its file, on the loopback address only."""
    return (
        *("server", "start-dev", "--ip", HOST, "--ui-ip", HOST),
        *("--port", str(ports.grpc), "--ui-port", str(ports.ui)),
        *("--http-port", str(ports.http), "--metrics-port", str(ports.metrics)),
        *("--db-filename", str(database)),
        *_TUNING,
        *(part for name, kind in SEARCH_ATTRIBUTES.items() for part in ("--search-attribute", f"{name}={kind}")),
    )


def choose_ports(grpc: int, ui: int) -> Ports:
    """Return the ports as wanted, with a free one for each 0.

    Raises:
        CannotStart: a wanted port is busy; all busy ones are named.
    """
    wanted = ((grpc, "DRO_TEMPORAL_PORT"), (ui, "DRO_TEMPORAL_UI_PORT"))
    busy = [_busy(port, variable) for port, variable in wanted if port and not _is_free(port)]
    if busy:
        raise CannotStart("\n".join(busy))
    free = free_ports(4)
    return Ports(grpc or free[0], ui or free[1], free[2], free[3])


def _busy(port: int, variable: str) -> str:
    return (
        f"Port {port} on {HOST} is busy, often by another `temporal server start-dev` or by a server of another home; "
        f"`lsof -i :{port}` names the process. Stop it, or choose another port with `{variable}`, 0 for any free one."
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are only fading away is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> tuple[int, ...]:
    """Return that many different ports of the loopback address that were free a moment ago."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((HOST, 0))
        return tuple(int(probe.getsockname()[1]) for probe in probes)
    finally:
        for probe in probes:
            probe.close()

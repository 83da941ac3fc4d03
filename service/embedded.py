"""The embedded Temporal server: the real dev server on a durable file in the home, tuned, one per home.

It is for one machine; production addresses a Temporal cluster. Its file is kept from one start to the next and is
never handed to a server of another version.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import httpx
from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import GrpcCompression, RPCError

from catalog.base import Issue
from service import running, tether
from service.running import CannotStart, Running
from service.server_program import HOST, Ports, arguments, choose_ports, find_program, program_version, surroundings
from service.settings import Settings

NAMESPACE = "default"
RETENTION = timedelta(days=30)
START_SECONDS = 30.0
_TICK = 0.05


class EmbeddedServer:
    """A dev server that belongs to this process; `embedded_server` starts and stops it."""

    def __init__(self, home: Path, process: Process, record: Running) -> None:
        self.home = home
        self.address = record.address
        self.ui = record.ui
        self.pid = record.pid
        self.version = record.version
        self.log = log_file(home)
        self._process = process

    async def wait_for_ui(self, patience: float = 15.0) -> str:
        """Return the address of the Web UI once its own API answers, about a second after the server does.

        Raises:
            CannotStart: it did not within `patience` seconds.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(patience), httpx.AsyncClient(trust_env=False) as http:
                # Nothing tells when it is there: asking again is the only way.
                while not await _answers(http, f"{self.ui}/api/v1/namespaces"):  # noqa: ASYNC110
                    await asyncio.sleep(_TICK)
                return self.ui
        raise CannotStart(f"The Web UI at {self.ui} did not answer within {patience:g} s. See `{self.log}`.")

    async def wait(self) -> int:
        """Return the exit status once the server has ended, which it does not do by itself."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Ask the server to end, kill it if it is still there after ten seconds, and forget it."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), running.STOP_SECONDS)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        running.forget(self.home)

    async def wait_until_it_answers(self) -> None:
        """Return once the server takes calls and keeps closed orders as long as ours are kept.

        Raises:
            CannotStart: it ended, or did not answer in time.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                while self._process.returncode is None:
                    with suppress(RuntimeError, RPCError):
                        return await _keep_closed_orders(self.address)
                    await asyncio.sleep(_TICK)
        ended = self._process.returncode
        what = f"did not answer within {START_SECONDS:g} s" if ended is None else f"ended at once with status {ended}"
        raise CannotStart(f"The Temporal server {what}. The end of `{self.log}`:\n{_last_lines(self.log)}")


@asynccontextmanager
async def embedded_server(
    settings: Settings, *, home: Path | None = None, port: int | None = None, ui_port: int | None = None
) -> AsyncIterator[EmbeddedServer]:
    """Run the server as long as the context lasts; home and ports are those of the settings unless given.

    Raises:
        InUse: a server of ours already runs for this home.
        CannotStart: no server program, a busy port, a file of another version, or the server did not come up.
    """
    home = (home or settings.home).absolute()
    with running.locked(home):
        await running.end_leftover(home)
        server = await _start(
            home,
            find_program(settings),
            settings.temporal_port if port is None else port,
            settings.temporal_ui_port if ui_port is None else ui_port,
        )
        try:
            await server.wait_until_it_answers()
            yield server
        finally:
            await server.stop()


def database_file(home: Path) -> Path:
    """Return the file that holds everything the server knows."""
    return home / "temporal.db"


def version_file(home: Path) -> Path:
    """Return the file that names the version of the server that created the database."""
    return home / "temporal.version"


def log_file(home: Path) -> Path:
    """Return the log of the server."""
    return home / "log" / "temporal.log"


def trouble_with_file(home: Path, program: Path, version: str) -> Issue | None:
    """Return why a program of that version must not open the home's database, None where it may."""
    file, database = version_file(home), database_file(home)
    if not database.exists():
        return None
    created_by = file.read_text().strip() if file.exists() else "a version that is not recorded"
    if created_by == version:
        return None
    message = (
        f"`{database}` was created by {created_by}, but `{program}` is {version}, and a server must not open the "
        "file of another version."
    )
    hint = (
        "Name the old program with `DRO_TEMPORAL_SERVER` until no order is open, then start with a fresh home "
        "(`DRO_HOME`): orders that are still open would be lost with the old file."
    )
    return Issue(check="server_file", message=message, hint=hint)


async def _start(home: Path, program: Path, port: int, ui_port: int) -> EmbeddedServer:
    for folder in (home / "temporal", log_file(home).parent):
        folder.mkdir(parents=True, exist_ok=True)
    version = await program_version(program, home)
    _claim_version(home, program, version)
    ports = choose_ports(port, ui_port)
    process = await _spawn(home, program, ports)
    record = Running(
        address=f"{HOST}:{ports.grpc}",
        ui=f"http://{HOST}:{ports.ui}",
        pid=process.pid,
        version=version,
        database=database_file(home),
    )
    running.write(home, record)
    return EmbeddedServer(home, process, record)


async def _spawn(home: Path, program: Path, ports: Ports) -> Process:
    # A session of its own: Ctrl-C in the terminal reaches us only, so that the worker can stop before its server does.
    with log_file(home).open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), str(program)),
            *arguments(database_file(home), ports),
            stdin=DEVNULL,
            stdout=log,
            stderr=STDOUT,
            env=surroundings(home),
            start_new_session=True,
        )


def _claim_version(home: Path, program: Path, version: str) -> None:
    """Write down the version beside a database that is about to be created; refuse one that another version created."""
    file, database = version_file(home), database_file(home)
    if not database.exists():
        file.write_text(version + "\n")
        return
    if trouble := trouble_with_file(home, program, version):
        raise CannotStart(f"{trouble.message} {trouble.hint}")


async def _keep_closed_orders(address: str) -> None:
    """Make the namespace keep closed executions for our retention: the server's own is a day, and no flag sets it."""
    client = await Client.connect(address, grpc_compression=GrpcCompression.NONE)
    calls = client.workflow_service
    found = await calls.describe_namespace(DescribeNamespaceRequest(namespace=NAMESPACE))
    if found.config.workflow_execution_retention_ttl.ToTimedelta() != RETENTION:
        wanted = Duration()
        wanted.FromTimedelta(RETENTION)
        config = NamespaceConfig(workflow_execution_retention_ttl=wanted)
        await calls.update_namespace(UpdateNamespaceRequest(namespace=NAMESPACE, config=config))


async def _answers(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _last_lines(log: Path, count: int = 5) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])

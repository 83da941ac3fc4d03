"""The embedded Temporal server: the real dev server on a durable file in the home, tuned, one per home.

The flags and what they buy are measured facts: without them every timer below a second takes one, and the last
commits may be lost at a power failure. The server is for one machine; production addresses a Temporal cluster.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
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

from service import running
from service.running import Running
from service.settings import Settings

HOST = "127.0.0.1"
NAMESPACE = "default"
RETENTION = timedelta(days=30)
START_SECONDS = 30.0
SEARCH_ATTRIBUTES = {
    "OrderState": "Keyword",
    "OrderPriority": "Keyword",
    "Account": "Keyword",
    "CatalogVersion": "Keyword",
    "OpenFallouts": "Int",
}
_TUNING = (
    *("--sqlite-pragma", "journal_mode=wal"),
    *("--sqlite-pragma", "synchronous=2"),
    *("--dynamic-config-value", "history.transferProcessorMaxPollRPS=2000"),
    *("--dynamic-config-value", 'history.timerProcessorMaxTimeShift="50ms"'),
    *("--log-level", "warn"),
)
_TICK = 0.05


class CannotStart(Exception):
    """The embedded server cannot be started or did not come up; the message says why and what next."""


class EmbeddedServer:
    """A running dev server that belongs to this process; `embedded_server` starts and stops it."""

    def __init__(self, home: Path, process: Process, record: Running) -> None:
        self.home = home
        self.log = log_file(home)
        self.address = record.address
        self.ui = record.ui
        self.pid = record.pid
        self.version = record.version
        self._process = process

    async def wait_for_ui(self, patience: float = 15.0) -> str:
        """Return the address of the Web UI once its own API answers, about a second after the server does.

        Raises:
            CannotStart: it did not within `patience` seconds.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(patience), httpx.AsyncClient(trust_env=False) as http:
                while not await _answers(http, f"{self.ui}/api/v1/namespaces"):
                    await asyncio.sleep(_TICK)
                return self.ui
        raise CannotStart(f"The Web UI at {self.ui} did not answer within {patience:g} s. See `{self.log}`.")

    async def wait(self) -> int:
        """Return the exit status once the server has ended, which it should not by itself."""
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


@asynccontextmanager
async def embedded_server(
    settings: Settings, *, home: Path | None = None, port: int | None = None, ui_port: int | None = None
) -> AsyncIterator[EmbeddedServer]:
    """Run the server while the context lasts; home and ports are those of the settings unless given. Port 0 is a free one.

    Raises:
        InUse: a server of ours already runs for this home.
        CannotStart: no server program, a busy port, a file of another version, or it ended at once.
    """
    home = (home or settings.home).absolute()
    with running.locked(home):
        await running.end_leftover(home)
        program = find_program(settings)
        version = await program_version(program)
        ports = _choose_ports(
            settings.temporal_port if port is None else port, settings.temporal_ui_port if ui_port is None else ui_port
        )
        _keep_version(home, version)
        server = await _start(home, program, version, ports)
        try:
            await _until_it_answers(server)
            yield server
        finally:
            await server.stop()

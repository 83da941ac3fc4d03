"""The embedded server: the real program, started, stopped, killed, and refused where it must not start."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, WorkflowExecutionStatus

from service import running
from service.embedded import EmbeddedServer, database_file, embedded_server, log_file, version_file
from service.running import CannotStart, InUse, Running
from service.server_program import HOST, arguments, choose_ports, find_program, surroundings
from service.settings import Settings, load
from service.temporal import connect, destination

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[2]
PARENT = """
import asyncio
from service.embedded import embedded_server
from service.settings import load

async def main():
    async with embedded_server(load({"temporal_port": "0", "temporal_ui_port": "0"})) as server:
        print(server.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    flags = {"home": str(tmp_path / "home"), "temporal_port": "0", "temporal_ui_port": "0"}
    return load(flags, {"HOME": str(tmp_path)})


@pytest.fixture
def quiet(tmp_path: Path) -> dict[str, str]:
    """Surroundings without any Temporal setting, on every machine."""
    return {"TEMPORAL_CONFIG_FILE": str(tmp_path / "none.toml")}


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[EmbeddedServer]:
    async with embedded_server(settings) as started:
        yield started


def is_running(pid: int) -> bool:
    """Tell whether the process runs; one of which only the exit status is left does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return state.strip()[:1] not in ("", "Z")


async def gone(pid: int, patience: float = 10) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while is_running(pid):  # noqa: ASYNC110 - a process of another parent tells nobody
                await asyncio.sleep(0.05)
    return not is_running(pid)


async def search_attributes(client: Client) -> dict[str, str]:
    found = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="default"))
    kinds = {name: IndexedValueType.Name(kind) for name, kind in found.custom_attributes.items()}
    return {name: kind.removeprefix("INDEXED_VALUE_TYPE_") for name, kind in kinds.items()}


async def test_a_started_server_is_found_through_its_home_and_set_up_for_orders(
    server: EmbeddedServer, settings: Settings, quiet: dict[str, str]
) -> None:
    client = await connect(settings, quiet)
    assert client.service_client.config.target_host == server.address
    assert destination(settings, quiet).named_by == "the embedded server of this home"
    found = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    assert found.config.workflow_execution_retention_ttl.ToTimedelta().days == 30
    attributes = await search_attributes(client)
    for name in ("OrderState", "OrderPriority", "Account", "CatalogVersion"):
        assert attributes[name] == "KEYWORD"
    assert attributes["OpenFallouts"] == "INT"


async def test_the_web_ui_can_be_waited_for(server: EmbeddedServer) -> None:
    assert await server.wait_for_ui() == server.ui
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{server.ui}/api/v1/namespaces")
    assert "default" in answer.text


async def test_the_record_tells_address_process_and_version(server: EmbeddedServer, settings: Settings) -> None:
    record = running.read(settings.home)
    assert record is not None
    assert (record.address, record.ui, record.pid) == (server.address, server.ui, server.pid)
    assert record.version.startswith("temporal version ")
    assert version_file(settings.home).read_text().strip() == record.version
    assert log_file(settings.home).exists()


async def test_a_second_start_on_the_same_home_is_refused_with_the_process_that_holds_it(
    server: EmbeddedServer, settings: Settings
) -> None:
    with pytest.raises(InUse, match=f"started by process {os.getpid()}"):
        async with embedded_server(settings):
            pass
    assert is_running(server.pid)


async def test_stop_leaves_no_process_and_no_record(settings: Settings) -> None:
    async with embedded_server(settings) as server:
        pid = server.pid
        assert running.alive(settings.home) is not None
    assert not is_running(pid)
    assert running.read(settings.home) is None


async def test_an_error_in_the_context_stops_the_server_too(settings: Settings) -> None:
    with suppress(ZeroDivisionError):
        async with embedded_server(settings) as server:
            raise ZeroDivisionError
    assert not is_running(server.pid)


async def test_a_server_that_does_not_react_is_killed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "STOP_SECONDS", 0.2)
    async with embedded_server(settings) as server:
        os.kill(server.pid, signal.SIGSTOP)
    assert await server.wait() == -signal.SIGKILL
    assert not is_running(server.pid)


async def test_ctrl_c_in_the_terminal_does_not_reach_the_server(server: EmbeddedServer) -> None:
    assert os.getsid(server.pid) == os.getpgid(server.pid) == server.pid
    assert os.getsid(0) != server.pid


async def test_a_workflow_survives_a_kill_of_the_server(settings: Settings, quiet: dict[str, str]) -> None:
    async with embedded_server(settings) as server:
        client = await connect(settings, quiet)
        await client.start_workflow("Nobody", id="order/1", task_queue="nobody-polls")
        os.kill(server.pid, signal.SIGKILL)
        assert await server.wait() == -signal.SIGKILL
    async with embedded_server(settings):
        client = await connect(settings, quiet)
        description = await client.get_workflow_handle("order/1").describe()
    assert description.status is WorkflowExecutionStatus.RUNNING


async def start_parent(settings: Settings) -> tuple[asyncio.subprocess.Process, int]:
    """Start a process of its own that runs the server, and return it with the server's process id."""
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={"HOME": str(settings.home), "PATH": os.environ["PATH"], "DRO_HOME": str(settings.home)},
    )
    assert parent.stdout is not None
    async with asyncio.timeout(20):
        return parent, int(await parent.stdout.readline())


async def test_the_server_of_a_killed_parent_makes_way_for_the_next_start(
    settings: Settings, quiet: dict[str, str]
) -> None:
    parent, first = await start_parent(settings)
    parent.kill()
    await parent.wait()
    async with embedded_server(settings) as server:
        assert not is_running(first)
        assert server.pid != first
        await connect(settings, quiet)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
async def test_the_server_of_a_killed_parent_ends_by_itself(settings: Settings) -> None:
    parent, pid = await start_parent(settings)
    parent.kill()
    await parent.wait()
    assert await gone(pid)


async def test_a_leftover_that_no_parent_ends_is_ended_by_the_next_start(settings: Settings) -> None:
    home = settings.home
    async with embedded_server(settings) as server:
        version = server.version
    ports = choose_ports(0, 0)
    leftover = await asyncio.create_subprocess_exec(
        find_program(settings),
        *arguments(database_file(home), ports),
        env=surroundings(home),
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    address = f"{HOST}:{ports.grpc}"
    running.write(
        home, Running(address=address, ui="", pid=leftover.pid, version=version, database=database_file(home))
    )
    assert running.alive(home) is not None
    async with embedded_server(settings) as server:
        assert not is_running(leftover.pid)
        assert server.address != address
    await leftover.wait()


async def test_a_stale_record_never_ends_another_process_that_got_the_number(settings: Settings) -> None:
    bystander = await asyncio.create_subprocess_exec("sleep", "60")
    home = settings.home
    running.record_file(home).parent.mkdir(parents=True)
    running.write(home, Running(address="x:1", ui="", pid=bystander.pid, version="", database=database_file(home)))
    assert running.alive(home) is None
    async with embedded_server(settings) as server:
        assert bystander.returncode is None
        assert is_running(bystander.pid)
        assert server.address != "x:1"
    bystander.kill()
    await bystander.wait()


async def test_busy_ports_are_named_together_with_the_way_out(settings: Settings) -> None:
    with socket.create_server((HOST, 0)) as one, socket.create_server((HOST, 0)) as other:
        port, ui_port = one.getsockname()[1], other.getsockname()[1]
        with pytest.raises(CannotStart) as caught:
            async with embedded_server(settings, port=port, ui_port=ui_port):
                pass
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"Port {port} on 127.0.0.1 is busy, often by another `temporal server start-dev`")
    assert "choose another port with `DRO_TEMPORAL_PORT`, 0 for any free one" in first
    assert second.startswith(f"Port {ui_port} ")
    assert "`DRO_TEMPORAL_UI_PORT`" in second
    assert running.read(settings.home) is None


async def test_a_wanted_port_is_taken_and_can_be_taken_again(settings: Settings, quiet: dict[str, str]) -> None:
    port = choose_ports(0, 0).grpc
    for _ in range(2):
        async with embedded_server(settings, port=port) as server:
            assert server.address == f"{HOST}:{port}"
            await connect(settings, quiet)


async def test_the_file_of_another_version_is_refused_untouched(settings: Settings) -> None:
    home = settings.home
    async with embedded_server(settings):
        pass
    version_file(home).write_text("temporal version 1.0.0 (Server 1.22.0, UI 2.20.0)\n")
    before = database_file(home).read_bytes()
    with pytest.raises(CannotStart) as caught:
        async with embedded_server(settings):
            pass
    assert f"`{database_file(home)}` was created by temporal version 1.0.0 (Server 1.22.0" in str(caught.value)
    assert "`DRO_TEMPORAL_SERVER`" in str(caught.value)
    assert "fresh home (`DRO_HOME`)" in str(caught.value)
    assert database_file(home).read_bytes() == before
    version_file(home).unlink()
    with pytest.raises(CannotStart, match="a version that is not recorded"):
        async with embedded_server(settings):
            pass


async def test_a_program_that_is_no_temporal_server_is_refused(settings: Settings, tmp_path: Path) -> None:
    program = tmp_path / "temporal"
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    with pytest.raises(CannotStart, match="--version` answers 'hello', so it is no Temporal server program"):
        async with embedded_server(settings.model_copy(update={"temporal_server": program})):
            pass


async def test_a_server_that_ends_at_once_is_reported_with_the_end_of_its_log(
    settings: Settings, tmp_path: Path
) -> None:
    program = tmp_path / "temporal"
    program.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "x (Server 1)" && exit\necho no disk left\nexit 3\n')
    program.chmod(0o755)
    with pytest.raises(CannotStart) as caught:
        async with embedded_server(settings.model_copy(update={"temporal_server": program})):
            pass
    assert "ended at once with status 3" in str(caught.value)
    assert str(caught.value).endswith("no disk left")
    assert running.read(settings.home) is None

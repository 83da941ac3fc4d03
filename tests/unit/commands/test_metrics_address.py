"""Who serves metrics: processes that host something, and nobody else."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from commands.errors import ExitCode
from tests.unit.commands.conftest import Dro


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An address that the settings name for metrics and another program has."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv("DRO_METRICS_ADDRESS", address)
        yield address


@pytest.mark.parametrize("command", ["worker", "serve"])
def test_a_process_that_hosts_something_is_refused_a_taken_address(dro: Dro, taken: str, command: str) -> None:
    shown = dro(command)
    assert shown.exit_code == ExitCode.UNREACHABLE
    assert f"Metrics cannot be served at {taken}: Address already in use" in shown.stderr
    assert "`DRO_METRICS_ADDRESS`" in shown.stderr


@pytest.mark.usefixtures("taken")
def test_a_command_does_not_care_whose_the_address_is(dro: Dro) -> None:
    assert "Temporal cannot be reached at 127.0.0.1:9" in dro("steps", "retry", "SHOP-1", "packing.pack@L1").stderr

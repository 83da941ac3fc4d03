"""Where the client goes, and what is said if nobody answers there."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from service import temporal
from service.server_program import HOST, free_ports
from service.settings import Settings, SettingsError
from service.temporal import Unreachable, connect, destination


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, actor="ada")


@pytest.fixture
def quiet(tmp_path: Path) -> dict[str, str]:
    return {"TEMPORAL_CONFIG_FILE": str(tmp_path / "none.toml")}


def test_without_any_setting_it_is_the_usual_address(settings: Settings, quiet: dict[str, str]) -> None:
    there = destination(settings, quiet)
    assert (there.address, there.namespace, there.named_by) == ("localhost:7233", "default", "default")
    assert "`dro up`" in there.hint


def test_temporals_own_variables_name_address_namespace_and_login(settings: Settings, quiet: dict[str, str]) -> None:
    own = {"TEMPORAL_ADDRESS": "cluster:7233", "TEMPORAL_NAMESPACE": "sales", "TEMPORAL_API_KEY": "k"}
    there = destination(settings, quiet | own)
    assert (there.address, there.namespace, there.named_by) == ("cluster:7233", "sales", "`TEMPORAL_ADDRESS`")
    assert (there.config["api_key"], there.config["tls"]) == ("k", True)


def test_temporals_own_file_names_the_address(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "temporal.toml"
    file.write_text('[profile.default]\naddress = "filed:7233"\n')
    there = destination(settings, {"TEMPORAL_CONFIG_FILE": str(file)})
    assert (there.address, there.named_by) == ("filed:7233", "Temporal's configuration file")


def test_a_broken_temporal_file_is_refused_with_the_way_out(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "temporal.toml"
    file.write_text("[profile")
    with pytest.raises(SettingsError, match="Temporal's own settings cannot be read"):
        destination(settings, {"TEMPORAL_CONFIG_FILE": str(file)})


def test_an_embedded_server_that_is_gone_is_not_used(settings: Settings, quiet: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "temporal.json").write_text(
        '{"address": "127.0.0.1:1", "ui": "", "pid": 999999999, "version": "", "database": "/gone.db"}'
    )
    assert destination(settings, quiet).address == "localhost:7233"


@pytest.mark.parametrize("text", ["", "{}", "not json"])
def test_an_unreadable_record_counts_as_no_server(
    settings: Settings, quiet: dict[str, str], tmp_path: Path, text: str
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "temporal.json").write_text(text)
    assert destination(settings, quiet).address == "localhost:7233"


async def test_an_unreachable_server_is_reported_with_address_reason_and_next_step(
    settings: Settings, quiet: dict[str, str]
) -> None:
    address = f"{HOST}:{free_ports(1)[0]}"
    with pytest.raises(Unreachable) as caught:
        await connect(settings, quiet | {"TEMPORAL_ADDRESS": address})
    assert (caught.value.address, caught.value.reason) == (address, "Connection refused")
    assert str(caught.value).endswith("Check that address, and whether the server runs.")


async def test_a_server_that_never_answers_is_given_up_in_time(
    settings: Settings, quiet: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(temporal, "CONNECT_SECONDS", 0.2)
    with socket.create_server((HOST, 0)) as mute, pytest.raises(Unreachable) as caught:
        await connect(settings, quiet | {"TEMPORAL_ADDRESS": f"{HOST}:{mute.getsockname()[1]}"})
    assert caught.value.reason == "no answer within 0.2 s"

"""Settings: precedence, origins, and what is said about values that do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.setting_values import Drafts, LogLevel
from service.settings import Settings, SettingsError, Source, load, origins


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": "/home/ada", "DRO_HOME": str(tmp_path), "DRO_ACTOR": "ada"}


def write_file(environ: dict[str, str], text: str) -> Path:
    file = Path(environ["DRO_HOME"]) / "dro.toml"
    file.write_text(text)
    return file


def refusal(environ: dict[str, str], **overrides: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(overrides, environ)
    return tuple(f"{each.message} {each.hint}".strip() for each in caught.value.issues)


def test_without_anything_the_defaults_hold() -> None:
    settings = load(environ={"HOME": "/home/ada"})
    assert settings.home == Path("/home/ada/.local/share/dro")
    assert settings.database == "sqlite:////home/ada/.local/share/dro/orders.db"
    assert (settings.temporal_port, settings.temporal_ui_port, settings.task_queue) == (7233, 8233, "orders")
    assert (settings.catalog, settings.environment, settings.temporal_server) == (None, None, None)
    assert (settings.drafts, settings.log_level) == (Drafts.STORE, LogLevel.INFO)
    assert settings.callback_url == "http://127.0.0.1:8080"
    assert settings.actor


def test_the_home_follows_xdg_where_that_is_set() -> None:
    assert load(environ={"HOME": "/home/ada", "XDG_DATA_HOME": "/data"}).home == Path("/data/dro")


def test_a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default(environ: dict[str, str]) -> None:
    write_file(environ, 'task_queue = "file"\ncatalog = "file"\nactor = "file"\n')
    environ |= {"DRO_TASK_QUEUE": "environment", "DRO_CATALOG": "environment"}
    del environ["DRO_ACTOR"]
    settings = load({"task_queue": "flag"}, environ)
    assert (settings.task_queue, settings.catalog, settings.actor) == ("flag", "environment", "file")
    assert settings.serve_port == 8080


def test_every_setting_tells_its_origin(environ: dict[str, str]) -> None:
    file = write_file(environ, "serve_port = 9000\n")
    by_name = {each.name: each for each in origins({"log_level": "debug"}, environ)}
    assert tuple(by_name) == tuple(Settings.model_fields)
    assert by_name["log_level"][1:5] == ("DRO_LOG_LEVEL", "debug", Source.FLAG, "--log-level")
    assert by_name["actor"][1:5] == ("DRO_ACTOR", "ada", Source.ENVIRONMENT, "DRO_ACTOR")
    assert by_name["serve_port"][1:5] == ("DRO_SERVE_PORT", "9000", Source.FILE, f"serve_port in {file}")
    assert by_name["catalog"][1:5] == ("DRO_CATALOG", None, Source.DEFAULT, "")
    assert by_name["callback_url"].value == "http://127.0.0.1:9000"
    assert all(each.description for each in by_name.values())


def test_a_flag_that_was_not_given_and_an_empty_variable_change_nothing(environ: dict[str, str]) -> None:
    settings = load({"catalog": None}, environ | {"DRO_CATALOG": "", "DRO_SERVE_PORT": ""})
    assert (settings.catalog, settings.serve_port) == (None, 8080)


def test_all_wrong_values_are_named_with_value_and_what_is_allowed_in_one_pass(environ: dict[str, str]) -> None:
    file = write_file(environ, 'drafts = "maybe"\n')
    environ |= {"DRO_TEMPORAL_PORT": "99999", "DRO_ENVIRONMENT": "/no/such", "DRO_DATABASE": "mysql://x"}
    assert refusal(environ, log_level="loud", serve_port="0") == (
        "`DRO_DATABASE` is 'mysql://x', expected `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.",
        "`DRO_ENVIRONMENT` is '/no/such', expected an existing folder.",
        f"`drafts in {file}` is 'maybe', expected one of `store`, `refuse`.",
        "`DRO_TEMPORAL_PORT` is '99999', expected a port from 1 to 65535, or 0 for any free one.",
        "`--serve-port` is '0', expected a port from 1 to 65535.",
        "`--log-level` is 'loud', expected one of `debug`, `info`, `warning`, `error`.",
    )


def test_an_unknown_name_in_the_file_is_refused_with_the_nearest_one(environ: dict[str, str]) -> None:
    file = write_file(environ, "databse = 'sqlite:///x'\n")
    assert refusal(environ) == (f"`databse in {file}` is no setting. Did you mean `database`?",)


def test_the_home_cannot_stand_in_the_file_that_it_finds(environ: dict[str, str]) -> None:
    file = write_file(environ, "home = '/elsewhere'\n")
    expected = f"`home` in `{file}` has no effect: the file is found by the home. Set `DRO_HOME` or `--home`."
    assert refusal(environ) == (expected,)


def test_the_named_file_is_read_instead_of_the_one_in_the_home(environ: dict[str, str], tmp_path: Path) -> None:
    write_file(environ, 'task_queue = "home"\n')
    (tmp_path / "other.toml").write_text('task_queue = "named"\n')
    assert load(environ=environ | {"DRO_CONFIG": str(tmp_path / "other.toml")}).task_queue == "named"


def test_a_named_file_that_is_missing_is_refused(environ: dict[str, str]) -> None:
    (message,) = refusal(environ | {"DRO_CONFIG": "/no/such.toml"})
    assert message.startswith("There is no file `/no/such.toml`. Correct `DRO_CONFIG`")


def test_a_file_that_is_no_toml_is_refused_with_the_place(environ: dict[str, str]) -> None:
    file = write_file(environ, "drafts = \n")
    (message,) = refusal(environ)
    assert message.startswith(f"`{file}` cannot be read as TOML: ")
    assert "line 1" in message


def test_a_path_in_the_file_counts_from_the_folder_of_the_file(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    write_file(environ, 'environment = "lab"\n')
    assert load(environ=environ).environment == tmp_path / "lab"


def test_a_server_program_must_be_executable(environ: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / "temporal"
    program.touch(mode=0o644)
    environ["DRO_TEMPORAL_SERVER"] = str(program)
    assert refusal(environ) == (
        f"`DRO_TEMPORAL_SERVER` is '{program}', expected an existing file that may be executed.",
    )
    program.chmod(0o755)
    assert load(environ=environ).temporal_server == program


def test_server_and_web_ui_need_two_ports(environ: dict[str, str]) -> None:
    environ |= {"DRO_TEMPORAL_PORT": "8233"}
    (message,) = refusal(environ)
    assert message.startswith("`DRO_TEMPORAL_PORT` and `DRO_TEMPORAL_UI_PORT` are both 8233.")
    free = load(environ=environ | {"DRO_TEMPORAL_PORT": "0", "DRO_TEMPORAL_UI_PORT": "0"})
    assert (free.temporal_port, free.temporal_ui_port) == (0, 0)


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:8080"), ("::1", "http://[::1]:8080"), ("orders.lan", "http://orders.lan:8080")],
)
def test_the_callback_url_follows_the_serving_address(environ: dict[str, str], host: str, url: str) -> None:
    assert load({"serve_host": host}, environ).callback_url == url


def test_a_password_is_shown_nowhere(environ: dict[str, str]) -> None:
    shown = {each.name: each.value for each in origins({"database": "postgresql://dro:s3cret@db/dro"}, environ)}
    assert shown["database"] == "postgresql://dro:***@db/dro"
    (message,) = refusal(environ, database="mysql://dro:s3cret@db/dro")
    assert "s3cret" not in message
    (message,) = refusal(environ, database="mysql://dro:s3cret@[db/dro")
    assert "s3cret" not in message


def test_settings_built_by_hand_read_no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DRO_TASK_QUEUE", "from-the-machine")
    assert Settings(home=tmp_path, actor="ada").task_queue == "orders"


def test_an_order_book_in_the_home_moves_with_the_home(environ: dict[str, str]) -> None:
    assert load({"home": "/srv/dro"}, environ).database == "sqlite:////srv/dro/orders.db"


@pytest.mark.parametrize("address", ["127.0.0.1:9464", "0.0.0.0:1", "[::1]:65535"])
def test_metrics_are_served_at_an_ip_address_and_port(environ: dict[str, str], address: str) -> None:
    assert load({"metrics_address": address}, environ).metrics_address == address


@pytest.mark.parametrize(
    "address", ["9464", ":9464", "localhost:9464", "127.0.0.1:0", "127.0.0.1", "::1:80", "[1.2.3.4]:80"]
)
def test_what_is_no_address_for_metrics_is_refused(environ: dict[str, str], address: str) -> None:
    assert refusal(environ, metrics_address=address) == (
        f"`--metrics-address` is {address!r}, expected an IP address and a port like `127.0.0.1:9464`.",
    )


@pytest.mark.parametrize("seconds", ["-1", "soon", "nan", "3601"])
def test_the_grace_of_a_stopping_worker_is_a_number_of_seconds(environ: dict[str, str], seconds: str) -> None:
    assert load({"stop_grace": "0.5"}, environ).stop_grace == 0.5
    assert refusal(environ, stop_grace=seconds) == (
        f"`--stop-grace` is {seconds!r}, expected a number of seconds from 0 to 3600.",
    )

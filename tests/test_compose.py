"""`docker-compose.yml` is a compose file, and its parts fit each other and the program that the other tests run."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url
from typer.main import get_command

from commands.app import build
from orderbook.connection import book_url
from service.embedded import RETENTION
from service.server_program import SEARCH_ATTRIBUTES, Ports, arguments
from service.settings import PREFIX, Settings, Source, load, origins
from service.temporal import destination
from tests.postgres import USER

FILE = Path(__file__).parents[1] / "docker-compose.yml"
GIVEN = {"POSTGRES_PASSWORD": "s3cret"}
"""What the file asks of whoever runs it."""


def resolved(text: str) -> str:
    """Return a value with its `${NAME:-default}` and `${NAME:?reason}` replaced."""
    found = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda match: GIVEN.get(match[1], match[2]), text)
    return re.sub(r"\$\{(\w+):\?[^}]*\}", lambda match: GIVEN[match[1]], found).replace("$$", "$")


WHOLE: dict[str, Any] = yaml.safe_load(FILE.read_text())
PARTS: dict[str, dict[str, Any]] = WHOLE["services"]
ENVIRONS = {
    name: {key: resolved(value) for key, value in part.get("environment", {}).items()} for name, part in PARTS.items()
}
OURS = tuple(sorted(name for name, part in PARTS.items() if "build" in part))


def environ_of(part: str) -> dict[str, str]:
    """Return the variables of one of our parts, its environment folder being where the file mounts it from."""
    (mount,) = PARTS[part]["volumes"]
    source, target, mode = resolved(mount).rsplit(":", 2)
    assert (ENVIRONS[part]["DRO_ENVIRONMENT"], mode) == (target, "ro")
    return {**ENVIRONS[part], "DRO_ENVIRONMENT": str(FILE.parent / source), "HOME": "/home/orchestrator"}


def settings_of(part: str) -> Settings:
    return load(environ=environ_of(part))


def script_of(part: str) -> str:
    (script,) = PARTS[part]["command"]
    return resolved(script)


def after(part: str) -> Iterator[str]:
    """Yield every part that must be up, or done, before this one starts."""
    for name in PARTS[part].get("depends_on", {}):
        yield name
        yield from after(name)


def test_the_file_fits_the_schema_of_the_compose_specification() -> None:
    command = ("-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE))
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="`docker-compose` is not installed here")
def test_docker_compose_takes_the_file() -> None:
    done = subprocess.run(
        ["docker-compose", "-f", str(FILE), "config", "--quiet"],
        env={**os.environ, **GIVEN},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_our_parts_are_the_migrations_the_workers_and_the_callbacks() -> None:
    commands = get_command(build())
    asked = {name: PARTS[name]["command"] for name in OURS}
    assert asked == {"callbacks": ["serve"], "migrations": ["migrate"], "worker": ["worker"]}
    assert {command for (command,) in asked.values()} <= set(getattr(commands, "commands", ()))


@pytest.mark.parametrize("part", OURS)
def test_every_variable_of_ours_is_a_setting_and_loads(part: str) -> None:
    named = {name for name in ENVIRONS[part] if name.startswith(PREFIX)}
    taken = {each.variable for each in origins(environ=environ_of(part)) if each.source is Source.ENVIRONMENT}
    assert taken == named


@pytest.mark.parametrize("part", OURS)
def test_our_parts_find_the_temporal_server_and_its_namespace(part: str) -> None:
    there = destination(settings_of(part), ENVIRONS[part])
    assert (there.address, there.named_by) == ("temporal:7233", "`TEMPORAL_ADDRESS`")
    assert f"namespace create -n {there.namespace} " in script_of("temporal-namespace")
    others = {environ["TEMPORAL_ADDRESS"] for environ in ENVIRONS.values() if "TEMPORAL_ADDRESS" in environ}
    assert others == {there.address}


def test_everybody_logs_in_to_the_database_that_there_is() -> None:
    database, server, schema = (ENVIRONS[name] for name in ("postgresql", "temporal", "temporal-schema"))
    user, password = database["POSTGRES_USER"], database["POSTGRES_PASSWORD"]
    url = make_url(settings_of("worker").database)
    assert (url.host, url.database, url.username, url.password) == (
        "postgresql",
        database["POSTGRES_DB"],
        user,
        password,
    )
    assert (server["POSTGRES_SEEDS"], server["POSTGRES_USER"], server["POSTGRES_PWD"]) == (url.host, user, password)
    assert (schema["SQL_HOST"], schema["SQL_USER"], schema["SQL_PASSWORD"]) == (url.host, user, password)
    assert {str(url.port)} == {server["DB_PORT"], schema["SQL_PORT"]}


def test_the_database_is_spoken_to_by_the_driver_of_the_order_book_tests() -> None:
    tested = book_url(f"postgresql://{USER}@127.0.0.1:5432/test").drivername
    assert book_url(settings_of("worker").database).drivername == tested


def test_the_schema_is_set_up_in_the_databases_that_the_server_uses() -> None:
    server, script = ENVIRONS["temporal"], script_of("temporal-schema")
    assert server["DB"].startswith(ENVIRONS["temporal-schema"]["SQL_PLUGIN"])
    assert f"echo {server['DBNAME']} || echo {server['VISIBILITY_DBNAME']})" in script
    assert PARTS["temporal"]["image"].partition(":")[2] == PARTS["temporal-schema"]["image"].partition(":")[2]


def test_the_search_attributes_are_those_of_the_embedded_server_by_name_and_type() -> None:
    created = re.search(r"^for attribute in (.+); do$", script_of("temporal-namespace"), re.MULTILINE)
    assert created is not None
    assert dict(each.split("=") for each in created[1].split()) == SEARCH_ATTRIBUTES


def test_closed_orders_are_kept_as_long_as_by_the_embedded_server() -> None:
    hours = re.search(r"--retention (\d+)h", script_of("temporal-namespace"))
    assert hours is not None
    assert timedelta(hours=int(hours[1])) == RETENTION


def test_the_server_is_tuned_as_the_embedded_one_and_answers_its_health_check() -> None:
    temporal = PARTS["temporal"]
    (mounted,) = temporal["configs"]
    assert mounted["target"] == ENVIRONS["temporal"]["DYNAMIC_CONFIG_FILE_PATH"]
    tuned = yaml.safe_load(WHOLE["configs"][mounted["source"]]["content"])
    given = arguments(Path("temporal.db"), Ports(1, 2, 3, 4))
    wanted = [value for flag, value in itertools.pairwise(given) if flag == "--dynamic-config-value"]
    assert {f"{name}={value['value']}" for name, (value,) in tuned.items()} == {
        each.replace('"', "") for each in wanted
    }
    assert ENVIRONS["temporal"]["BIND_ON_IP"] == "0.0.0.0"
    assert temporal["healthcheck"]["test"][-2:] == ["localhost", "7233"]


def test_a_part_waits_for_parts_that_exist_and_can_become_what_it_waits_for() -> None:
    for part in PARTS.values():
        for name, wait in part.get("depends_on", {}).items():
            if wait["condition"] == "service_completed_successfully":
                assert PARTS[name]["restart"] == "on-failure", name
            else:
                assert (wait["condition"], "healthcheck" in PARTS[name]) == ("service_healthy", True), name


@pytest.mark.parametrize("part", ["worker", "callbacks"])
def test_workers_and_callbacks_start_after_the_migrations_and_the_namespace(part: str) -> None:
    needed = {"postgresql", "migrations", "temporal-schema", "temporal", "temporal-namespace"}
    assert set(after(part)) == needed


def test_a_worker_that_stops_is_not_killed_before_it_has_handed_back_its_calls() -> None:
    patience = float(PARTS["worker"]["stop_grace_period"].removesuffix("s"))
    assert settings_of("worker").stop_grace < patience

"""A PostgreSQL cluster of our own for the tests: made, started on a free loopback port, stopped, deleted."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

USER = "dro"
MISSING = (
    "NO POSTGRESQL: neither PATH nor /usr/lib/postgresql has `initdb` and `postgres`, "
    "so nothing below was tested on PostgreSQL. Install the package `postgresql`."
)


def programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, or None where it is not installed."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((each for each in folders if (each / "initdb").exists() and (each / "postgres").exists()), None)


@contextmanager
def cluster(bin_folder: Path) -> Iterator[str]:
    """Yield the URL, without a database name, of a running cluster that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="dro-postgres-"))
    server: subprocess.Popen[bytes] | None = None
    try:
        owner = _owner(folder)
        data = folder / "data"
        make: list[str | Path] = [
            bin_folder / "initdb",
            "-D",
            data,
            "-U",
            USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--no-locale",
        ]
        subprocess.run(make, user=owner, cwd=folder, check=True, capture_output=True)
        port = _free_port()
        run: list[str | Path] = [bin_folder / "postgres", "-D", data, "-p", str(port)]
        for setting in ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=200"):
            run += ["-c", setting]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(run, user=owner, cwd=folder, stdout=log, stderr=log)
        url = f"postgresql://{USER}@127.0.0.1:{port}"
        _wait(url, server, folder / "log")
        yield url
    finally:
        if server is not None:
            _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def execute(url: str, statement: str) -> None:
    """Run one statement, outside any transaction, on the cluster's own database."""
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(statement.encode())


def _owner(folder: Path) -> str | None:
    """Return who runs the server: PostgreSQL refuses root, so then somebody else owns the folder."""
    if os.geteuid() != 0:
        return None
    names = {each.pw_name for each in pwd.getpwall()}
    owner = "postgres" if "postgres" in names else "nobody"
    shutil.chown(folder, owner)
    return owner


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(f"{url}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}") from None
            time.sleep(0.05)
        else:
            return


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()

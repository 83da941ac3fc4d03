"""Runs the back office as a process of its own: `python -m examples.smartbytes.backoffice --database FILE`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from examples.smartbytes.backoffice.database import OtherFormat
from examples.smartbytes.backoffice.hosting import serve
from examples.smartbytes.backoffice.office import Settings
from examples.smartbytes.backoffice.systems import SYSTEMS

CALLBACK_TOKEN = "SMARTBYTES_CALLBACK_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable with the bearer token that callers agreed on beforehand."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code: 0 stopped, 1 could not start."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings(
            database=options.database,
            delivery_delay=options.delivery_delay,
            delivery_tries=options.delivery_tries,
            keys_remembered=options.keys_remembered,
            tokens=_tokens(options.tokens) if options.tokens else {},
            callback_token=os.environ.get(CALLBACK_TOKEN, ""),
        )
        asyncio.run(_until_stopped(settings, options.host, options.port))
    except (OSError, sqlite3.Error, OtherFormat, ValueError) as error:
        print(
            f"The back office cannot start on port {options.port} with `{options.database}`: {error}", file=sys.stderr
        )
        return 1
    return 0


async def _until_stopped(settings: Settings, host: str, port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with serve(settings, host, port) as url:
        print(f"Back office ready at {url}", flush=True)
        await stopped.wait()


def _parser() -> argparse.ArgumentParser:
    defaults = Settings(database="")
    parser = argparse.ArgumentParser(prog="python -m examples.smartbytes.backoffice", description=main.__doc__)
    add = parser.add_argument
    add("--database", type=Path, required=True, help="SQLite file; made if it is not there")
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=0, help="port to listen on (default: a free one)")
    add("--delivery-delay", type=float, default=defaults.delivery_delay, help="seconds until delivery (%(default)s)")
    add("--delivery-tries", type=int, default=defaults.delivery_tries, help="tries per confirmation (%(default)s)")
    add("--keys-remembered", type=float, help="seconds for which idempotency keys are remembered (default: for ever)")
    add("--tokens", type=Path, help='JSON file of bearer tokens by system: {"payments": "…"}')
    return parser


def _tokens(path: Path) -> dict[str, str]:
    found = json.loads(path.read_text())
    if not isinstance(found, dict) or not all(isinstance(token, str) for token in found.values()):
        raise ValueError(f"`{path}` must be a JSON object of tokens by system")
    if unknown := [name for name in found if name not in SYSTEMS]:
        raise ValueError(f"`{path}` names unknown systems: {', '.join(unknown)}; known: {', '.join(SYSTEMS)}")
    return found


if __name__ == "__main__":
    sys.exit(main())

"""Secrets of the embedded stack: made once per home, so that a system keeps its token over restarts."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import MutableMapping
from pathlib import Path

from catalog.environment import Environment

FILE = "tokens.json"


def provide_tokens(home: Path, environment: Environment, environ: MutableMapping[str, str] = os.environ) -> None:
    """Set each variable that the environment names and nobody has set, to a secret that the home keeps."""
    file = home / FILE
    kept = _read(file)
    for variable in variables(environment):
        if not environ.get(variable):
            environ[variable] = kept.setdefault(variable, secrets.token_urlsafe(24))
    _write(file, kept)


def kept_tokens(home: Path) -> dict[str, str]:
    """Return the secrets that the home keeps, by variable."""
    return _read(home / FILE)


def variables(environment: Environment) -> tuple[str, ...]:
    """Return the variables that the environment names for secrets, each once, by system."""
    named = (name for each in environment.systems for name in (each.credentials, each.callback_credentials))
    return tuple(dict.fromkeys(name for name in named if name))


def _read(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def _write(file: Path, tokens: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    # Made with its rights, not given them afterwards: nobody else may read it in between.
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        json.dump(tokens, stream, indent=2)

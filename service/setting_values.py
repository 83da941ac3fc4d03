"""Values of settings: how each kind is written, and what is said to be allowed where one does not fit."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, StringConstraints

_DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")


class Drafts(StrEnum):
    """What happens to orders on a catalog folder that was not published: they are taken, or refused."""

    STORE = "store"
    REFUSE = "refuse"


class LogFormat(StrEnum):
    """Lines for people or lines for programs."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The least serious message that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


# Each check raises a `ValueError` whose text completes "expected …"; `settings` adds the name and the value.


def _number(raw: object, lowest: int, what: str) -> int:
    try:
        number = int(str(raw))
    except ValueError:
        number = -1
    if not lowest <= number <= 65535:
        raise ValueError(what)
    return number


def _port(raw: object) -> int:
    return _number(raw, 1, "a port from 1 to 65535")


def _port_or_free(raw: object) -> int:
    return _number(raw, 0, "a port from 1 to 65535, or 0 for any free one")


def _seconds(raw: object) -> float:
    try:
        seconds = float(str(raw))
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 3600:
        raise ValueError("a number of seconds from 0 to 3600")
    return seconds


ChoiceT = TypeVar("ChoiceT", bound=StrEnum)


def _one_of(kind: type[ChoiceT]) -> BeforeValidator:
    """Return the check that a text, in any case, is one of the choices."""

    def parse(raw: object) -> ChoiceT:
        try:
            return kind(str(raw).lower())
        except ValueError:
            raise ValueError("one of " + ", ".join(f"`{each.value}`" for each in kind)) from None

    return BeforeValidator(parse)


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError("an existing folder")
    return path


def _program(path: Path) -> Path:
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise ValueError("an existing file that may be executed")
    return path


def _database(url: str) -> str:
    if not any(url.startswith(each) and len(url) > len(each) for each in _DATABASES):
        raise ValueError("`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`")
    return url


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a base URL like `https://orders.example.com`")
    return url.rstrip("/")


def _listening_address(text: str) -> str:
    host, _, port = text.rpartition(":")
    try:
        version = ip_address(host.removeprefix("[").removesuffix("]")).version
        _port(port)
        if (version == 6) != host.startswith("["):
            raise ValueError(host)
    except ValueError:
        raise ValueError("an IP address and a port like `127.0.0.1:9464`") from None
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Port = Annotated[int, BeforeValidator(_port)]
Seconds = Annotated[float, BeforeValidator(_seconds)]
PortOrFree = Annotated[int, BeforeValidator(_port_or_free)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
Folder = Annotated[AbsolutePath, AfterValidator(_folder)]
Program = Annotated[AbsolutePath, AfterValidator(_program)]
DraftsChoice = Annotated[Drafts, _one_of(Drafts)]
LogFormatChoice = Annotated[LogFormat, _one_of(LogFormat)]
LogLevelChoice = Annotated[LogLevel, _one_of(LogLevel)]
DatabaseUrl = Annotated[Text, AfterValidator(_database)]
ListeningAddress = Annotated[Text, AfterValidator(_listening_address)]
BaseUrl = Annotated[Text, AfterValidator(_base_url)]


def without_password(text: str) -> str:
    """Return `text` as it may be shown: the password in a URL is replaced by `***`."""
    try:
        password = urlsplit(text).password
    except ValueError:
        # What does not even split as a URL may still hold a password somewhere: show its beginning only.
        return text.partition("://")[0] + "://***"
    return text.replace(f":{password}@", ":***@") if password else text


def orders_in(data: Mapping[str, object]) -> str:
    """Return the URL of the order book in the home."""
    return f"sqlite:///{data['home']}/orders.db"


def callbacks_at(data: Mapping[str, object]) -> str:
    """Return the URL of the callbacks for a system on this machine."""
    host = str(data["serve_host"])
    everywhere = host in ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound
    name = "127.0.0.1" if everywhere else f"[{host}]" if ":" in host else host
    return f"http://{name}:{data['serve_port']}"


def default_home(environ: Mapping[str, str]) -> Path:
    """Return the folder for data of a person's programs, as XDG has it."""
    data = environ.get("XDG_DATA_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".local" / "share")
    return Path(data) / "dro"


def os_user() -> str:
    """Return the name of who runs this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that has no name.
        return f"uid-{os.getuid()}"

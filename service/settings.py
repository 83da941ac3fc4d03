"""Settings: what can be set, where each value comes from, and what is wrong with the ones that do not fit.

A value comes from the first of: a flag, an environment variable (`DRO_…`), the file `dro.toml` (in the home, or the
one that `DRO_CONFIG` names), the default. Where Temporal is and how to log in there is not ours: Temporal's own
variables and file say it (`service.temporal`).
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from catalog.base import Issue
from service.setting_values import (
    AbsolutePath,
    BaseUrl,
    DatabaseUrl,
    Drafts,
    DraftsChoice,
    Folder,
    ListeningAddress,
    LogFormat,
    LogFormatChoice,
    LogLevel,
    LogLevelChoice,
    Port,
    PortOrFree,
    Program,
    Seconds,
    Text,
    callbacks_at,
    default_home,
    orders_in,
    os_user,
    without_password,
)

PREFIX = "DRO_"
FILE_NAME = "dro.toml"
FILE_VARIABLE = "DRO_CONFIG"


class SettingsError(Exception):
    """Some settings do not fit; each is named with its value and with what is allowed, all in one pass."""

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        super().__init__("\n".join(str(each) for each in issues))
        self.issues = issues


class Settings(BaseSettings):
    """The settings of one process, checked and complete; `load` builds them from the surroundings."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=PREFIX)

    home: AbsolutePath = Field(description="Folder of all state")
    database: DatabaseUrl = Field(default_factory=orders_in, description="URL of the order book")
    catalog: Text | None = Field(None, description="Catalog in use")
    environment: Folder | None = Field(None, description="Folder of the environment: systems, people, rules in force")
    drafts: DraftsChoice = Field(Drafts.STORE, description="Whether orders on an unpublished catalog are taken")
    actor: Text = Field(description="Who acts")
    task_queue: Text = Field("orders", description="Task queue of the workers")
    stop_grace: Seconds = Field(15, description="Seconds that calls have to end when their worker stops")
    temporal_server: Program | None = Field(None, description="Program of the embedded Temporal server")
    temporal_port: PortOrFree = Field(7233, description="Port of the embedded Temporal server")
    temporal_ui_port: PortOrFree = Field(8233, description="Port of the embedded Temporal Web UI")
    serve_host: Text = Field("127.0.0.1", description="Address on which callbacks are received")
    serve_port: Port = Field(8080, description="Port on which callbacks are received")
    callback_url: BaseUrl = Field(default_factory=callbacks_at, description="Base URL at which systems call back")
    metrics_address: ListeningAddress | None = Field(None, description="Address at which a host serves metrics")
    log_format: LogFormatChoice = Field(LogFormat.TEXT, description="Form of the log")
    log_level: LogLevelChoice = Field(LogLevel.INFO, description="Least serious message that is logged")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is the library's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing behind the constructor's back: `load` asks the sources itself, to know who gave what."""
        return (init_settings,)


class Source(StrEnum):
    """Who gave a value, strongest first."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class Origin(NamedTuple):
    """One setting as it is in force: its value as text without passwords, who gave it, and under which name."""

    name: str
    variable: str
    value: str | None
    source: Source
    where: str
    description: str


class _Layer(NamedTuple):
    source: Source
    file: Path | None
    values: dict[str, object]

    def name_of(self, field: str) -> str:
        """Return the name under which a person would look for the field here."""
        match self.source:
            case Source.FLAG:
                return "--" + field.replace("_", "-")
            case Source.ENVIRONMENT:
                return PREFIX + field.upper()
            case Source.FILE:
                return f"{field} in {self.file}"
            case Source.DEFAULT:
                return ""


def load(overrides: Mapping[str, str | None] | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings; `overrides` are the flags by name of the setting, `None` for a flag that was not given.

    Raises:
        SettingsError: some values do not fit, or the file cannot be read.
    """
    return _settle(_layers(overrides or {}, environ))


def origins(
    overrides: Mapping[str, str | None] | None = None, environ: Mapping[str, str] = os.environ
) -> tuple[Origin, ...]:
    """Return every setting in force with where it comes from, in the order of `Settings`; raises as `load` does."""
    layers = _layers(overrides or {}, environ)
    settings = _settle(layers)
    return tuple(_origin(name, getattr(settings, name), layers) for name in Settings.model_fields)


def _origin(name: str, value: object, layers: tuple[_Layer, ...]) -> Origin:
    layer = _giver(name, layers)
    text = None if value is None else without_password(str(value))
    description = Settings.model_fields[name].description or ""
    return Origin(name, PREFIX + name.upper(), text, layer.source, layer.name_of(name), description)


def _giver(name: str, layers: tuple[_Layer, ...]) -> _Layer:
    return next((each for each in layers if name in each.values), layers[-1])


def _layers(overrides: Mapping[str, str | None], environ: Mapping[str, str]) -> tuple[_Layer, ...]:
    flags = {name: value for name, value in overrides.items() if value is not None}
    variables = EnvSettingsSource(Settings)
    # An empty variable is an unset one: compose files cannot say it otherwise.
    variables.env_vars = {name.lower(): value for name, value in environ.items() if value}
    flag_layer = _Layer(Source.FLAG, None, dict(flags))
    environment = _Layer(Source.ENVIRONMENT, None, variables())
    defaults = _Layer(Source.DEFAULT, None, {"home": default_home(environ), "actor": os_user()})
    home = next(each.values["home"] for each in (flag_layer, environment, defaults) if "home" in each.values)
    return flag_layer, environment, _file_layer(str(home), environ.get(FILE_VARIABLE)), defaults


def _file_layer(home: str, named: str | None) -> _Layer:
    file = Path(named or Path(home) / FILE_NAME).expanduser().absolute()
    if not named and not file.exists():
        return _Layer(Source.FILE, file, {})
    try:
        values = TomlConfigSettingsSource(Settings, toml_file=file)() if file.is_file() else None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError((_issue(f"`{file}` cannot be read as TOML: {error}."),)) from error
    if values is None:
        hint = f"Correct `{FILE_VARIABLE}`, or unset it to use `{FILE_NAME}` in the home."
        raise SettingsError((_issue(f"There is no file `{file}`.", hint),))
    return _Layer(Source.FILE, file, {key: _anchored(key, value, file.parent) for key, value in values.items()})


def _anchored(key: str, value: object, folder: Path) -> object:
    """Return a path of the file as counted from the file's folder, where it exists there."""
    if key not in ("catalog", "environment", "temporal_server") or not isinstance(value, str):
        return value
    return str(folder / value) if (folder / value).exists() else value


def _settle(layers: tuple[_Layer, ...]) -> Settings:
    merged: dict[str, object] = {}
    for layer in reversed(layers):
        merged.update(layer.values)
    issues = []
    if "home" in layers[2].values:
        message = f"`home` in `{layers[2].file}` has no effect: the file is found by the home."
        issues.append(_issue(message, f"Set `{PREFIX}HOME` or `--home`."))
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        issues.extend(_explained(error, layers))
        raise SettingsError(tuple(issues)) from None
    if settings.temporal_port == settings.temporal_ui_port != 0:
        issues.append(_same_port(settings.temporal_port, layers))
    if issues:
        raise SettingsError(tuple(issues))
    return settings


def _same_port(port: int, layers: tuple[_Layer, ...]) -> Issue:
    names = [_shown_name(name, layers) for name in ("temporal_port", "temporal_ui_port")]
    return _issue(f"{names[0]} and {names[1]} are both {port}.", "Choose two ports, or 0 for any free one.")


def _explained(error: ValidationError, layers: tuple[_Layer, ...]) -> Iterator[Issue]:
    for details in error.errors():
        # A default that is computed from a wrong value is not wrong itself.
        if details["type"] != "default_factory_not_called":
            yield _explain(details, layers)


def _explain(details: ErrorDetails, layers: tuple[_Layer, ...]) -> Issue:
    name = str(details["loc"][0])
    if details["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, Settings.model_fields, n=1)
        hint = f"Did you mean `{near[0]}`?" if near else f"Settings are {', '.join(Settings.model_fields)}."
        return _issue(f"{_shown_name(name, layers)} is no setting.", hint)
    reason = details.get("ctx", {}).get("error")
    expected = str(reason) if reason else details["msg"].removeprefix("Input should be ")
    value = without_password(str(details["input"]))
    return _issue(f"{_shown_name(name, layers)} is {value!r}, expected {expected}.")


def _shown_name(name: str, layers: tuple[_Layer, ...]) -> str:
    layer = _giver(name, layers)
    return f"`{layer.name_of(name) or PREFIX + name.upper()}`"


def _issue(message: str, hint: str = "") -> Issue:
    return Issue(check="settings", message=message, hint=hint)

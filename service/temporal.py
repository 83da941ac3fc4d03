"""The client of Temporal: found by Temporal's own settings, else the embedded server of the home.

Address, namespace, TLS and login are read as Temporal's own tools read them: `TEMPORAL_ADDRESS` and its siblings, or
the profile in Temporal's configuration file.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import NamedTuple

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.runtime import Runtime
from temporalio.service import GrpcCompression

from catalog.base import Issue
from service import running
from service.identity import identity
from service.server_program import SEARCH_ATTRIBUTES
from service.settings import Settings, SettingsError

DEFAULT_ADDRESS = "localhost:7233"
CONNECT_SECONDS = 3.0
_EMBEDDED, _DEFAULT = "the embedded server of this home", "default"


class Unreachable(Exception):
    """A server cannot be reached: which one, why, and what next."""

    def __init__(self, address: str, reason: str, hint: str) -> None:
        super().__init__(f"Temporal cannot be reached at {address}: {reason}. {hint}")
        self.address = address
        self.reason = reason
        self.hint = hint


class Destination(NamedTuple):
    """Where the client goes: address, what Temporal's settings say besides, who named it, what to do if it fails."""

    address: str
    config: ClientConnectConfig
    named_by: str
    hint: str

    @property
    def namespace(self) -> str:
        return self.config.get("namespace", "default")

    @property
    def is_named(self) -> bool:
        """True where Temporal's own settings name the server, so that the home's own is not meant."""
        return self.named_by not in (_EMBEDDED, _DEFAULT)


def destination(settings: Settings, environ: Mapping[str, str] = os.environ) -> Destination:
    """Return where Temporal is: as its own settings say, else the living server of the home, else the usual address.

    Raises:
        SettingsError: Temporal's settings cannot be read.
    """
    try:
        config = ClientConfig.load_client_connect_config(override_env_vars=dict(environ))
    except (RuntimeError, OSError) as error:
        hint = "Correct the file that `TEMPORAL_CONFIG_FILE` names, or the profile in `TEMPORAL_PROFILE`."
        message = f"Temporal's own settings cannot be read: {error}"
        raise SettingsError((Issue(check="settings", message=message, hint=hint),)) from error
    if address := config.get("target_host"):
        return Destination(address, config, _namer(environ), "Check that address, and whether the server runs.")
    if server := running.alive(settings.home):
        # A login is for another server: the embedded one needs none and must not see it.
        own = ClientConnectConfig(target_host=server.address, namespace=config.get("namespace", "default"), tls=False)
        hint = f"Process {server.pid} should answer there: see `{settings.home}/log/temporal.log`, or restart it."
        return Destination(server.address, own, _EMBEDDED, hint)
    hint = "Start the embedded server with `dro up`, or name another one with `TEMPORAL_ADDRESS`."
    return Destination(DEFAULT_ADDRESS, config, _DEFAULT, hint)


async def connect(
    settings: Settings, environ: Mapping[str, str] = os.environ, runtime: Runtime | None = None
) -> Client:
    """Return a client that is connected, with pydantic models as its payloads; `runtime` is the SDK's own unless given.

    Raises:
        Unreachable: no server answers within three seconds.
        SettingsError: Temporal's settings cannot be read.
    """
    there = destination(settings, environ)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await _open(there, settings.database, runtime)
    except TimeoutError:
        reason = f"no answer within {CONNECT_SECONDS:g} s"
    except RuntimeError as error:
        reason = _short(str(error))
    raise Unreachable(there.address, reason, there.hint)


async def _open(there: Destination, database: str, runtime: Runtime | None) -> Client:
    config = there.config
    return await Client.connect(
        there.address,
        namespace=there.namespace,
        api_key=config.get("api_key"),
        tls=config.get("tls"),
        rpc_metadata=config.get("rpc_metadata", {}),
        data_converter=pydantic_data_converter,
        identity=identity(database),
        runtime=runtime,
        # Compressing costs more than it saves where nothing leaves the machine.
        grpc_compression=GrpcCompression.NONE if _is_loopback(there.address) else GrpcCompression.GZIP,
    )


async def register_search_attributes(client: Client) -> None:
    """See to it that the namespace knows what orders are found by; one that is there already stays as it is.

    Raises:
        RPCError: this client may not; `dro doctor` then names the command for whoever may.
    """
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing = {name: kind for name, kind in SEARCH_ATTRIBUTES.items() if name not in known.custom_attributes}
    if missing:
        types = {name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}") for name, kind in missing.items()}
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=types)
        )


def _namer(environ: Mapping[str, str]) -> str:
    return "`TEMPORAL_ADDRESS`" if environ.get("TEMPORAL_ADDRESS") else "Temporal's configuration file"


def _is_loopback(address: str) -> bool:
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _short(text: str) -> str:
    """Return the innermost cause of a connection error, which the client wraps into the names of its own layers."""
    causes = re.findall(r'(?:message|error): "([^"]+)"', text)
    return str(causes[-1]) if causes else text.removeprefix("Failed client connect: ")

"""What `dro up` needs of this machine: a server program that may open the home's file, and free ports."""

from __future__ import annotations

import socket
from typing import NamedTuple

from catalog.environment import Environment
from service import running
from service.catalogs import is_example
from service.doctor.finding import Finding, unwell, well
from service.embedded import trouble_with_file
from service.running import CannotStart
from service.server_program import HOST, find_program, program_version
from service.settings import Settings
from service.stack import office_address


class _Wanted(NamedTuple):
    """An address that a part of the stack will listen at, and what moves it."""

    host: str
    port: int
    moved_by: str


async def look(settings: Settings, environment: Environment | None) -> tuple[Finding, ...]:
    """Return whether the embedded stack can start; nothing where it runs, since its ports are taken by itself."""
    if running.alive(settings.home):
        return ()
    return (await _program(settings), _ports(settings, environment))


async def _program(settings: Settings) -> Finding:
    name = "Server program"
    try:
        program = find_program(settings)
        version = await program_version(program, settings.home)
    except CannotStart as error:
        return unwell(name, "no Temporal server can be started here", str(error))
    if trouble := trouble_with_file(settings.home, program, version):
        return unwell("Server file", trouble.message, trouble.hint)
    return well(name, f"`{program}`: {version}")


def _ports(settings: Settings, environment: Environment | None) -> Finding:
    try:
        wanted = _wanted(settings, environment)
    except CannotStart as error:
        return unwell("Ports", str(error), "Correct the addresses in the environment.")
    troubles = [(each, trouble) for each in wanted if (trouble := _trouble(each))]
    if not troubles:
        return well("Ports", f"{', '.join(str(each.port) for each in wanted)} are free" if wanted else "any free ones")
    what = "; ".join(f"{each.host}:{each.port} cannot be had: {trouble}" for each, trouble in troubles)
    who = ", ".join(f"`lsof -i :{each.port}`" for each, _ in troubles)
    how = ", ".join(dict.fromkeys(each.moved_by for each, _ in troubles))
    return unwell("Ports", what, f"Stop what listens there ({who} names it), or choose another port with {how}.")


def _wanted(settings: Settings, environment: Environment | None) -> tuple[_Wanted, ...]:
    found = [
        _Wanted(HOST, settings.temporal_port, "`DRO_TEMPORAL_PORT`"),
        _Wanted(HOST, settings.temporal_ui_port, "`DRO_TEMPORAL_UI_PORT`"),
        _Wanted(settings.serve_host, settings.serve_port, "`DRO_SERVE_PORT`"),
    ]
    if settings.metrics_address:
        host, _, port = settings.metrics_address.rpartition(":")
        found.append(_Wanted(host.strip("[]"), int(port), "`DRO_METRICS_ADDRESS`"))
    if environment and is_example(settings):
        found.append(_Wanted(*office_address(environment), "the addresses in the environment"))
    return tuple(each for each in found if each.port)


def _trouble(wanted: _Wanted) -> str:
    """Return why nobody can listen there, empty where it can be done."""
    family = socket.AF_INET6 if ":" in wanted.host else socket.AF_INET
    try:
        socket.create_server((wanted.host, wanted.port), family=family).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""

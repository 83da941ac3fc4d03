"""Values of design tests as YAML that people read and edit, and how two such texts differ."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import yaml

from catalog.values import Value, to_text

WIDTH = 110
"""Characters up to which a record or a list stands on one line."""


def written(value: Value) -> str:
    """Return a value as YAML: its own parts a line each, smaller ones on one line where they fit."""
    return "\n".join(_lines(_plain(value)))


def in_one_line(text: str) -> str:
    """Return YAML as `written` gives it, on one line."""
    return _flow(yaml.safe_load(text))


def indented(text: str, margin: str) -> str:
    """Return YAML with each of its lines moved to the right."""
    return "\n".join(f"{margin}{line}" for line in text.splitlines())


def is_block(text: str) -> bool:
    """Tell whether YAML as `written` gives it has parts on lines of their own."""
    found = yaml.safe_load(text)
    return isinstance(found, dict | list) and bool(found)


def diff(expected: str, happened: str) -> tuple[str, ...]:
    """Return how two texts differ, in unified style, without the head."""
    lines = list(difflib.unified_diff(expected.splitlines(), happened.splitlines(), lineterm="", n=2))[2:]
    return tuple("  …" if each.startswith("@@") else each for each in lines[1:])


def _plain(value: Value) -> object:
    match value:
        case Decimal():
            exact = int(value) if value == value.to_integral_value() else float(value)
            return exact if Decimal(str(exact)) == value else str(value)
        case Mapping():
            return {name: _plain(part) for name, part in value.items()}
        case tuple():
            return [_plain(part) for part in value]
        case _:
            return value


def _lines(value: object) -> list[str]:
    if isinstance(value, dict) and value:
        return [line for name, part in value.items() for line in _entry(f"{_flow(name)}:", part)]
    if isinstance(value, list) and value:
        return [line for part in value for line in _entry("-", part)]
    return [_flow(value)]


def _entry(head: str, part: object) -> list[str]:
    flow = _flow(part)
    if len(head) + len(flow) < WIDTH or not isinstance(part, dict | list) or not part:
        return [f"{head} {flow}"]
    return [head, *(f"  {line}" for line in _lines(part))]


def _flow(value: object) -> str:
    text: str = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=True, sort_keys=False, allow_unicode=True, width=1_000_000
    )
    return _QUOTED_TIME.sub(r"\1", text.removesuffix("\n").removesuffix("\n..."))


_QUOTED_TIME = re.compile(r"!!timestamp '([^']*)'")
"""How the library writes a time inside brackets, for fear of its colons; every reader takes it as it is."""


class _Dumper(yaml.SafeDumper):
    """Writes times as people do, and every value out instead of naming an earlier one."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _time(dumper: _Dumper, at: datetime) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", to_text(at) or "")


_Dumper.add_representer(datetime, _time)

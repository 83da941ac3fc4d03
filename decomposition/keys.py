"""Keys and ids: what instances of lines and steps are unique over, in their text form (`domain.md` D1)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal

from catalog.values import Value, to_tagged

MAX_STEP_ID = 120
_DIGITS = 10


def short_hash(text: str) -> str:
    """Return ten hexadecimal digits that stand for `text`."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def key_text(key: Value) -> str | None:
    """Return the text of a key, equal for equal keys (`1` and `1.0` are), or None if a null is anywhere in it."""
    return None if _has_null(key) else to_tagged(_plain(key))


def step_id(definition: str, suffix: str = "") -> str:
    """Return `GROUP.STEP` with `@LINE` or `~HASH`; what is too long for an id becomes a hash."""
    whole = f"{definition}{suffix}"
    return whole if len(whole) <= MAX_STEP_ID else f"{definition}~{short_hash(whole)}"


def another_id(code: str, definition: str, number: int) -> str:
    """Return the id of the `number`-th step that would have the id `code`: `GROUP.STEP@LINE+2`; the first keeps it."""
    return code if number == 1 else step_id(definition, f"{code.removeprefix(definition)}+{number}")


def _has_null(key: Value) -> bool:
    match key:
        case None:
            return True
        case Mapping():
            return any(_has_null(part) for part in key.values())
        case tuple():
            return any(_has_null(part) for part in key)
        case _:
            return False


def _plain(key: Value) -> Value:
    match key:
        case Decimal() if key == key.to_integral_value():
            return int(key)
        case Decimal():
            return key.normalize()
        case Mapping():
            return {name: _plain(key[name]) for name in sorted(key)}
        case tuple():
            return tuple(_plain(part) for part in key)
        case _:
            return key

"""Regular expressions of strangers: matched in time that grows with pattern and text alone, whatever the pattern.

The engine is the one of pydantic (Rust's `regex`), which never goes back. So it has no look-around and no
back-references, and refuses what would take more than 10 MB.
"""

from __future__ import annotations

from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, core_schema

LONGEST = 500
"""Characters of a pattern."""


def problem_of(pattern: str) -> str:
    """Return why `pattern` is no regular expression that can be used; empty when it is one."""
    if len(pattern) > LONGEST:
        return f"it has {len(pattern):,} characters, and at most {LONGEST} are allowed"
    try:
        _compiled(pattern)  # alone first: a bracket too many would close the one that is put around it
        _whole(pattern)
    except SchemaError as error:
        return _in_words(str(error))
    return ""


def matches(pattern: str, text: str) -> bool:
    """Tell whether the whole of `text` matches `pattern`, of which `problem_of` has found nothing."""
    return _whole(pattern).isinstance_python(text)


@lru_cache(maxsize=128)
def _whole(pattern: str) -> SchemaValidator:
    return _compiled(rf"\A(?:{pattern})\z")


def _compiled(pattern: str) -> SchemaValidator:
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


def _in_words(error: str) -> str:
    _, said, reason = error.rpartition("error: ")
    return reason.strip().rstrip(".") if said else "it grows too large: repeat less"

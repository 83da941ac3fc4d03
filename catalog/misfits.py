"""What pydantic's errors mean, in words for the author of a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from catalog.base import CODE_PATTERN, NAME_PATTERN, NUMBER_PATTERN, Path
from catalog.words import did_you_mean, kind_of, listed

_NUMBER = "a number"
_INTEGER = "an integer"
_BOOLEAN = "true or false"
_DATE = "a date like 2026-11-25"
_DATETIME = "a date and time with its offset, like 2026-11-25T08:00:00Z"
_MAPPING = "a mapping (`name: value`)"
_LIST = "a list"

EXPECTED = {
    "string_type": "text",
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_from_float": _INTEGER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _BOOLEAN,
    "bool_parsing": _BOOLEAN,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "datetime_type": _DATETIME,
    "datetime_parsing": _DATETIME,
    "datetime_from_date_parsing": _DATETIME,
    "timezone_aware": _DATETIME,
    "dict_type": _MAPPING,
    "mapping_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "none_required": "nothing",
}
"""What a value must be, by the type of pydantic's error: these read "must be ..., not ..."."""

_PATTERNS = {
    NAME_PATTERN: (
        "no name",
        "A name has small letters, digits and `_`, begins with a letter, and is at most 32 characters long.",
    ),
    CODE_PATTERN: (
        "no code",
        "A code has letters, digits, `_` and `-`, begins with a letter or digit, and is at most 32 characters long.",
    ),
    NUMBER_PATTERN: (
        "no order number",
        "It has letters, digits, `.`, `_` and `-`, begins with a letter or digit, and is at most 64 characters long.",
    ),
}

_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
    "multiple_of": ("multiple_of", "a multiple of"),
}

_LENGTHS = {
    "string_too_short": ("min_length", "at least", "character"),
    "string_too_long": ("max_length", "at most", "character"),
    "too_short": ("min_length", "at least", "entry"),
    "too_long": ("max_length", "at most", "entry"),
    "decimal_max_digits": ("max_digits", "at most", "digit"),
    "decimal_max_places": ("decimal_places", "at most", "decimal place"),
    "decimal_whole_digits": ("whole_digits", "at most", "digit before the point"),
}

Said = tuple[str, str]
"""A message and its hint."""


def subject(path: Path) -> str:
    """Return how a sentence names the value at `path`: "`name`", "`lines[2]`", "The document"."""
    names = [index for index, part in enumerate(path) if isinstance(part, str)]
    if not names:
        return f"Item {path[-1]}" if path else "The document"
    name, *positions = path[names[-1] :]
    return f"`{name}{''.join(f'[{each}]' for each in positions)}`"


def explain(model: type[BaseModel], error: ErrorDetails, path: Path) -> Said:
    """Return message and hint of an error that is not in `EXPECTED`; `model` is what the whole data was to be."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _BOUNDS:
        return _bound(*_BOUNDS[kind], error, path), ""
    if kind in _LENGTHS:
        return _length(*_LENGTHS[kind], context, path), ""
    if kind == "extra_forbidden":
        name = str(path[-1] if path else error["loc"][-1])
        return f"There is no field `{name}` here.", did_you_mean(
            name, _fields_beside(model, error["loc"]), "Fields here"
        )
    if kind in _SPECIAL:
        return _SPECIAL[kind](error, context, path)
    return f"{subject(path)}: {_sentence(error['msg'])}", ""


def _missing(_error: ErrorDetails, _context: Mapping[str, object], path: Path) -> Said:
    return f"`{path[-1]}` is missing.", ""


def _choice(error: ErrorDetails, context: Mapping[str, object], path: Path) -> Said:
    choices = _quoted(context.get("expected", ""))
    message = f"{subject(path)} must be {listed(choices, 'or')}, not {kind_of(error['input'])}."
    return message, _nearest(error["input"], choices)


def _tag(_error: ErrorDetails, context: Mapping[str, object], path: Path) -> Said:
    choices = _quoted(context.get("expected_tags", ""))
    tag = context.get("tag")
    message = f"{subject(path)} must be {listed(choices, 'or')}, not {kind_of(tag)}."
    return message, _nearest(tag, choices)


def _pattern(error: ErrorDetails, context: Mapping[str, object], path: Path) -> Said:
    pattern = str(context.get("pattern"))
    what, rule = _PATTERNS.get(pattern, ("not of the form it must have", f"It must match `{pattern}`."))
    value = f": {error['input']!r}" if path and error["input"] != path[-1] else ""
    return f"{subject(path)} is {what}{value}.", rule


def _own_words(error: ErrorDetails, context: Mapping[str, object], path: Path) -> Said:
    """Pass the text of our own validators through."""
    return f"{subject(path)}: {_sentence(str(context.get('error', error['msg'])))}", ""


_SPECIAL: dict[str, Callable[[ErrorDetails, Mapping[str, object], Path], Said]] = {
    "missing": _missing,
    "enum": _choice,
    "literal_error": _choice,
    "union_tag_invalid": _tag,
    "union_tag_not_found": _missing,
    "string_pattern_mismatch": _pattern,
    "value_error": _own_words,
    "assertion_error": _own_words,
}


def _bound(key: str, words: str, error: ErrorDetails, path: Path) -> str:
    return f"{subject(path)} must be {words} {error.get('ctx', {})[key]}, not {error['input']}."


def _length(key: str, words: str, unit: str, context: Mapping[str, object], path: Path) -> str:
    count = context[key]
    one, many = unit, {"entry": "entries", "digit before the point": "digits before the point"}.get(unit, f"{unit}s")
    actual = f", not {context['actual_length']}" if "actual_length" in context else ""
    return f"{subject(path)} must have {words} {count} {one if count == 1 else many}{actual}."


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _quoted(expected: object) -> tuple[str, ...]:
    return tuple(re.findall(r"'([^']*)'", str(expected)))


def _nearest(value: object, choices: tuple[str, ...]) -> str:
    hint = did_you_mean(value, choices, "") if isinstance(value, str) else ""
    return hint if hint.startswith("Did") else ""


def _fields_beside(model: type[BaseModel], loc: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the names that the model at the end of `loc` takes in place of the unknown last one."""
    models: tuple[type[BaseModel], ...] = (model,)
    for part in loc[:-1]:
        tagged = tuple(each for each in models if _is_tagged(each, part))
        below = tuple(found for each in models for found in _models_in(_annotation(each, part)))
        models = below or tagged or models
    return tuple(dict.fromkeys(name for each in models for name in _names(each)))


def _names(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


def _annotation(model: type[BaseModel], part: str | int) -> object:
    return next((field.annotation for name, field in model.model_fields.items() if part in (name, field.alias)), None)


def _is_tagged(model: type[BaseModel], part: str | int) -> bool:
    """Tell whether `part` is how pydantic names this member of a union: its class, or its discriminator."""
    if part == model.__name__:
        return True
    return any(part in get_args(field.annotation) for field in model.model_fields.values())


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)

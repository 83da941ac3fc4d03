"""Checks data from files against a model: every misfit as an issue, in our own words, at its place.

Stricter than pydantic's default, since files have types of their own: `yes` is no boolean, `"5"` no integer, `20261125`
no date. Numbers for amounts may be quoted, and dates are, in JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from itertools import islice
from typing import TypeAlias, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError, SchemaValidator, core_schema

from catalog.base import Issue, Path
from catalog.misfits import EXPECTED, explain, subject
from catalog.places import Places
from catalog.words import kind_of

M = TypeVar("M", bound=BaseModel)
Loc: TypeAlias = tuple[str | int, ...]
"""Where an error is, as pydantic says."""

MAX_WAYS = 64
MAX_ISSUES = 1_000


def validate(model: type[M], data: object, places: Places, base: Path = ()) -> tuple[M | None, tuple[Issue, ...]]:
    """Return `data` as a `model`, or `None` and all reasons why it is none, in the order of their places.

    `base` is the path of `data` within the document that `places` belongs to.
    """
    try:
        return cast(M, _validator(model).validate_python(data)), ()
    except ValidationError as error:
        issues = _issues(model, data, error.errors(include_url=False), places, base)
        return None, tuple(sorted(issues, key=_by_place))


def _by_place(issue: Issue) -> tuple[str, int, int]:
    return (issue.place.file, issue.place.line, issue.place.column) if issue.place else ("", 0, 0)


def _issues(
    model: type[BaseModel], data: object, errors: list[ErrorDetails], places: Places, base: Path
) -> list[Issue]:
    issues: list[Issue] = []
    expected: dict[Path, list[str]] = {}
    values: dict[Path, object] = {}
    for error in errors[:MAX_ISSUES]:
        path, at_key = locate(data, error)
        if error["type"] in EXPECTED:
            # a value that may be several things fails once for each of them
            expected.setdefault(path, []).append(EXPECTED[error["type"]])
            values[path] = error["input"]
            continue
        message, hint = explain(model, error, path)
        on_key = at_key or error["type"] == "extra_forbidden"
        place = places.key((*base, *path)) if on_key else places.find((*base, *path))
        issues.append(Issue(check="shape", message=message, hint=hint, path=(*base, *path), place=place))
    for path, kinds in expected.items():
        message = f"{subject(path)} must be {' or '.join(dict.fromkeys(kinds))}, not {kind_of(values[path])}."
        hint = _quoting(kinds, values[path])
        place = places.find((*base, *path))
        issues.append(Issue(check="shape", message=message, hint=hint, path=(*base, *path), place=place))
    if len(errors) > MAX_ISSUES:
        message = f"There are {len(errors) - MAX_ISSUES:,} more problems of this kind."
        hint = "They are told when those before them are mended."
        issues.append(Issue(check="limits", message=message, hint=hint, path=base, place=places.find(base)))
    return issues


def _quoting(kinds: list[str], value: object) -> str:
    if EXPECTED["string_type"] in kinds and value is not None and not isinstance(value, Mapping | list):
        return "Put it in quotes to make it text."
    if EXPECTED["bool_type"] in kinds and isinstance(value, str):
        return "Write `true` or `false`, without quotes."
    if EXPECTED["int_type"] in kinds and isinstance(value, str) and value.lstrip("-").isdecimal():
        return "Write it without quotes."
    return ""


def locate(data: object, error: ErrorDetails) -> tuple[Path, bool]:
    """Return the path in `data` of what `error` is about, and whether it is about the key at the path's end.

    pydantic's location also names members of unions, and counts entries that a model takes from a mapping.
    """
    loc = error["loc"]
    if loc and loc[-1] == "[key]":
        return next(_paths(data, loc[:-1]))[0], True
    if error["type"] == "missing":
        return (*_path_to(error["input"], _paths(data, loc[:-1])), loc[-1]), False
    path = _path_to(error["input"], _paths(data, loc))
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return (*path, error["ctx"]["discriminator"].strip("'")), False
    # the model took this field from the key above it
    return path, bool(path) and error["input"] == path[-1] and loc[-1] != path[-1]


def _path_to(value: object, found: Iterator[tuple[Path, object]]) -> Path:
    # a location of n parts can be followed in 2^n ways; the right one is among the first
    ways = tuple(islice(found, MAX_WAYS))
    return next((path for path, each in ways if each is value), ways[0][0])


def _paths(data: object, loc: Loc) -> Iterator[tuple[Path, object]]:
    """Yield the ways to follow `loc` in `data`, the likeliest first; parts that are no key or position are skipped."""
    if not loc:
        yield (), data
        return
    part = _key_at(data, loc[0])
    if part is not None:
        inner = data[part]  # type: ignore[index] # `_key_at` has looked
        yield from (((part, *path), value) for path, value in _paths(inner, loc[1:]))
    yield from _paths(data, loc[1:])


def _key_at(data: object, part: str | int) -> str | int | None:
    if isinstance(data, list | tuple):
        return part if isinstance(part, int) and 0 <= part < len(data) else None
    if not isinstance(data, Mapping):
        return None
    if isinstance(part, int):  # entries that the model takes from a mapping count in its order
        return next(islice(data, part, None), None)
    return part if part in data else None


@cache
def _validator(model: type[BaseModel]) -> SchemaValidator:
    schema = cast(core_schema.CoreSchema, _stricter(model.__pydantic_core_schema__))
    # else inner models would be checked by the validators they were built with, which are not as strict
    return SchemaValidator(schema, _use_prebuilt=False)


def _stricter(schema: object) -> object:
    """Return pydantic's schema with strict booleans and integers, and dates that are no numbers."""
    if isinstance(schema, list | tuple):
        return type(schema)(_stricter(each) for each in schema)
    if not isinstance(schema, dict):
        return schema
    kind = schema.get("type")
    if kind in ("bool", "int"):
        return {**schema, "strict": True}
    if kind in ("date", "datetime"):
        check = _no_date if kind == "date" else _no_datetime
        return core_schema.no_info_before_validator_function(check, cast(core_schema.CoreSchema, schema))
    kept = ("default", "metadata", "cls")
    return {name: part if name in kept else _stricter(part) for name, part in schema.items()}


def _looks_like_a_date(raw: object) -> bool:
    return isinstance(raw, date) or (isinstance(raw, str) and raw[4:5] == "-")


def _no_date(raw: object) -> object:
    if not _looks_like_a_date(raw):
        raise PydanticCustomError("date_type", "no date")
    return raw


def _no_datetime(raw: object) -> object:
    if not _looks_like_a_date(raw):
        raise PydanticCustomError("datetime_type", "no date and time")
    return raw

"""JSON Schemas (draft 2020-12) of the files that people write: what editors complete from and check by.

They describe the files, not the models: sections are mappings by key, and what has a short form may be written in it.
Types and bounds come from the models, descriptions from their docstrings.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from catalog.catalog import Catalog
from catalog.environment import Environment
from catalog.fields import KEYED_BY
from catalog.products import Scope
from catalog.schedules import Base
from catalog.steps import Pairing
from decomposition.order import Order
from fulfillment.rehearsal.script import DesignTest, Given

Schema: TypeAlias = dict[str, Any]
"""A JSON Schema, or a part of one, as Python has it."""

_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_RULE_NUMBER = re.compile(r" \(`domain\.md`[^)]*\)")
_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "m"), (timedelta(seconds=1), "s"))


class Kind(StrEnum):
    """A kind of file that people write."""

    CATALOG = "catalog"
    ENVIRONMENT = "environment"
    ORDER = "order"
    TEST = "test"


class DesignTestFile(BaseModel):
    """A file of design tests: every key but `given` names a test."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, DesignTest]

    given: Given | None = None
    """What the tests of the file have in common; each may say otherwise."""


_MODELS: dict[Kind, type[BaseModel]] = {
    Kind.CATALOG: Catalog,
    Kind.ENVIRONMENT: Environment,
    Kind.ORDER: Order,
    Kind.TEST: DesignTestFile,
}
_TITLES = {
    Kind.CATALOG: "A file of a catalog: any part of its sections. All files of the folder make the catalog.",
    Kind.ENVIRONMENT: "A file of an environment: any part of its sections. All files of the folder make it.",
    Kind.ORDER: "An order, in YAML or JSON.",
    Kind.TEST: "A file of design tests: every key but `given` names a test.",
}


@cache
def schema_text(kind: Kind) -> str:
    """Return the JSON Schema of a kind of file as JSON, ended by a line break."""
    return json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n"


def schema_of(kind: Kind) -> Schema:
    """Return the JSON Schema of a kind of file."""
    found = _MODELS[kind].model_json_schema(schema_generator=_OfFiles)
    for shape in tuple(_shapes(found)):
        if KEYED_BY in shape:
            _key_out(shape, found["$defs"])
    _without_keys(found)
    for shape in _shapes(found):
        _tell(shape)
    return {"$schema": _OfFiles.schema_dialect, **found, "title": f"dro {kind.value}", "description": _TITLES[kind]}


def _key_out(shape: Schema, definitions: Schema) -> None:
    """Say of a mapping by key what its keys are."""
    entries = [definitions[each] for each in _referred(shape["additionalProperties"])]
    key = entries[0]["properties"][shape[KEYED_BY]]
    if "pattern" in key:
        shape["propertyNames"] = {"pattern": key["pattern"]}


def _without_keys(found: Schema) -> None:
    """Take the keys out of the entries that stand below them."""
    for shape in tuple(_shapes(found)):
        if (name := shape.pop(KEYED_BY, None)) is None:
            continue
        for each in _referred(shape["additionalProperties"]):
            entry = found["$defs"][each]
            entry["properties"].pop(name, None)
            entry["required"] = [field for field in entry.get("required", ()) if field != name]
            if not entry["required"]:
                del entry["required"]


def _shapes(part: object) -> Iterator[Schema]:
    """Yield a schema and all those inside it."""
    if isinstance(part, dict):
        yield part
        for inner in part.values():
            yield from _shapes(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _shapes(inner)


def _referred(shape: Schema) -> tuple[str, ...]:
    """Return the names of the definitions that a shape, or a union of such, refers to."""
    return tuple(each["$ref"].rpartition("/")[2] for each in shape.get("oneOf", [shape]))


class _OfFiles(GenerateJsonSchema):
    """Makes the schema of a model as its files are written."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the key says it already
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        found = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        documented = attribute_docs(model)
        for name, field in found.get("properties", {}).items():
            if name in documented:
                field.setdefault("description", documented[name])
        return found

    def dict_schema(self, schema: core_schema.DictSchema) -> Schema:
        found = super().dict_schema(schema)
        for pattern, values in found.pop("patternProperties", {}).items():
            found |= {"propertyNames": {"pattern": pattern}, "additionalProperties": values}
        return found

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Schema:
        found = super().nullable_schema(schema)
        inner, *others = found.get("anyOf", [found])
        if "type" not in inner or "enum" in inner or len(others) != 1:
            return found
        kinds = inner["type"] if isinstance(inner["type"], list) else [inner["type"]]
        return {**inner, "type": [*(each for each in kinds if each != "null"), "null"]}

    def date_schema(self, schema: core_schema.DateSchema) -> Schema:
        return {**super().date_schema(schema), "pattern": _DATE}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        found = super().default_schema(schema)
        if found.get("default", ...) in (None, [], ""):
            del found["default"]
        return found

    def encode_default(self, dft: Any) -> Any:
        match dft:
            case timedelta():
                return written(dft)
            case Scope(by=None) | Base(attribute=None) | Pairing(by=None):
                return dft.kind.value
            case BaseModel():
                return json.loads(dft.model_dump_json(exclude_defaults=True))
            case Decimal():
                return int(dft) if dft == dft.to_integral_value() else float(dft)
            case _:
                return super().encode_default(dft)


def _tell(shape: Schema) -> None:
    """Give the description of a shape whole paragraphs, without numbers of rules of the domain."""
    if isinstance(text := shape.get("description"), str):
        text = _RULE_NUMBER.sub("", text)
        shape["description"] = "\n\n".join(" ".join(each.split()) for each in text.split("\n\n"))


def written(length: timedelta) -> str:
    """Return a length of time as files have it: `30s`, `5m`, `1d`."""
    if not length:
        return "0s"
    for unit, letter in _UNITS:
        if length % unit == timedelta(0):
            return f"{length // unit}{letter}"
    return f"{length // timedelta(milliseconds=1)}ms"


def plain(data: object) -> object:
    """Return what a reader made of a file as JSON has it: what a schema is asked about."""
    match data:
        case dict():
            return {name: plain(part) for name, part in data.items()}
        case list():
            return [plain(part) for part in data]
        case Decimal():
            return float(data)
        case date() | datetime():
            return data.isoformat()
        case _:
            return data


@cache
def attribute_docs(model: type[BaseModel]) -> dict[str, str]:
    """Return the docstrings below the fields of a model, by field, its own before those of the models it comes from."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel:
            found |= dict(_docs_below_fields(ast.parse(textwrap.dedent(inspect.getsource(each))).body[0]))
    return found


def _docs_below_fields(node: ast.stmt) -> Iterator[tuple[str, str]]:
    assert isinstance(node, ast.ClassDef)
    for field, below in zip(node.body, node.body[1:], strict=False):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str):
            yield field.target.id, " ".join(below.value.value.split())

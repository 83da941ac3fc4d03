"""The reference of every key that people write, as a page: generated from the schemas, so that it lacks none.

`make reference` writes it; a test compares the page with what the schemas say now.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from catalog.base import CODE_PATTERN, NAME_PATTERN
from catalog.fields import LONGEST_EXPRESSION
from service.schemas import Kind, Schema, schema_of

PAGE = Path(__file__).parents[1] / "docs" / "reference.md"

_HEAD = """# Reference of every key

Generated with `make reference` from the models that files are checked by. What the keys are for tell
[the format of a catalog](catalog-format.md), [design tests](design-tests.md) and [expressions](expressions.md). Editors
get the same as JSON Schemas: `dro catalog schema`, with `--environment` or `--tests`, and `dro orders schema`.

A *name* is lower case: a letter, then at most 31 letters, digits or `_`. A *code* begins with a letter or digit, then
has at most 31 letters, digits, `_` or `-`. A *length of time* is written `250ms`, `30s`, `5m`, `2h` or `1d`. A *value*
is text, a number, a date, `true` or `false`.
"""
_TOPS = {"Order": "orders"}
"""Definitions that are the top of a chapter: the heading of that."""

_TITLES = {
    Kind.CATALOG: "Files of a catalog",
    Kind.ENVIRONMENT: "Files of an environment",
    Kind.ORDER: "Orders",
    Kind.TEST: "Design tests",
}
_WORDS = {NAME_PATTERN: "name", CODE_PATTERN: "code"}
_KINDS = {"string": "text", "number": "number", "integer": "integer", "boolean": "`true` or `false`", "null": "nothing"}
_ANY = ["string", "number", "boolean"]
_BOUNDS = (
    ("minimum", "at least"),
    ("exclusiveMinimum", "above"),
    ("maximum", "at most"),
    ("exclusiveMaximum", "below"),
)


def page() -> str:
    """Return the whole page."""
    known = dict.fromkeys(_TOPS, True)
    parts = [_HEAD]
    for kind in Kind:
        parts += _Chapter(kind, schema_of(kind)).text(known)
    return "\n".join(parts)


class _Chapter:
    """One kind of file: its top, then everything below it in the order in which it is met."""

    def __init__(self, kind: Kind, schema: Schema) -> None:
        self._title = _TITLES[kind]
        self._schema = schema
        self._definitions: dict[str, Schema] = schema["$defs"]

    def text(self, known: dict[str, bool]) -> Iterator[str]:
        """Yield the text of the chapter; what `known` has is described in an earlier one, and what is new is added."""
        yield f"## {self._title}\n\n{self._schema['description']}\n"
        yield from self._table(self._schema)
        for name, paths in self._paths().items():
            shape = self._definitions[name]
            if name not in known and "enum" not in shape:
                known[name] = True
                where = ", ".join(f"`{each}`" for each in paths)
                yield f"### {_spaced(name)}\n\n{shape['description']}\n\nAt {where}.\n"
                yield from self._table(shape)

    def _paths(self) -> dict[str, list[str]]:
        """Return where each definition stands, in the order in which they are met from the top."""
        found: dict[str, list[str]] = {}
        waiting = [("", self._schema)]
        for path, shape in waiting:  # grows while it is walked
            for key, name in _references(shape):
                inside = f"{path}.{key}".strip(".").replace(".[]", "[]")
                if name not in found:
                    waiting.append((inside, self._definitions[name]))
                if inside not in found.setdefault(name, []) and not inside.startswith(tuple(found[name])):
                    found[name].append(inside)
        return found

    def _table(self, shape: Schema) -> Iterator[str]:
        rows = [*self._rows(shape, "")]
        if rows:
            yield "\n".join(("| key | what it takes | default | meaning |", "|---|---|---|---|", *rows, ""))

    def _rows(self, shape: Schema, above: str) -> Iterator[str]:
        required = shape.get("required", ())
        for name, field in shape.get("properties", {}).items():
            default = "required" if name in required else f"`{_text(field['default'])}`" if "default" in field else ""
            cells = (f"`{above}{name}`", self._type(field), default, field.get("description", ""))
            yield f"| {' | '.join(each.replace('|', chr(92) + '|').replace(chr(10), ' ') for each in cells)} |"
            for each in field.get("anyOf", ()):
                yield from self._rows(each, f"{above}{name}.")

    def _type(self, shape: Schema) -> str:
        if "$ref" in shape:
            return self._referred(shape["$ref"].rpartition("/")[2])
        if "const" in shape or "enum" in shape:
            return _choices(shape.get("enum", [shape.get("const")]))
        if several := shape.get("anyOf") or shape.get("oneOf"):
            if {each.get("type") for each in several} - {"null"} == {"number", "string"}:
                return self._type(several[0])  # an exact number, which may stand in quotes
            kinds = [self._type(each) for each in several if each.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
        kinds = [each for each in _listed(shape.get("type", [])) if each != "null"]
        if kinds[: len(_ANY)] == _ANY:
            return "value"
        return " or ".join(self._kind(each, shape) for each in kinds) or "anything"

    def _kind(self, kind: str, shape: Schema) -> str:
        if kind == "array":
            return f"list of {self._type(shape['items'])}" if "items" in shape else "list"
        if kind == "object":
            return self._mapping(shape)
        pattern = shape.get("pattern", "")
        word = _WORDS.get(pattern) or ("length of time" if "(ms|s|" in pattern else _KINDS[kind])
        word = "expression" if shape.get("maxLength") == LONGEST_EXPRESSION else word
        word = {"date": "date", "date-time": "date and time"}.get(shape.get("format", ""), word)
        bounds = [f"{words} {shape[name]:g}" for name, words in _BOUNDS if name in shape]
        return ", ".join((word, *bounds))

    def _mapping(self, shape: Schema) -> str:
        if "properties" in shape:
            return f"mapping with {' and '.join(f'`{each}`' for each in shape['properties'])}"
        if isinstance(shape.get("additionalProperties"), dict):
            return f"{self._type(shape['additionalProperties'])} by {_key(shape).lower()}"
        return "mapping"

    def _referred(self, name: str) -> str:
        shape = self._definitions[name]
        if "enum" in shape:
            return _choices(shape["enum"])
        title = _spaced(name).lower()
        return f"[{title}](#{_TOPS.get(name, title.replace(' ', '-'))})"


def _references(shape: Schema, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the definitions that a shape refers to, each with the path to it."""
    if "$ref" in shape:
        yield path, shape["$ref"].rpartition("/")[2]
    for name, field in shape.get("properties", {}).items():
        yield from _references(field, f"{path}.{name}".strip("."))
    for each in (*shape.get("anyOf", ()), *shape.get("oneOf", ())):
        yield from _references(each, path)
    if "items" in shape:
        yield from _references(shape["items"], f"{path}.[]".strip("."))
    if isinstance(shape.get("additionalProperties"), dict):
        yield from _references(shape["additionalProperties"], f"{path}.{_key(shape)}".strip("."))


def _key(shape: Schema) -> str:
    names = shape.get("propertyNames", {})
    return _WORDS.get(names.get("pattern", ""), "key").upper()


def _listed(kinds: str | list[str]) -> list[str]:
    return [kinds] if isinstance(kinds, str) else kinds


def _choices(values: list[object]) -> str:
    return ", ".join(f"`{_text(each)}`" for each in values)


def _text(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_text(each) for each in value)}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _spaced(name: str) -> str:
    """Return the name of a class as words: "Retry policy"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

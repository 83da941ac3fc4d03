"""From nodes to plain data and its places, with every problem on the way as an issue.

Aliases are followed and counted: what they multiply or nest stays bounded, and none contains itself.
"""

from __future__ import annotations

from typing import TypeAlias

from catalog.base import Issue, Path, Place
from catalog.documents import (
    LIST,
    MAPPING,
    MAX_DEPTH,
    MAX_NODES,
    PLAIN,
    TEXT,
    TOO_DEEP,
    TOO_MANY,
    MappingNode,
    Mark,
    Node,
    ScalarNode,
    refusal,
)
from catalog.places import Spot
from catalog.scalars import MAX_DIGITS, TooManyDigits, resolve
from catalog.values import Scalar

Data: TypeAlias = "Scalar | list[Data] | dict[str, Data]"
"""A document as plain data."""

MAX_TEXT = 8 * 1024 * 1024
MAX_SCALAR = 100_000

_SCALAR_TAGS = frozenset({PLAIN, TEXT, "tag:yaml.org,2002:str"})
_COLLECTION_TAGS = frozenset({MAPPING, LIST, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})


class Builder:
    """Turns one document's nodes into data and places, collecting issues on the way."""

    def __init__(self, file: str) -> None:
        self.issues: dict[tuple[Place | None, str], Issue] = {}
        self._file = file
        self._nodes = self._characters = 0
        self._open: set[int] = set()

    def build(self, node: Node, path: Path = (), key: Mark | None = None) -> tuple[Data, Spot]:
        """Return the data under `node` and where its parts stand.

        Raises:
            Unreadable: aliases make it too large, too deep or endless.
        """
        mark = node.start_mark
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise refusal(self._file, mark, "limits", *TOO_MANY)
        if isinstance(node, ScalarNode):
            return self._scalar(node, path), Spot(self._file, mark, key)
        if id(node) in self._open:
            raise refusal(self._file, mark, "limits", "This value contains itself, by an alias.", "Write it out.")
        if len(path) >= MAX_DEPTH:
            raise refusal(self._file, mark, "limits", *TOO_DEEP)
        if node.tag not in _COLLECTION_TAGS:
            self._refuse_tag(node, path)
        self._open.add(id(node))
        built = self._mapping(node, path) if isinstance(node, MappingNode) else self._list(node, path)
        self._open.discard(id(node))
        return built[0], Spot(self._file, mark, key, built[1])

    def _mapping(self, node: MappingNode, path: Path) -> tuple[Data, dict[str | int, Spot]]:
        data: dict[str, Data] = {}
        inner: dict[str | int, Spot] = {}
        for key_node, value_node in node.value:
            if (key := self._key(key_node, path)) is None:
                continue
            if key in inner:
                self._twice(key_node, inner[key], (*path, key))
                continue
            data[key], inner[key] = self.build(value_node, (*path, key), key_node.start_mark)
        return data, inner

    def _list(self, node: Node, path: Path) -> tuple[Data, dict[str | int, Spot]]:
        data: list[Data] = []
        inner: dict[str | int, Spot] = {}
        for index, item in enumerate(node.value):
            value, inner[index] = self.build(item, (*path, index))
            data.append(value)
        return data, inner

    def _key(self, node: Node, path: Path) -> str | None:
        if not isinstance(node, ScalarNode):
            self._report(
                node, path, "key", "A key must be text, not a mapping or a list.", "Put text before the colon."
            )
            return None
        if node.tag == PLAIN and node.value == "<<":
            hint = "Write the fields out; an alias can stand for a whole value."
            self._report(node, path, "merge", "The merge key `<<` is not supported.", hint)
            return None
        self._measure(node, path)
        if node.tag not in _SCALAR_TAGS:
            self._refuse_tag(node, path)
        return str(node.value)

    def _scalar(self, node: ScalarNode, path: Path) -> Scalar:
        text: str = node.value
        self._measure(node, path)
        if node.tag == PLAIN:
            try:
                return resolve(text)
            except TooManyDigits:
                hint = "Quote it if it is text."
                self._report(node, path, "limits", f"This number has more than {MAX_DIGITS} digits.", hint)
        elif node.tag not in _SCALAR_TAGS:
            self._refuse_tag(node, path)
        return text

    def _measure(self, node: ScalarNode, path: Path) -> None:
        length = len(node.value)
        self._characters += length
        if self._characters > MAX_TEXT:
            message = f"Aliases make this document longer than {MAX_TEXT:,} characters."
            raise refusal(self._file, node.start_mark, "limits", message, "Use fewer aliases.")
        if length > MAX_SCALAR:
            message = f"This text has {length:,} characters; at most {MAX_SCALAR:,} are allowed."
            self._report(node, path, "limits", message)

    def _twice(self, node: Node, first: Spot, path: Path) -> None:
        at = first.key or first.mark
        message = (
            f"`{path[-1]}` stands here a second time; it first stands in line {at.line + 1}, column {at.column + 1}."
        )
        self._report(node, path, "duplicate", message, "Remove one of the two, or rename it.")

    def _refuse_tag(self, node: Node, path: Path) -> None:
        tag = node.tag.replace("tag:yaml.org,2002:", "!!")
        hint = "Write the value without a tag, or quote text that begins with `!`."
        self._report(node, path, "tag", f"The tag `{tag}` is not allowed.", hint)

    def _report(self, node: Node, path: Path, check: str, message: str, hint: str = "") -> None:
        place = Place(file=self._file, line=node.start_mark.line + 1, column=node.start_mark.column + 1)
        issue = Issue(check=check, message=message, hint=hint, path=path, place=place)
        # what stands behind an alias is met once per alias, and reported once
        self.issues.setdefault((place, message), issue)

"""From nodes to plain data and its places, with every problem on the way as an issue.

Aliases are weighed before they are followed: what they multiply or nest stays bounded, and none contains itself.
"""

from __future__ import annotations

from itertools import chain
from typing import NamedTuple, TypeAlias

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


class Weight(NamedTuple):
    """What a node amounts to with every alias in it written out: values, characters, levels."""

    values: int
    characters: int
    levels: int


def weigh(node: Node, file: str, known: dict[int, Weight | None] | None = None) -> Weight:
    """Return the weight of `node`; each node is looked at once, however many aliases name it.

    Raises:
        Unreadable: aliases make it too large, too deep or endless.
    """
    if isinstance(node, ScalarNode):
        return Weight(1, len(node.value), 0)
    known = {} if known is None else known
    if id(node) in known:
        weight = known[id(node)]
        if weight is None:
            raise refusal(file, node.start_mark, "limits", "This value contains itself, by an alias.", "Write it out.")
        return weight
    known[id(node)] = None
    values, characters, levels = 1, 0, 0
    entries = chain.from_iterable(node.value) if isinstance(node, MappingNode) else node.value
    for each in entries:
        inner = weigh(each, file, known)
        values, characters, levels = values + inner[0], characters + inner[1], max(levels, inner[2])
    weight = known[id(node)] = Weight(values, characters, levels + 1)
    if weight.values > MAX_NODES or weight.levels > MAX_DEPTH:
        raise refusal(file, node.start_mark, "limits", *(TOO_MANY if weight.values > MAX_NODES else TOO_DEEP))
    if weight.characters > MAX_TEXT:
        message = f"Aliases make this longer than {MAX_TEXT:,} characters."
        raise refusal(file, node.start_mark, "limits", message, "Use fewer aliases.")
    return weight


class Builder:
    """Turns one document's nodes into data and places, collecting issues on the way."""

    def __init__(self, file: str) -> None:
        self.issues: dict[tuple[Place | None, str], Issue] = {}
        self._file = file

    def build(self, node: Node, path: Path = (), key: Mark | None = None) -> tuple[Data, Spot]:
        """Return the data under `node`, which `weigh` has let pass, and where its parts stand."""
        if isinstance(node, ScalarNode):
            return self._scalar(node, path), Spot(self._file, node.start_mark, key)
        if node.tag not in _COLLECTION_TAGS:
            self._refuse_tag(node, path)
        data, inner = self._mapping(node, path) if isinstance(node, MappingNode) else self._list(node, path)
        return data, Spot(self._file, node.start_mark, key, inner)

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
        if len(node.value) > MAX_SCALAR:
            message = f"This text has {len(node.value):,} characters; at most {MAX_SCALAR:,} are allowed."
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

"""From JSON text to the nodes that YAML text gives, by JSON's own rules.

A YAML parser reads most JSON, but not its surrogate pairs, nor long keys, nor some characters inside text.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right

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
    SequenceNode,
    Unreadable,
    refusal,
)

_BLANKS = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(
    r"[{}\[\],:\"]|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)|(?P<word>true|false|null)"
)


def compose_json(text: str, file: str) -> Node | None:
    """Return the root node of the JSON document in `text`; `None` if it is empty.

    Raises:
        Unreadable: the text is no JSON, or a hostile document.
    """
    return _Json(text, file).document()


def _as_yaml(number: str) -> str:
    """Give a JSON number with an exponent the point that makes it a number in YAML: `1e3` is `1.0e3`."""
    return number if "." in number or number.isalpha() else re.sub("([eE])", r".0\1", number)


class _Json:
    def __init__(self, text: str, file: str) -> None:
        self._text, self._file = text, file
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._strings = json.JSONDecoder()
        self._at = self._begin = self._nodes = 0

    def document(self) -> Node | None:
        first = self._next("a value")
        if first == "end":
            return None
        root = self._value(first, 1)
        if self._next("the end of the file") != "end":
            raise self._wrong("the end of the file")
        return root

    def _next(self, expected: str) -> str:
        """Return the next sign of punctuation, or `number`, `word` or `end`; `_begin` and `_at` are its ends."""
        self._begin = self._at = _BLANKS.match(self._text, self._at).end()  # type: ignore[union-attr] # matches always
        if self._begin == len(self._text):
            return "end"
        found = _TOKEN.match(self._text, self._begin)
        if found is None:
            raise self._wrong(expected)
        self._at = found.end()
        return found.lastgroup or found.group()

    def _value(self, sign: str, depth: int) -> Node:
        self._nodes += 1
        mark = self._mark(self._begin)
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise refusal(self._file, mark, "limits", *(TOO_DEEP if depth > MAX_DEPTH else TOO_MANY))
        match sign:
            case "{":
                return self._mapping(mark, depth)
            case "[":
                return self._list(mark, depth)
            case '"':
                return self._string(mark)
            case "number" | "word":
                return ScalarNode(PLAIN, _as_yaml(self._text[self._begin : self._at]), mark)
            case _:
                raise self._wrong("a value")

    def _mapping(self, mark: Mark, depth: int) -> Node:
        entries: list[tuple[Node, Node]] = []
        sign = self._next('a key in double quotes or "}"')
        if sign == "}":
            return MappingNode(MAPPING, entries, mark)
        while True:
            if sign != '"':
                raise self._wrong("a key in double quotes")
            key = self._string(self._mark(self._begin))
            if self._next('":"') != ":":
                raise self._wrong('":"')
            entries.append((key, self._value(self._next("a value"), depth + 1)))
            if not self._more("}"):
                return MappingNode(MAPPING, entries, mark)
            sign = self._next("a key in double quotes")

    def _list(self, mark: Mark, depth: int) -> Node:
        items: list[Node] = []
        sign = self._next('a value or "]"')
        if sign == "]":
            return SequenceNode(LIST, items, mark)
        while True:
            items.append(self._value(sign, depth + 1))
            if not self._more("]"):
                return SequenceNode(LIST, items, mark)
            sign = self._next("a value")

    def _more(self, closing: str) -> bool:
        sign = self._next(f'"," or "{closing}"')
        if sign not in (",", closing):
            raise self._wrong(f'"," or "{closing}"')
        return sign == ","

    def _string(self, mark: Mark) -> Node:
        try:
            value, self._at = self._strings.raw_decode(self._text, self._begin)
        except json.JSONDecodeError as error:
            problem = (error.msg[0].lower() + error.msg[1:]).removesuffix(" at").removesuffix(" starting")
            raise refusal(self._file, self._mark(error.pos), "syntax", f"This is not valid JSON: {problem}.") from None
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise refusal(self._file, mark, "syntax", "This text holds half of a surrogate pair.", "Write both halves.")
        return ScalarNode(TEXT, value, mark)

    def _mark(self, index: int) -> Mark:
        line = bisect_right(self._line_starts, index) - 1
        return Mark("", index, line, index - self._line_starts[line], None, 0)

    def _wrong(self, expected: str) -> Unreadable:
        found = self._text[self._begin : self._begin + 1]
        got = f"`{found}`" if found else "the end of the file"
        message = f"This is not valid JSON: expected {expected}, got {got}."
        return refusal(self._file, self._mark(self._begin), "syntax", message)

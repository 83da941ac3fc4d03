"""From YAML text to nodes, whose marks tell where everything stands; the only module that knows the YAML library.

Nothing is constructed and no tag is obeyed. A hostile document is refused before it grows.
"""

from __future__ import annotations

import re
from itertools import islice

import yaml
from yaml import MappingNode as MappingNode
from yaml import Mark as Mark
from yaml import Node as Node
from yaml import ScalarNode as ScalarNode
from yaml import SequenceNode as SequenceNode

from catalog import places
from catalog.base import Issue, Place

MAX_NODES = 200_000
MAX_DEPTH = 64

TEXT = "text"
PLAIN = "plain"
MAPPING = "mapping"
LIST = "list"


class Unreadable(Exception):
    """A document cannot be read any further; the issue says why."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(str(issue))
        self.issue = issue


def refusal(file: str, mark: places.Mark, check: str, message: str, hint: str = "") -> Unreadable:
    """Return the exception that refuses a document at `mark`."""
    place = Place(file=file, line=mark.line + 1, column=mark.column + 1)
    return Unreadable(Issue(check=check, message=message, hint=hint, place=place))


class _TooBig(yaml.YAMLError):
    def __init__(self, mark: places.Mark, message: str, hint: str) -> None:
        self.mark, self.message, self.hint = mark, message, hint


class _Composing:
    """Stands in for PyYAML's resolver: keeps tags unresolved, and stops a tree that grows too large or too deep."""

    nodes = 0
    depth = 0

    def resolve(self, kind: type, _value: object, implicit: bool | tuple[bool, bool]) -> str:
        if kind is yaml.ScalarNode:
            return PLAIN if isinstance(implicit, tuple) and implicit[0] else TEXT
        return MAPPING if kind is yaml.MappingNode else LIST

    def descend_resolver(self, parent: yaml.Node | None, _index: object) -> None:
        self.nodes += 1
        self.depth += 1
        if parent is not None and (self.depth > MAX_DEPTH or self.nodes > MAX_NODES):
            raise _TooBig(parent.start_mark, *(TOO_DEEP if self.depth > MAX_DEPTH else TOO_MANY))

    def ascend_resolver(self) -> None:
        self.depth -= 1


TOO_DEEP = (f"This is nested more than {MAX_DEPTH} levels deep.", "Flatten it.")
TOO_MANY = (
    f"This document has more than {MAX_NODES:,} values, those behind aliases counted each time.",
    "Split it into files, and use fewer aliases.",
)


class PurePython(_Composing, yaml.SafeLoader):
    """Composes where PyYAML was built without libyaml: the same nodes, more slowly."""


if yaml.__with_libyaml__:

    class WithLibyaml(_Composing, yaml.CSafeLoader):
        """Composes with libyaml."""

    LOADER: type[WithLibyaml] | type[PurePython] = WithLibyaml
else:
    LOADER = PurePython

MAX_DIRECTIVES = 100
_DIRECTIVE = re.compile("^%", re.MULTILINE)

# a C1 control, a lone surrogate, a NUL: what YAML does not allow even inside quotes
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def compose_yaml(text: str, file: str) -> Node | None:
    """Return the root node of the YAML document in `text`; `None` if it is empty.

    Raises:
        Unreadable: the text is no single YAML document, or a hostile one.
    """
    if found := _UNPRINTABLE.search(text):
        message = f"The character U+{ord(found.group()):04X} is not allowed in YAML."
        raise refusal(file, _mark_at(text, found.start()), "syntax", message, "Remove it, or write it as an escape.")
    if found := next(islice(_DIRECTIVE.finditer(text), MAX_DIRECTIVES, None), None):
        # the parser compares each `%TAG` with all before it
        message = f"More than {MAX_DIRECTIVES} lines begin with `%`."
        raise refusal(file, _mark_at(text, found.start()), "limits", message, "Remove them; no tag is obeyed.")
    loader = LOADER(text)
    try:
        root: Node | None = loader.get_single_node()
        return root
    except _TooBig as error:
        raise refusal(file, error.mark, "limits", error.message, error.hint) from None
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, file) from None
    finally:
        loader.dispose()


_HINTS = (
    ("mapping values are not allowed", "Check the indentation, and quote text that contains `: `."),
    ("cannot start any token", "Indent with spaces, never with tabs, and quote text that begins with a special sign."),
    ("could not find expected ':'", "Write `key: value`, with a space after the colon."),
    ("did not find expected key", "Check the indentation: entries of one mapping begin in the same column."),
    ("expected <block end>", "Check the indentation: entries of one mapping begin in the same column."),
    ("did not find expected '-' indicator", "Check the indentation: items of one list begin in the same column."),
    ("undefined alias", "Define it further up with `&name`, or quote text that begins with `*`."),
    ("undefined tag handle", "Write the value without a tag, or quote text that begins with `!`."),
    ("unknown escape character", "Write a backslash in double quotes twice, or use single quotes."),
    ("unexpected end of stream", "Close the quotes."),
)


def _syntax(error: yaml.MarkedYAMLError, file: str) -> Unreadable:
    mark = error.problem_mark or error.context_mark or yaml.Mark(file, 0, 0, 0, None, 0)
    if error.context and "single document" in error.context:
        hint = "Move it to a file of its own."
        return refusal(file, mark, "syntax", "A second document begins here; a file holds one.", hint)
    problem = (error.problem or "unknown problem").replace("\n", " ")
    since = ""
    if error.context and error.context_mark and error.context_mark.line != mark.line:
        since = f", {error.context} that begins in line {error.context_mark.line + 1}"
    hint = next((hint for words, hint in _HINTS if words in problem), "")
    return refusal(file, mark, "syntax", f"This is not valid YAML: {problem}{since}.", hint)


def _mark_at(text: str, index: int) -> yaml.Mark:
    start = text.rfind("\n", 0, index) + 1
    return yaml.Mark("", index, text.count("\n", 0, index), index - start, None, 0)

"""Writes what happened into test files as the new expectation; every other character of them stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from catalog.base import Frozen, Issue, Place
from catalog.documents import MappingNode, Node, ScalarNode, SequenceNode, Unreadable, compose_yaml
from catalog.files import read_document
from catalog.plain_data import Data
from fulfillment.rehearsal.expectation import Expectation
from service.design_tests import Report, Result, Shown
from service.design_texts import in_one_line, indented, is_block

INDENT = 2


class Updated(Frozen):
    """How many expectations of a file were written anew."""

    file: str
    expectations: int


class _Change(NamedTuple):
    test: str
    shown: Shown


class _Span(NamedTuple):
    """Where the value of an expectation stands; `column` is that of its key, `flow` says that it is inside `{}`."""

    begin: int
    end: int
    column: int
    flow: bool


def write_expectations(report: Report) -> tuple[tuple[Updated, ...], tuple[Issue, ...]]:
    """Write what happened into the files of a report's failed tests; return what was written, and what was not and why.

    What is no expectation of the file, such as a refusal that nobody expected, is left to people.
    """
    updated: list[Updated] = []
    issues: list[Issue] = []
    for file, results in groupby(report.failed, key=lambda each: each.file):
        changes = tuple(change for each in results for change in _changes(each, issues))
        if not changes:
            continue
        text, kept = _rewritten(Path(file), changes)
        if kept is not None:
            issues.append(kept)
            continue
        Path(file).write_text(text, encoding="utf-8", newline="")
        updated.append(Updated(file=file, expectations=len(changes)))
    return tuple(updated), tuple(issues)


def _changes(result: Result, issues: list[Issue]) -> Iterator[_Change]:
    for shown in result.differences:
        if shown.key in Expectation.model_fields and _is_written(result, shown.key):
            yield _Change(result.name, shown)
        else:
            hint = "Correct the test, or the catalog, by hand."
            message = f"`{result.name}`: `{shown.key}` is no expectation of the test, and is not written."
            issues.append(_issue(result.file, shown.line, message, hint))


def _is_written(result: Result, key: str) -> bool:
    data = read_document(Path(result.file)).data.get(result.name)
    expect = data.get("expect") if isinstance(data, dict) else None
    return isinstance(expect, dict) and key in expect


def _rewritten(file: Path, changes: tuple[_Change, ...]) -> tuple[str, Issue | None]:
    """Return the text of a file with new expectations, or an issue if nothing but them could not be kept the same."""
    with file.open(encoding="utf-8", newline="") as stream:
        text = stream.read()
    found = {change: _span(text, str(file), change) for change in changes}
    spans: dict[_Span, str] = {span: _value(change.shown.happened, span) for change, span in found.items() if span}
    # An alias has one text for several tests: that can be written if all of them want the same.
    agreed = all(span and spans[span] == _value(change.shown.happened, span) for change, span in found.items())
    if agreed:
        new = text
        for span in sorted(spans, reverse=True):
            new = new[: span.begin] + spans[span] + new[span.end :]
        if _same_but_for(text, new, str(file), changes):
            return new, None
    line = changes[0].shown.line
    hint = "Write out aliases, anchors and merged text of this expectation, or change it by hand."
    message = "The new expectation cannot be written here without changing something else."
    return text, _issue(str(file), line, message, hint)


def _same_but_for(old: str, new: str, file: str, changes: Iterable[_Change]) -> bool:
    """Tell whether two texts say the same, but for the expectations that were changed."""
    before, after = read_document(old, file), read_document(new, file)
    if after.issues != before.issues or not after.whole:
        return False
    for change in changes:
        wanted = read_document(f"happened:\n{indented(change.shown.happened, ' ')}").data.get("happened")
        if _expectations(after.data, change.test).get(change.shown.key) != wanted:
            return False
        _expectations(before.data, change.test)[change.shown.key] = wanted
    return before.data == after.data


def _expectations(data: dict[str, Data], test: str) -> dict[str, Data]:
    found = data.get(test)
    expect = found.get("expect") if isinstance(found, dict) else None
    return expect if isinstance(expect, dict) else {}


def _span(text: str, file: str, change: _Change) -> _Span | None:
    try:
        root = compose_yaml(text, file)
    except Unreadable:
        return None
    expect = _below(_below(root, change.test), "expect")
    if not isinstance(expect, MappingNode):
        return None
    for key, value in expect.value:
        if isinstance(key, ScalarNode) and key.value == change.shown.key:
            begin, end = _at(text, key.end_mark.line, key.end_mark.column), _end(text, value)
            begin = text.find(":", begin) + 1
            if not begin or end < begin or value.start_mark.line < key.start_mark.line:
                return None  # an alias: its value stands elsewhere
            return _Span(begin, end, key.start_mark.column, bool(expect.flow_style))
    return None


def _below(node: Node | None, name: str) -> Node | None:
    if not isinstance(node, MappingNode):
        return None
    return next((value for key, value in node.value if isinstance(key, ScalarNode) and key.value == name), None)


def _end(text: str, node: Node) -> int:
    """Return where a value ends; a block's own mark stands behind the comments that follow it."""
    if isinstance(node, MappingNode) and not node.flow_style and node.value:
        return _end(text, node.value[-1][1])
    if isinstance(node, SequenceNode) and not node.flow_style and node.value:
        return _end(text, node.value[-1])
    end = _at(text, node.end_mark.line, node.end_mark.column)
    begin = _at(text, node.start_mark.line, node.start_mark.column)
    return begin + len(text[begin:end].rstrip())


def _at(text: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line):
        start = text.find("\n", start) + 1
    return start + column


def _value(happened: str, span: _Span) -> str:
    """Return what stands behind the key: on its line, or as a block below it."""
    if span.flow or not is_block(happened):
        return f" {in_one_line(happened)}"
    margin = " " * (span.column + INDENT)
    return f"\n{indented(happened, margin)}"


def _issue(file: str, line: int, message: str, hint: str) -> Issue:
    place = Place(file=file, line=line, column=1)
    return Issue(check="update", message=message, hint=hint, place=place)

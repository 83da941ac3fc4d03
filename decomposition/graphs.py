"""Graphs for other programs to draw: boxes, some of them in frames, and arrows; as Mermaid and as DOT, deterministic.

Texts are escaped for each language, so that names of any content do no harm.
"""

from __future__ import annotations

from collections.abc import Iterator

from catalog.base import Frozen
from decomposition.wording import one_line

_PLAIN = frozenset(" .,:-_/+=@~→'")
"""Characters besides letters and digits that mean nothing to Mermaid inside quotes."""


class Box(Frozen):
    """What arrows lead to and from; `id` is of letters and digits, once in the graph; `texts` are its lines."""

    id: str
    texts: tuple[str, ...]
    thick: bool = False


class Frame(Frozen):
    """A title around boxes; without one they stand freely."""

    title: str
    boxes: tuple[Box, ...]


class Arrow(Frozen):
    """An arrow between two boxes, by their ids."""

    tail: str
    head: str
    label: str = ""


class Graph(Frozen):
    """What is drawn: frames in order, then arrows in order."""

    title: str = ""
    frames: tuple[Frame, ...] = ()
    arrows: tuple[Arrow, ...] = ()

    @property
    def boxes(self) -> tuple[Box, ...]:
        """All boxes, in order."""
        return tuple(box for frame in self.frames for box in frame.boxes)


def mermaid(graph: Graph) -> str:
    """Return a Mermaid flowchart: a subgraph for each frame."""
    lines = ["flowchart LR"]
    for position, frame in enumerate(graph.frames):
        boxes = [f'{box.id}["{"<br/>".join(_mermaid(each) for each in box.texts)}"]' for box in frame.boxes]
        lines += _framed(f'subgraph lane{position}["{_mermaid(frame.title)}"]', boxes, "end", frame)
    for arrow in graph.arrows:
        label = f'|"{_mermaid(arrow.label)}"|' if arrow.label else ""
        lines.append(f"  {arrow.tail} -->{label} {arrow.head}")
    if critical := [box.id for box in graph.boxes if box.thick]:
        lines += ["  classDef critical stroke-width:3px", f"  class {','.join(critical)} critical"]
    return "\n".join(lines) + "\n"


def dot(graph: Graph) -> str:
    """Return a DOT digraph: a cluster for each frame."""
    lines = [f'digraph "{_dot(graph.title)}" {{', "  rankdir=LR", "  node [shape=box]"]
    for position, frame in enumerate(graph.frames):
        boxes = [_dot_box(each) for each in frame.boxes]
        head = [f"subgraph cluster_{position} {{", f'  label="{_dot(frame.title)}"']
        lines += _framed("\n  ".join(head), boxes, "}", frame)
    for arrow in graph.arrows:
        label = f' [label="{_dot(arrow.label)}"]' if arrow.label else ""
        lines.append(f"  {arrow.tail} -> {arrow.head}{label}")
    return "\n".join([*lines, "}"]) + "\n"


def _framed(head: str, boxes: list[str], foot: str, frame: Frame) -> Iterator[str]:
    """Yield the lines of boxes, between head and foot if their frame has a title."""
    if frame.title:
        yield f"  {head}"
        yield from (f"    {each}" for each in boxes)
        yield f"  {foot}"
    else:
        yield from (f"  {each}" for each in boxes)


def _dot_box(box: Box) -> str:
    text = "\\n".join(_dot(each) for each in box.texts)
    return f'{box.id} [label="{text}"{", penwidth=3" if box.thick else ""}]'


def _mermaid(text: str) -> str:
    """Return the text with everything that might mean something to Mermaid as an entity, `#35;`."""
    return "".join(each if each.isalnum() or each in _PLAIN else f"#{ord(each)};" for each in one_line(text))


def _dot(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace('"', '\\"')

"""New catalogs: a template's files put into an empty folder, with schemas beside them and named in each of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from catalog.base import Refused
from service.schemas import Kind, schema_text

TEMPLATES = Path(__file__).parents[1] / "examples" / "templates"
SCHEMAS = PurePosixPath(".schema")
"""Where schemas are written: what is hidden, no reader of catalogs looks at."""

_FOLDERS = {"environment": Kind.ENVIRONMENT, "orders": Kind.ORDER, "tests": Kind.TEST}


@dataclass(frozen=True)
class Begun:
    """A catalog that was begun: its files as paths in the folder, sorted, and what to do next, a command each."""

    files: tuple[PurePosixPath, ...]
    next_steps: tuple[str, ...]


def begin(folder: Path, template: str) -> Begun | Refused:
    """Write a template's files and the schemas into a folder, which is made; refused if it holds anything already."""
    if refused := _not_empty(folder):
        return refused
    texts = {SCHEMAS / f"{kind.value}.json": schema_text(kind) for kind in Kind}
    texts |= {file: _headed(file, text) for file, text in files_of(template).items()}
    try:
        for file, text in texts.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8")
    except OSError as error:
        return _refused(f"`{folder}` cannot be written: {error.strerror or error}.", "Name another folder.")
    return Begun(tuple(sorted(texts)), _next_steps(folder, texts))


def files_of(template: str) -> dict[PurePosixPath, str]:
    """Return the texts of a template's files by their paths within it, sorted."""
    root = TEMPLATES / template
    found = sorted(each for each in root.rglob("*.yaml") if each.is_file())
    return {PurePosixPath(each.relative_to(root).as_posix()): each.read_text(encoding="utf-8") for each in found}


def kind_of(file: PurePosixPath) -> Kind:
    """Return what kind of file stands at a path within a catalog's folder."""
    return _FOLDERS.get(file.parts[0], Kind.CATALOG)


def _headed(file: PurePosixPath, text: str) -> str:
    """Return a file's text with the line by which editors find its schema."""
    up = PurePosixPath(*[".."] * (len(file.parts) - 1))
    return f"# yaml-language-server: $schema={up / SCHEMAS / kind_of(file).value}.json\n{text}"


def _not_empty(folder: Path) -> Refused | None:
    if not folder.exists():
        return None
    if not folder.is_dir():
        return _refused(f"`{folder}` is a file.", "Name a folder that does not exist yet, or is empty.")
    if any(os.scandir(folder)):
        return _refused(f"`{folder}` is not empty.", "Name a folder that does not exist yet, or is empty.")
    return None


def _refused(message: str, hint: str) -> Refused:
    return Refused.because("init", message, hint)


def _next_steps(folder: Path, texts: dict[PurePosixPath, str]) -> tuple[str, ...]:
    order = next(folder / each for each in texts if kind_of(each) is Kind.ORDER and each.parts[0] == "orders")
    return (
        f"dro catalog lint {folder}",
        f"dro catalog show --catalog {folder}",
        f"dro catalog test {folder}",
        f"dro orders submit {order} --catalog {folder} --dry-run",
    )

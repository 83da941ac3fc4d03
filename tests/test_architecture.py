"""The walls of the rooms that import-linter cannot see: composition roots, allow-lists, purity, frozen models."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from fulfillment.state import StepRecord

ROOT = Path(__file__).parent.parent
ROOMS = {"activities", "catalog", "commands", "decomposition", "examples", "fulfillment", "orderbook", "service"}
PURE = ("catalog", "decomposition", "fulfillment")
READERS = {"catalog/files.py", "catalog/documents.py", "catalog/json_nodes.py", "catalog/plain_data.py"}
NOT_PURE = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time"),
    ("time", "monotonic"),
    ("uuid", "uuid4"),
    ("os", "environ"),
    ("os", "getenv"),
}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    for room in rooms:
        for file in sorted((ROOT / room).rglob("*.py")):
            yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_text())


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_import_only_the_standard_library_pydantic_and_rooms_below(room: str) -> None:
    allowed = {"pydantic", "pydantic_core", *PURE, *sys.stdlib_module_names} - {"random", "socket", "subprocess"}
    strangers = [
        f"{name}: {module}"
        for name, tree in modules(room)
        if name not in READERS
        for module in imported(tree)
        if module.partition(".")[0] not in allowed
    ]
    assert strangers == []


@pytest.mark.parametrize("room", [*PURE, "workflows"])
def test_pure_rooms_ask_no_clock_no_chance_and_no_environment(room: str) -> None:
    asked = [
        f"{name}:{node.lineno}"
        for name, tree in modules(room)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in NOT_PURE
    ]
    assert asked == []


def test_nothing_imports_a_composition_root_but_the_two_themselves() -> None:
    importers = [
        name
        for name, tree in modules(*sorted(ROOMS - {"commands"}), "workflows")
        if {"cli", "worker"} & set(imported(tree))
    ]
    assert importers == []


def test_only_the_readers_touch_yaml() -> None:
    users = {name for name, tree in modules(*PURE) if "yaml" in set(imported(tree))}
    assert users <= READERS


def models() -> Iterator[type[BaseModel]]:
    for room in PURE:
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            module = importlib.import_module(found.name)
            for each in vars(module).values():
                if isinstance(each, type) and issubclass(each, BaseModel) and each.__module__ == found.name:
                    yield each


def test_every_model_of_the_pure_rooms_is_frozen_all_the_way_down() -> None:
    loose = [
        f"{model.__name__}.{name}"
        for model in models()
        for name, field in model.model_fields.items()
        if model is not StepRecord  # the run's state is the one mutable object
        if not model.model_config.get("frozen") or mutable(str(field.annotation))
    ]
    assert loose == []


def mutable(annotation: str) -> bool:
    return any(word in annotation for word in ("list[", "dict[", "set[", "Any]", "typing.Any"))

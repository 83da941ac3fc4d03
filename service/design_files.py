"""Reads the design tests of a catalog folder, with the orders and environments that they name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog.base import Issue
from catalog.catalog import Catalog
from catalog.environment import Environment
from catalog.files import Document, read_document
from catalog.shapes import validate
from decomposition.order import Order
from fulfillment.rehearsal.naming import unknown_names
from fulfillment.rehearsal.said import Said
from fulfillment.rehearsal.script import DesignTest, Given
from service.catalogs import LoadedOrder, load_environment, load_order, nearest, placed, refuses

TESTS = "tests"
GIVEN = "given"
"""The key of a file under which stands what its tests have in common; every other key names a test."""
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Scripted:
    """One test as read: `order` is None, for the reasons in `refused`, if its file holds no order that fits.

    `own` names the answers and tasks that are the test's own, not those of its file.
    """

    name: str
    file: Path
    test: DesignTest
    document: Document
    environment: Environment | None
    order: Order | None
    refused: tuple[Issue, ...] = ()
    own: tuple[str, ...] = ()

    def line(self, *path: str) -> int:
        """Return the line where a part of the test begins; of a part that it has not, the next one above."""
        place = self.document.places.key((self.name, *path))
        return place.line if place else 1


class Reader:
    """Reads test files; each order and environment once. What is wrong with files is in `issues`."""

    def __init__(self, catalog: Catalog, environment: Environment | None) -> None:
        self.issues: list[Issue] = []
        self._catalog = catalog
        self._environment = environment
        self._environments: dict[Path, Environment | None] = {}
        self._orders: dict[Path, LoadedOrder] = {}

    def read(self, folder: Path, only: str) -> tuple[Scripted, ...]:
        """Return the tests below `folder` whose names contain `only`, in the order of files and of lines."""
        files = sorted(each for each in folder.rglob("*") if each.suffix in SUFFIXES and each.is_file())
        return tuple(test for file in files for test in self._tests(nearest(file.absolute()), only))

    def _tests(self, file: Path, only: str) -> Iterator[Scripted]:
        document = read_document(file)
        self.issues += document.issues
        given: Given | None = Given()
        if GIVEN in document.data:
            given, misfits = validate(Given, document.data[GIVEN], document.places, (GIVEN,))
            self.issues += misfits
        for name, raw in document.data.items():
            if name == GIVEN or only.lower() not in name.lower():
                continue
            test, misfits = validate(DesignTest, raw, document.places, (name,))
            self.issues += misfits
            if test is not None and given is not None:
                own = (*(each.to for each in test.answers), *(each.step for each in test.tasks))
                yield from self._whole(name, file, test.with_given(given), document, own)

    def _whole(
        self, name: str, file: Path, test: DesignTest, document: Document, own: tuple[str, ...]
    ) -> Iterator[Scripted]:
        unknown = (each.model_copy(update={"path": (name, *each.path)}) for each in unknown_names(test, self._catalog))
        issues = list(placed(unknown, document.places))
        order: Order | None = test.order
        refused: tuple[Issue, ...] = ()
        if test.order_file is not None:
            loaded = self._order_in((file.parent / test.order_file).resolve())
            order, refused = loaded.order, loaded.issues
        elif order is None:
            hint = "Give it `order` or `order_file`, or the whole file one under `given`."
            issues.append(_issue(document, name, "The test has no order.", hint))
        commands = tuple(self._with_order(each, file, issues) for each in test.commands)
        test = test.model_copy(update={"commands": commands})
        self.issues += issues
        environment = self._environment_of(test, file)
        if not issues:
            yield Scripted(name, file, test, document, environment, order, refused, own)

    def _with_order(self, said: Said, file: Path, issues: list[Issue]) -> Said:
        """Return a command with the order that it has the file of, if it has one; what is wrong with it is added."""
        if said.order_file is None:
            return said
        loaded = self._order_in((file.parent / said.order_file).resolve())
        issues += loaded.issues
        return said.model_copy(update={"order": loaded.order, "order_file": None})

    def _order_in(self, file: Path) -> LoadedOrder:
        if file not in self._orders:
            self._orders[file] = load_order(nearest(file))
        return self._orders[file]

    def _environment_of(self, test: DesignTest, file: Path) -> Environment | None:
        if self._environment is not None or test.environment is None:
            return self._environment
        folder = (file.parent / test.environment).resolve()
        if folder not in self._environments:
            loaded = load_environment(nearest(folder), self._catalog)
            if refuses(loaded.issues):
                self.issues += loaded.issues
            self._environments[folder] = loaded.environment
        return self._environments[folder]


def _issue(document: Document, name: str, message: str, hint: str) -> Issue:
    return Issue(check="design_test", message=message, hint=hint, path=(name,), place=document.places.key((name,)))

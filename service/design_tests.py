"""Design tests of a catalog folder: `tests/*.yaml` beside it, read, run and measured (`domain.md` C12)."""

from __future__ import annotations

from pathlib import Path

from activities.functions import BUILT_IN
from catalog.base import Frozen, Issue
from catalog.catalog import Catalog
from catalog.environment import Environment
from fulfillment.rehearsal.compare import differences
from fulfillment.rehearsal.coverage import Coverage, coverage
from fulfillment.rehearsal.play import NeverRests, play
from fulfillment.rehearsal.played import Played
from fulfillment.rehearsal.sides import Difference
from service.catalogs import load_catalog, refusal, refuses
from service.design_files import TESTS, Reader, Scripted
from service.design_texts import diff, written


class Shown(Frozen):
    """One expectation that does not hold: both sides as YAML, and how they differ, a line each, in unified style.

    `key` is `commands` where the order did not take what the test says; that is no expectation of the file.
    """

    key: str
    line: int
    expected: str
    happened: str
    diff: tuple[str, ...]


class Result(Frozen):
    """What became of one test, which begins at `line` of `file`.

    It has passed if all that it expects holds; `problem` says why it could not be run to its end. `unused` names those
    of its own answers and tasks that nothing asked for.
    """

    name: str
    file: str
    line: int
    passed: bool
    differences: tuple[Shown, ...] = ()
    problem: str = ""
    unused: tuple[str, ...] = ()


class Report(Frozen):
    """What became of the tests of a folder; `issues` are of files that cannot be used, whose tests did not run."""

    folder: str
    results: tuple[Result, ...] = ()
    issues: tuple[Issue, ...] = ()
    coverage: Coverage = Coverage()

    @property
    def passed(self) -> tuple[Result, ...]:
        """The tests of which every expectation holds."""
        return tuple(each for each in self.results if each.passed)

    @property
    def failed(self) -> tuple[Result, ...]:
        """The tests of which some expectation does not hold."""
        return tuple(each for each in self.results if not each.passed)

    @property
    def ok(self) -> bool:
        """True if all could be read and none failed; also where there is no test at all."""
        return not self.issues and not self.failed


def run_folder(
    folder: Path, environment: Environment | None = None, *, catalog: Catalog | None = None, only: str = ""
) -> Report:
    """Return what became of the design tests of the catalog in `folder`; nothing is written, nobody is called.

    `environment` gives the fallout rules, in place of those that the tests name; `catalog` saves reading the folder
    again; `only` runs the tests whose names contain it.
    """
    if catalog is None:
        loaded = load_catalog(folder)
        if loaded.catalog is None or refuses(loaded.issues):
            return Report(folder=str(folder), issues=refusal(loaded.issues).issues)
        catalog = loaded.catalog
    reader = Reader(catalog, environment)
    tests = reader.read(folder / TESTS, only)
    played: list[Played] = []
    results = tuple(_result(each, catalog, played) for each in tests)
    environments = [environment] if environment else [each.environment for each in tests]
    rules = {each.name: each for found in environments if found for each in found.fallout_rules}
    return Report(
        folder=str(folder),
        results=results,
        issues=tuple(dict.fromkeys(reader.issues)),
        coverage=coverage(catalog, rules.values(), played),
    )


def _result(scripted: Scripted, catalog: Catalog, played: list[Played]) -> Result:
    """Run one test; what happened is added to `played`."""
    name, file, line = scripted.name, str(scripted.file), scripted.line()
    try:
        happened = _happened(scripted, catalog)
    except NeverRests as problem:
        return Result(name=name, file=file, line=line, passed=False, problem=str(problem))
    played.append(happened)
    unused = tuple(each for each in happened.unused if each in scripted.own)
    shown = tuple(_shown(scripted, each) for each in differences(scripted.test.expect, happened))
    return Result(name=name, file=file, line=line, passed=not shown, differences=shown, unused=unused)


def _happened(scripted: Scripted, catalog: Catalog) -> Played:
    if scripted.order is None:
        return Played(refused=scripted.refused)
    return play(scripted.test, scripted.order, catalog, scripted.environment, BUILT_IN)


def _shown(scripted: Scripted, difference: Difference) -> Shown:
    expected, happened = written(difference.expected), written(difference.happened)
    return Shown(
        key=difference.key,
        line=scripted.line("expect", difference.key),
        expected=expected,
        happened=happened,
        diff=diff(expected, happened),
    )

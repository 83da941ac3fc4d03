"""`dro catalog test`: what a catalog does, held against what its design tests expect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.errors import ExitCode, Refusal, answering, say
from commands.shared import Json, print_json, settings_of

if TYPE_CHECKING:
    from catalog.environment import Environment
    from service.design_tests import Report, Result


def add_to(catalogs: typer.Typer) -> None:
    """Add the command to `dro catalog`."""
    catalogs.command("test")(answering(run_tests))


def run_tests(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Folder of the catalog, else the one in use.", show_default=False),
    ] = None,
    environment: Annotated[
        Path | None,
        typer.Option("--environment", metavar="DIR", help="Fallout rules of this one, not of those that tests name."),
    ] = None,
    only: Annotated[str, typer.Option("--only", metavar="NAME", help="Run the tests whose names contain this.")] = "",
    coverage: Annotated[bool, typer.Option("--coverage", help="List what no test reaches.")] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Show what differs, and write what happened as the new expectation.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run the design tests of a catalog: its orders through planner and run, with systems that answer by script.

    Example: dro catalog test examples/smartbytes/catalog --coverage
    """
    from service.catalogs import EXAMPLE, nearest
    from service.design_tests import run_folder

    catalog = folder or Path(settings_of().catalog or nearest(EXAMPLE / "catalog"))
    report = run_folder(catalog, _environment(environment), only=only)
    if as_json:
        print_json(report)
    else:
        _show(report, coverage)
    updated = _update(report) if update else report.ok
    say(_summary(report, only))
    raise typer.Exit(ExitCode.DONE if updated and (report.results or not only) else ExitCode.REFUSED)


def _environment(folder: Path | None) -> Environment | None:
    from service.catalogs import load_environment, refusal, refuses

    if folder is None:
        return None
    loaded = load_environment(folder)
    if loaded.environment is None or refuses(loaded.issues):
        raise Refusal(refusal(loaded.issues).issues)
    return loaded.environment


def _show(report: Report, coverage: bool) -> None:
    for issue in report.issues:
        typer.echo(str(issue))
    for result in report.results:
        for line in _lines(result):
            typer.echo(line)
    if coverage and not report.issues:
        for measured in report.coverage.measured:
            typer.echo(f"{measured.kind.value + 's':20} {measured.reached:>5} of {measured.total}")
        for missed in report.coverage.missed:
            typer.echo(f"  {missed.kind.value} `{missed.name}` {missed.what}")


def _lines(result: Result) -> list[str]:
    """Return what is to be told of a test; of one that passed, only what it says and nothing asked for."""
    head = f"{result.file}:{result.line}: {result.name}"
    lines = [] if result.passed else [f"FAILED {head}"]
    lines += [f"  {result.problem}"] * bool(result.problem)
    for each in result.differences:
        lines += [f"  {each.key} (line {each.line})", *(f"    {line}" for line in each.diff)]
    if result.unused:
        lines.append(
            f"{'  ' if lines else head + ': '}nothing asked for {', '.join(f'`{each}`' for each in result.unused)}"
        )
    return lines


def _update(report: Report) -> bool:
    """Write what happened; tell whether all that failed is written."""
    from service.design_updates import write_expectations

    updated, issues = write_expectations(report)
    for each in updated:
        say(f"{each.file}: {each.expectations} {'expectation' if each.expectations == 1 else 'expectations'} written.")
    for issue in issues:
        say(str(issue))
    return not issues and not report.issues and not any(each.problem for each in report.results)


def _summary(report: Report, only: str) -> str:
    if report.issues:
        return f"{report.folder}: not all tests can be run."
    if not report.results:
        what = (
            f"no design test whose name contains `{only}`" if only else "no design tests; write some in `tests/*.yaml`"
        )
        return f"{report.folder}: {what}."
    failed = f", {len(report.failed)} failed" if report.failed else ""
    return f"{report.folder}: {len(report.passed)} passed{failed}; {report.coverage.percent} % covered."

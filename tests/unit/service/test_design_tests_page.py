"""`docs/design-tests.md` names every key of a design test, and its example is one that passes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from pydantic import BaseModel

from fulfillment.rehearsal.expectation import (
    Expectation,
    ExpectedDates,
    ExpectedFallout,
    ExpectedLine,
    ExpectedRefusal,
    ExpectedValues,
)
from fulfillment.rehearsal.said import REHEARSED, Said
from fulfillment.rehearsal.script import Answer, Facts, Given, LookedUp, Task
from service.catalogs import EXAMPLE
from service.design_tests import run_folder

PAGE = (Path(__file__).parents[3] / "docs" / "design-tests.md").read_text()
WRITTEN = (
    Given,
    Answer,
    LookedUp,
    Task,
    Facts,
    Said,
    Expectation,
    ExpectedLine,
    ExpectedValues,
    ExpectedRefusal,
    ExpectedFallout,
    ExpectedDates,
)


@pytest.mark.parametrize("model", WRITTEN, ids=lambda model: str(model.__name__))
def test_the_page_names_every_key(model: type[BaseModel]) -> None:
    keyed_by = {"id", "step"}  # written as the key above
    missing = [each for each in model.model_fields if each not in keyed_by and not re.search(rf"\b{each}\b", PAGE)]
    assert missing == []


def test_the_page_names_every_command_that_can_be_rehearsed() -> None:
    assert [each for each in REHEARSED if f"`{each}`" not in PAGE] == []


def test_the_example_of_the_page_passes(tmp_path: Path) -> None:
    for name in ("catalog", "environment", "orders"):
        shutil.copytree(EXAMPLE / name, tmp_path / name, ignore=shutil.ignore_patterns("tests"))
    example = PAGE.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "catalog/tests").mkdir()
    (tmp_path / "catalog/tests/page.yaml").write_text(example)
    report = run_folder(tmp_path / "catalog")
    assert [str(each) for each in report.issues] == []
    assert [(each.name, each.differences) for each in report.results if not each.passed] == []
    assert len(report.passed) == 1

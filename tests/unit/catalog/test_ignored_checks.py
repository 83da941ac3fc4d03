"""A warning that is meant so is ignored for a reason; an error never is, and a reason for nothing is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.base import Severity
from catalog.catalog import Catalog
from catalog.checks import check_catalog
from catalog.environment import Environment
from catalog.environment_checks import check_environment
from service.catalogs import load_catalog
from tests.unit.catalog.shops import CLEAN, catalog

IDLE: dict[str, object] = {"systems": {"bank": {"operations": {"pay": {"path": "/pay"}}}}}


def ignoring(**ignored: dict[str, object]) -> list[str]:
    """Return what the checks say of a catalog with an idle system, and with these warnings ignored."""
    return [str(each) for each in check_catalog(catalog({**IDLE, "ignored_checks": ignored}))]


def silent(check: str = "unused_system", at: str = "systems.bank") -> dict[str, object]:
    return {"check": check, "at": at, "reason": "It is switched on in January."}


def test_a_warning_is_ignored_at_its_place() -> None:
    assert len(ignoring()) == 1
    assert ignoring(later=silent()) == []


@pytest.mark.parametrize("at", ["systems", "systems.bank"])
def test_a_warning_is_ignored_below_the_place(at: str) -> None:
    assert ignoring(later=silent(at=at)) == []


@pytest.mark.parametrize("at", ["systems.ban", "systems.bank.operations", "step_groups"])
def test_elsewhere_it_is_told_and_so_is_the_idle_reason(at: str) -> None:
    assert [each.check for each in check_catalog(catalog({**IDLE, "ignored_checks": {"x": silent(at=at)}}))] == [
        "idle_ignore",
        "unused_system",
    ]


def test_a_reason_for_nothing_is_told_with_its_way_out() -> None:
    told = ignoring(a=silent(), b=silent(at="systems.bnk"))
    assert told == [
        (
            "ignored_checks.b: warning[idle_ignore]: `unused_system` finds nothing at `systems.bnk`. "
            "Remove this, or write the place as the warning tells it."
        )
    ]


def test_a_check_that_does_not_exist_is_told() -> None:
    told = ignoring(a=silent(), b=silent(check="unused_sistem"))
    assert told == [
        (
            "ignored_checks.b.check: error[unknown_check]: There is no check `unused_sistem`. "
            "Did you mean `unused_system`?"
        )
    ]


def test_an_error_cannot_be_ignored() -> None:
    document = {"scenarios": {"s": {"group": "lost"}}, "ignored_checks": {"x": silent("unknown_group", "scenarios.s")}}
    assert [str(each) for each in check_catalog(catalog(document))] == [
        (
            "ignored_checks.x.check: error[ignored_error]: `unknown_group` at `scenarios.s` is an error, which cannot "
            "be ignored. Mend it, and remove this."
        ),
        "scenarios.s.group: error[unknown_group]: There is no step group `lost`. Groups: none.",
    ]


def test_a_reason_is_required() -> None:
    with pytest.raises(ValueError, match="reason"):
        Catalog.model_validate({"ignored_checks": {"x": {"check": "unused_system", "at": "systems.bank"}}})
    with pytest.raises(ValueError, match="reason"):
        Catalog.model_validate({"ignored_checks": {"x": silent() | {"reason": ""}}})


def test_warnings_of_an_environment_are_ignored_in_its_own_files() -> None:
    address = {"bank": {"base_url": "http://bank.example"}}
    (issue,) = check_environment(Environment.model_validate({"systems": address}), catalog({}))
    assert (issue.check, issue.severity) == ("unused_address", Severity.WARNING)
    ignored = {"x": silent("unused_address")}
    quiet = Environment.model_validate({"systems": address, "ignored_checks": ignored})
    assert check_environment(quiet, catalog({})) == ()


def test_a_catalog_that_ignores_nothing_has_the_digest_it_had() -> None:
    assert "ignored_checks" not in catalog(CLEAN).canonical()
    assert catalog({**CLEAN, "ignored_checks": {"x": silent()}}).digest != catalog(CLEAN).digest


def test_the_place_of_an_idle_reason_is_in_its_file(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(
        "ignored_checks:\n  x:\n    check: unused_system\n    at: systems.bank\n    reason: Later.\n"
    )
    (issue,) = load_catalog(tmp_path).issues
    assert str(issue.place).endswith("shop.yaml:3:5")

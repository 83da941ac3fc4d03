"""Secrets of the embedded stack: made once, kept by the home, never put over what somebody has set."""

from __future__ import annotations

from pathlib import Path

from catalog.environment import Environment, SystemAddress
from service.tokens import FILE, provide_tokens

SHIPPING = SystemAddress(
    name="shipping", base_url="http://127.0.0.1:9/x", credentials="KEY", callback_credentials="BACK"
)
ENVIRONMENT = Environment(systems=(SHIPPING,))


def test_each_named_variable_gets_a_secret_of_its_own(tmp_path: Path) -> None:
    environ: dict[str, str] = {}
    provide_tokens(tmp_path, ENVIRONMENT, environ)
    assert set(environ) == {"KEY", "BACK"}
    assert environ["KEY"] != environ["BACK"]


def test_the_next_start_in_the_same_home_has_the_same_secrets(tmp_path: Path) -> None:
    first: dict[str, str] = {}
    second: dict[str, str] = {}
    provide_tokens(tmp_path, ENVIRONMENT, first)
    provide_tokens(tmp_path, ENVIRONMENT, second)
    assert first == second


def test_what_is_set_stays_and_is_not_kept(tmp_path: Path) -> None:
    environ = {"KEY": "mine"}
    provide_tokens(tmp_path, ENVIRONMENT, environ)
    assert environ["KEY"] == "mine"
    assert "mine" not in (tmp_path / FILE).read_text()


def test_nobody_else_may_read_them(tmp_path: Path) -> None:
    provide_tokens(tmp_path, ENVIRONMENT, {})
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_a_file_that_cannot_be_read_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")
    environ: dict[str, str] = {}
    provide_tokens(tmp_path, ENVIRONMENT, environ)
    assert environ["KEY"] in (tmp_path / FILE).read_text()

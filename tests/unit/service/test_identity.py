"""A process tells Temporal which order book is its own, without telling any secret."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service.identity import book_mark, identity, mark_in


def test_the_identity_names_process_and_order_book() -> None:
    told = identity("sqlite:////data/orders.db")
    assert f" {os.getpid()}@" in told
    assert mark_in(told) == book_mark("sqlite:////data/orders.db")


def test_two_homes_have_two_marks() -> None:
    assert book_mark("sqlite:////a/orders.db") != book_mark("sqlite:////b/orders.db")


def test_a_file_has_one_mark_however_it_is_reached(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert book_mark(f"sqlite:///{tmp_path}/link/orders.db") == book_mark(f"sqlite:///{tmp_path}/real/orders.db")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://eve:secret@db/orders",
        "postgresql+psycopg://ada@db/orders",
        "postgresql://db:5432/orders",
    ],
)
def test_user_password_driver_and_the_usual_port_make_no_other_database(url: str) -> None:
    assert book_mark(url) == book_mark("postgresql://db/orders")


def test_another_host_port_or_name_is_another_database() -> None:
    urls = ("postgresql://db/orders", "postgresql://db2/orders", "postgresql://db:1/orders", "postgresql://db/other")
    assert len({book_mark(each) for each in urls}) == len(urls)


@pytest.mark.parametrize("identity", ["12@host", "", "dro", "temporal-cli:root@host"])
def test_what_is_no_process_of_ours_has_no_mark(identity: str) -> None:
    assert mark_in(identity) is None

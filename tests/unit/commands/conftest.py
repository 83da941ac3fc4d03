"""A way to run commands as a shell does: arguments and surroundings in, exit code and both streams out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from temporalio.client import Client
from typer.testing import CliRunner, Result

from catalog.environment import Environment
from commands.app import build
from commands.shared import Roots
from orderbook.store import OrderBook
from service.settings import Settings
from tests.unit.service.shop import Shop

Dro = Callable[..., Result]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def no_worker(
    client: Client, book: OrderBook, environment: Environment, settings: Settings
) -> AbstractAsyncContextManager[object]:
    """Stand where the composition root's worker stands; no command under test comes so far."""
    raise AssertionError((client, book, environment, settings))


@pytest.fixture
def dro(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Dro:
    """Run `dro` with these arguments in the surroundings of the shop."""
    for name, value in shop.environ.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(build(), [str(each) for each in arguments], obj=Roots(build_worker=no_worker))

    return run

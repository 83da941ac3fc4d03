"""What the doctor finds without a Temporal server: each finding provoked, and cured in words."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from orderbook.migrate import migrate
from orderbook.store import OrderBook
from orderbook.tables import REVISION
from service.catalogs import load_catalog
from service.embedded import database_file, version_file
from service.server_program import HOST, free_ports
from service.settings import load
from tests.unit.orderbook.builders import NOON
from tests.unit.service.examined import examined
from tests.unit.service.shop import CATALOG, ENVIRONMENT, Shop

CALLING = """\
      call: {type: callout, title: Ship, operation: carrier.ship}
scenarios:
  PACK_BOOK: {product: BOOK, group: packing}
systems:
  carrier: {operations: {ship: {path: /ship}}}
"""


@pytest.fixture
def at_home(shop: Shop) -> dict[str, str]:
    """Surroundings in which the embedded stack is meant, on ports that are free."""
    ports = dict(zip(("DRO_TEMPORAL_PORT", "DRO_TEMPORAL_UI_PORT", "DRO_SERVE_PORT"), free_ports(3), strict=True))
    named = {name: value for name, value in shop.environ.items() if name != "TEMPORAL_ADDRESS"}
    return named | {name: str(port) for name, port in ports.items()}


@pytest.fixture
def busy() -> Iterator[int]:
    """A port at which somebody listens."""
    with socket.create_server((HOST, 0)) as listener:
        yield int(listener.getsockname()[1])


async def test_a_server_that_is_down_is_named_with_its_address(shop: Shop) -> None:
    found = await examined(shop.settings(), shop.environ)
    assert not found["Temporal"].ok
    assert "127.0.0.1:9" in found["Temporal"].what
    assert "Namespace" not in found


async def test_temporal_settings_that_cannot_be_read_are_named(shop: Shop) -> None:
    (shop.folder / "none.toml").write_text("[profile")
    found = await examined(shop.settings(), shop.environ)
    assert "cannot be read" in found["Temporal"].what


async def test_a_book_without_tables_is_cured_by_migrating(shop: Shop) -> None:
    settings = shop.settings()
    before = (await examined(settings, shop.environ))["Order book"]
    assert (before.ok, "`dro migrate`" in before.next_step) == (False, True)
    migrate(settings.database)
    after = (await examined(settings, shop.environ))["Order book"]
    assert (after.ok, f"`{REVISION}`" in after.what) == (True, True)


async def test_a_book_of_an_earlier_version_is_cured_by_migrating(shop: Shop) -> None:
    settings = shop.settings()
    migrate(settings.database, "0001")
    found = (await examined(settings, shop.environ))["Order book"]
    assert (found.ok, "`0001`" in found.next_step, "`dro migrate`" in found.next_step) == (False, True, True)


async def test_a_book_of_a_later_version_is_not_to_be_migrated(shop: Shop) -> None:
    settings = shop.settings()
    migrate(settings.database)
    engine = create_engine(settings.database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    found = (await examined(settings, shop.environ))["Order book"]
    assert (found.ok, "`9999`" in found.next_step, "`dro migrate`" in found.next_step) == (False, True, False)


async def test_a_book_that_does_not_answer_is_named_without_its_password(shop: Shop) -> None:
    settings = load({"database": f"postgresql://ada:secret@{HOST}:{free_ports(1)[0]}/orders"}, shop.environ)
    found = (await examined(settings, shop.environ))["Order book"]
    assert (found.ok, "cannot be reached" in found.what, "secret" in found.what) == (False, True, False)
    assert "`dro settings`" in found.next_step


async def test_a_catalog_that_is_nowhere_is_named(shop: Shop) -> None:
    found = await examined(load({"catalog": "spring"}, shop.environ), shop.environ)
    assert (found["Catalog"].ok, "`spring`" in found["Catalog"].what) == (False, True)
    assert "`DRO_CATALOG`" in found["Catalog"].next_step


async def test_a_published_catalog_is_found_by_its_label(shop: Shop) -> None:
    settings = load({"catalog": "spring"}, shop.environ)
    migrate(settings.database)
    book = OrderBook(settings.database)
    loaded = load_catalog(shop.catalog)
    assert loaded.catalog is not None
    book.store_catalog(loaded.catalog, dict(loaded.sources), label="spring", author="ada", note="", at=NOON)
    book.close()
    assert (await examined(settings, shop.environ))["Catalog"].ok


async def test_a_catalog_with_errors_is_shown_by_linting(shop: Shop) -> None:
    (shop.catalog / "catalog.yaml").write_text(CATALOG.replace("group: packing", "group: paking") + "colours: {}\n")
    found = (await examined(shop.settings(), shop.environ))["Catalog"]
    assert (found.ok, "more)" in found.what, "`dro catalog lint`" in found.next_step) == (False, True, True)


async def test_a_system_that_the_catalog_calls_and_the_environment_lacks_is_named(shop: Shop) -> None:
    (shop.catalog / "catalog.yaml").write_text(CATALOG.partition("scenarios:")[0] + CALLING)
    assert (await examined(shop.settings(), shop.environ))["Environment"].ok
    (shop.environment / "environment.yaml").write_text(ENVIRONMENT.replace("carrier:", "courier:"))
    found = (await examined(shop.settings(), shop.environ))["Environment"]
    assert (found.ok, "`carrier`" in found.what) == (False, True)
    assert str(shop.environment) in found.next_step


async def test_an_environment_that_cannot_be_read_is_named(shop: Shop) -> None:
    (shop.environment / "environment.yaml").write_text("systems: [carrier]\n")
    found = await examined(shop.settings(), shop.environ)
    assert not found["Environment"].ok
    assert "Credentials" not in found


async def test_a_credential_without_value_is_named_with_the_system_that_needs_it(shop: Shop) -> None:
    settings = shop.settings()
    found = (await examined(settings, shop.environ))["Credentials"]
    assert (found.ok, found.what) == (False, "`SHOP_TOKEN` is not set, for `carrier`")
    assert (await examined(settings, shop.environ | {"SHOP_TOKEN": "s3cret"}))["Credentials"].ok


async def test_a_credential_that_the_home_keeps_is_well_where_the_home_runs_the_stack(
    shop: Shop, at_home: dict[str, str]
) -> None:
    settings = load({}, at_home)
    assert not (await examined(settings, at_home))["Credentials"].ok
    settings.home.mkdir()
    (settings.home / "tokens.json").write_text('{"SHOP_TOKEN": "s3cret"}')
    kept = (await examined(settings, at_home))["Credentials"]
    assert (kept.ok, "tokens.json" in kept.what, "s3cret" in kept.what) == (True, True, False)
    assert not (await examined(settings, shop.environ))["Credentials"].ok


async def test_free_ports_and_a_server_program_are_well(at_home: dict[str, str]) -> None:
    found = await examined(load({}, at_home), at_home)
    assert found["Ports"].ok
    assert (found["Server program"].ok, "(Server " in found["Server program"].what) == (True, True)


@pytest.mark.parametrize("setting", ["DRO_TEMPORAL_PORT", "DRO_TEMPORAL_UI_PORT", "DRO_SERVE_PORT"])
async def test_a_port_that_another_process_holds_is_named_with_its_setting(
    at_home: dict[str, str], busy: int, setting: str
) -> None:
    environ = at_home | {setting: str(busy)}
    found = (await examined(load({}, environ), environ))["Ports"]
    assert (found.ok, f":{busy} " in found.what) == (False, True)
    assert f"`{setting}`" in found.next_step
    assert f"`lsof -i :{busy}`" in found.next_step


async def test_a_busy_metrics_address_is_named(at_home: dict[str, str], busy: int) -> None:
    environ = at_home | {"DRO_METRICS_ADDRESS": f"{HOST}:{busy}"}
    assert "`DRO_METRICS_ADDRESS`" in (await examined(load({}, environ), environ))["Ports"].next_step


async def test_ports_do_not_matter_where_another_server_is_named(shop: Shop, busy: int) -> None:
    found = await examined(load({"temporal_port": str(busy)}, shop.environ), shop.environ)
    assert not {"Ports", "Server program", "Server file"} & set(found)


async def test_the_file_of_another_server_version_is_named_with_both_versions(at_home: dict[str, str]) -> None:
    settings = load({}, at_home)
    settings.home.mkdir()
    database_file(settings.home).touch()
    version_file(settings.home).write_text("temporal version 0.1 (Server 1.1, UI 1.1)\n")
    found = (await examined(settings, at_home))["Server file"]
    assert (found.ok, "temporal version 0.1" in found.what) == (False, True)
    assert "`DRO_TEMPORAL_SERVER`" in found.next_step


async def test_a_program_that_is_no_server_is_named(at_home: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / "temporal"
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    found = (await examined(load({"temporal_server": str(program)}, at_home), at_home))["Server program"]
    assert (found.ok, "no Temporal server program" in found.next_step) == (False, True)

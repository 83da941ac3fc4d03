"""Which catalog and environment are in use, and how what is wrong with them is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog.base import Issue, Refused
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service.catalogs import (
    EXAMPLE,
    CatalogInUse,
    catalog_in_use,
    environment_in_use,
    is_example,
    load_catalog,
    load_environment,
    load_order,
    refuses,
)
from service.settings import Settings, load
from tests.unit.service.shop import CATALOG, ENVIRONMENT, ORDER, Shop

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def settings(shop: Shop, **flags: str) -> Settings:
    environ = {"HOME": str(shop.folder), "DRO_HOME": str(shop.folder / "home")}
    return load(flags, environ)


def checks(issues: tuple[Issue, ...]) -> list[tuple[str, int]]:
    return [(each.check, each.place.line if each.place else 0) for each in issues]


def test_a_folder_is_used_as_a_draft_named_by_its_content(shop: Shop) -> None:
    use = catalog_in_use(settings(shop, catalog=str(shop.catalog)))
    assert isinstance(use, CatalogInUse)
    assert (use.version, use.is_draft) == (f"draft-{use.catalog.digest[:12]}", True)
    assert use.sources == (("catalog.yaml", CATALOG),)


def test_without_a_setting_it_is_the_example(shop: Shop) -> None:
    use = catalog_in_use(settings(shop))
    assert isinstance(use, CatalogInUse)
    assert use.catalog == load_catalog(EXAMPLE / "catalog").catalog


def published(shop: Shop, *labels: str) -> OrderBook:
    """Return a book in which the shop's catalog is published under each label, the last one newest; drafts are not."""
    url = f"sqlite:///{shop.folder}/orders.db"
    migrate(url)
    book = OrderBook(url)
    for number, label in enumerate(labels):
        (shop.catalog / "catalog.yaml").write_text(CATALOG.replace("Corner shop", label))
        catalog = load_catalog(shop.catalog).catalog
        assert catalog is not None
        put = book.store_catalog if label.startswith("draft-") else book.publish_catalog
        put(catalog, {}, label=label, author="ada", note="", at=NOW + timedelta(hours=number))
    return book


def version(use: CatalogInUse | Refused) -> str:
    assert isinstance(use, CatalogInUse)
    return f"{use.version}: {use.catalog.name}"


def test_the_newest_published_version_comes_before_the_example_and_drafts_are_none(shop: Shop) -> None:
    book = published(shop, "first", "second", "draft-0123456789ab")
    assert version(catalog_in_use(settings(shop), book)) == "second: second"
    book.close()


def test_the_version_that_was_rolled_back_to_is_in_use(shop: Shop) -> None:
    book = published(shop, "first", "second")
    first = next(each for each in book.catalog_versions() if each.label == "first")
    book.roll_back(first.digest, author="ada", note="", at=NOW + timedelta(hours=9))
    assert version(catalog_in_use(settings(shop), book)) == "first: first"
    book.close()


def test_a_version_is_used_by_the_first_digits_of_its_digest_too(shop: Shop) -> None:
    book = published(shop, "first", "second")
    first = next(each for each in book.catalog_versions() if each.label == "first")
    assert version(catalog_in_use(settings(shop, catalog=first.digest[:12]), book)) == "first: first"
    assert isinstance(catalog_in_use(settings(shop, catalog=first.digest[:7]), book), Refused)
    book.close()


def test_a_published_version_is_used_by_its_name_where_drafts_are_refused(shop: Shop) -> None:
    book = published(shop, "first", "second")
    assert version(catalog_in_use(settings(shop, catalog="first", drafts="refuse"), book)) == "first: first"
    book.close()


def test_a_folder_is_refused_where_drafts_are(shop: Shop) -> None:
    use = catalog_in_use(settings(shop, catalog=str(shop.catalog), drafts="refuse"))
    assert isinstance(use, Refused)
    assert "was not published" in use.issues[0].message


def test_a_name_of_nothing_is_refused(shop: Shop) -> None:
    use = catalog_in_use(settings(shop, catalog="winter"))
    assert isinstance(use, Refused)
    assert "`winter` is neither a folder nor a published version" in use.issues[0].message


def test_a_catalog_with_errors_is_not_used(shop: Shop) -> None:
    (shop.catalog / "catalog.yaml").write_text(CATALOG.replace("group: packing", "group: paking"))
    use = catalog_in_use(settings(shop, catalog=str(shop.catalog)))
    assert isinstance(use, Refused)
    assert [each.place.line for each in use.issues if each.place] == [15]


def test_issues_of_reading_and_of_shape_come_together_in_the_order_of_the_file(shop: Shop) -> None:
    (shop.catalog / "catalog.yaml").write_text("colours: {}\n" + CATALOG.replace("Book}", "Book, size: 1}"))
    loaded = load_catalog(shop.catalog)
    assert loaded.catalog is None
    assert checks(loaded.issues) == [("section", 1), ("shape", 4)]


def test_a_folder_that_is_not_there_is_one_issue(shop: Shop) -> None:
    loaded = load_catalog(Path(shop.folder / "none"))
    assert (loaded.catalog, [each.check for each in loaded.issues]) == (None, ["file"])


def test_the_environment_is_checked_against_the_catalog_in_use(shop: Shop) -> None:
    catalog = load_catalog(EXAMPLE / "catalog").catalog
    loaded = load_environment(shop.environment, catalog)
    assert loaded.environment is not None
    assert any("`payments`" in each.message for each in loaded.issues)
    assert load_environment(shop.environment).issues == ()


def test_an_environment_of_another_shape_is_refused_at_its_place(shop: Shop) -> None:
    (shop.environment / "environment.yaml").write_text(ENVIRONMENT.replace("base_url", "address"))
    loaded = load_environment(shop.environment)
    assert refuses(loaded.issues)
    assert {line for _, line in checks(loaded.issues)} == {3}


def test_the_environment_in_use_is_the_set_one_else_the_examples(shop: Shop) -> None:
    own = settings(shop, environment=str(shop.environment))
    found = environment_in_use(own).environment
    assert found is not None
    assert (found.name, is_example(own)) == ("Corner shop", False)
    assert is_example(settings(shop))
    assert environment_in_use(settings(shop)).environment is not None


def test_an_order_file_gives_all_its_issues_at_once(shop: Shop) -> None:
    wrong = ORDER.replace("account", "acount").replace("quantity: 2", "quantity: none")
    loaded = load_order(shop.order(wrong))
    assert loaded.order is None
    assert [line for _, line in checks(loaded.issues)] == [1, 2, 4]


def test_an_order_may_be_json(shop: Shop) -> None:
    text = '{"number": "SHOP-1", "account": "ADA", "lines": {"L1": {"product": "BOOK", "quantity": 2}}}'
    assert load_order(shop.order(text, "order.json")).order == load_order(shop.order()).order

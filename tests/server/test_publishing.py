"""Publishing while orders run: each ends on the version it was accepted on, and the next one takes the new one."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fulfillment.commands import Retry
from fulfillment.states import OrderState
from orderbook.views import OrderView
from service.catalogs import EXAMPLE
from service.publishing import PublishedFolder, publish, roll_back
from tests.server.conftest import Shop
from tests.server.kinds import tell

pytestmark = pytest.mark.server

DELIVERED = """\
      delivered:
        type: milestone
        title: All goods are delivered
        after: [ship]
"""
WEIGHED = """\
      delivered:
        type: milestone
        title: All goods are delivered
        after: [ship, weighed]
      weighed:
        type: milestone
        title: {title}
        after: [inventory.reserve]
"""


@pytest.fixture
def catalog(shop: Shop, tmp_path: Path) -> Iterator[Path]:
    """A copy of the example's catalog, as it is published; afterwards the example is in force again."""
    folder = tmp_path / "catalog"
    # Its design tests name files beside it; they are run where they stand.
    shutil.copytree(EXAMPLE / "catalog", folder, ignore=shutil.ignore_patterns("tests"))
    first = published(shop, folder)
    yield folder
    roll_back(first, shop.stack.book, shop.settings, datetime.now(UTC))


def published(shop: Shop, folder: Path) -> str:
    done = publish(folder, shop.stack.book, shop.settings, datetime.now(UTC))
    assert isinstance(done, PublishedFolder), done
    return done.published.label


def with_another_step(folder: Path, title: str) -> None:
    """Change the lane of shipping: there is one more step, and what was the last one waits for it."""
    file = folder / "fulfilment.yaml"
    text = file.read_text()
    assert DELIVERED in text
    file.write_text(text.replace(DELIVERED, WEIGHED.format(title=title)))


def weighed(view: OrderView) -> bool:
    return any(each.id == "shipping.weighed" for each in view.steps)


async def test_an_order_ends_on_its_own_version_and_the_next_one_takes_the_new_one(shop: Shop, catalog: Path) -> None:
    await shop.fault("warranty", "register", kind="status", status=422, code="PROVIDER_CLOSED")
    first = await shop.order("laptop-bundle")
    step = await shop.stuck(first)

    with_another_step(catalog, "The parcel is weighed")
    label = await asyncio.to_thread(published, shop, catalog)
    second = await shop.order("laptop-bundle")
    await tell(shop, first, Retry(steps=(step.id,), actor="kim"))

    old, new = await shop.ended(first), await shop.ended(second)
    assert (old.state, new.state) == (OrderState.COMPLETED, OrderState.COMPLETED)
    assert (weighed(old), weighed(new)) == (False, True)
    versions = {each.digest: each.label for each in shop.stack.book.catalog_versions()}
    assert (versions[old.catalog] != label, versions[new.catalog] == label) == (True, True)
    assert await shop.doubled(first) == await shop.doubled(second) == []


async def test_after_a_rollback_new_orders_take_the_earlier_version_again(shop: Shop, catalog: Path) -> None:
    before = shop.stack.book.catalog_in_force()
    assert before is not None
    with_another_step(catalog, "The parcel is put on the scales")
    await asyncio.to_thread(published, shop, catalog)
    await asyncio.to_thread(roll_back, before.label, shop.stack.book, shop.settings, datetime.now(UTC))

    view = await shop.ended(await shop.order("laptop-bundle"))

    assert (view.catalog, weighed(view)) == (before.digest, False)

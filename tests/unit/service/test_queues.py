"""Which task queues there are besides the orders' own."""

from __future__ import annotations

from catalog.catalog import Catalog
from service.queues import OwnQueue, queues_of


def catalog(**own_queue: bool) -> Catalog:
    """Return a catalog of systems, told for each whether it has a queue of its own."""
    return Catalog.model_validate({"systems": {name: {"own_queue": own} for name, own in own_queue.items()}})


def test_a_system_has_its_queue_as_long_as_any_served_catalog_gives_it_one() -> None:
    served = (catalog(shipping=True, billing=False), catalog(shipping=False, payments=True))
    assert queues_of(served, "orders") == (
        OwnQueue("payments", "orders.payments"),
        OwnQueue("shipping", "orders.shipping"),
    )


def test_two_installations_in_one_namespace_never_share_a_queue() -> None:
    served = (catalog(shipping=True),)
    assert set(queues_of(served, "north")).isdisjoint(queues_of(served, "south"))


def test_catalogs_without_such_a_system_need_no_further_queue() -> None:
    assert queues_of((catalog(shipping=False),), "orders") == ()
    assert queues_of((), "orders") == ()

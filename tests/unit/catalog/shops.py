"""Catalogs for the tests of checks: one without any problem, small ones with one, and what a check says of them."""

from __future__ import annotations

from catalog.base import Issue
from catalog.catalog import Catalog
from catalog.checks import check_catalog

CLEAN: dict[str, object] = {
    "order_attributes": {"channel": {"type": "choice", "choices": ["web", "shop"], "default": "web"}},
    "classifications": {
        "device": {"name": "Devices", "attributes": {"serial": {"type": "text"}}},
        "laptop": {"name": "Laptops", "parent": "device"},
    },
    "products": {
        "OFFICE": {"name": "Office bundle", "components": {"LAPTOP": {}, "BAG": {"min": 0}}},
        "LAPTOP": {
            "name": "Laptop",
            "classification": "laptop",
            "attributes": {
                "memory": {"type": "choice", "choices": ["8", "16"], "required": True},
                "weight": {"type": "number", "min": "0.5", "max": 4, "default": "1.3"},
            },
        },
        "BAG": {"name": "Bag", "nothing_to_do": "It is in the box."},
    },
    "technical_products": {
        "DEVICE": {
            "name": "Device",
            "scope": {"by": "source.ship_to.postal_code", "fallback": "line"},
            "attributes": {
                "ram": {"type": "integer", "required": True},
                "brand": {"type": "text", "required": True},
                "memory": {"type": "choice", "choices": ["8", "16"], "required": True},
                "note": {"type": "text"},
            },
        },
        "IMAGE": {"name": "Image", "scope": "line", "parent": "DEVICE"},
    },
    "value_tables": {"ram": {"key": "choice", "value": "integer", "rows": {"8": 8, "16": 16}}},
    "decomposition_rules": {
        "laptop-device": {
            "product": "LAPTOP",
            "target": "DEVICE",
            "when": "source.attributes.weight > 1 and bundle is null or order.attributes.channel == 'web'",
            "mappings": {
                "ram": {"table": "ram", "of": "source.attributes.memory"},
                "brand": {"constant": "Smart"},
                "memory": {"copy_from": "memory"},
                "note": {"expression": "source.attributes.serial"},
            },
        },
        "device-image": {"product": "DEVICE", "target": "IMAGE", "quantity": "1"},
    },
    "step_groups": {
        "shipping": {
            "steps": {
                "pick": {"type": "callout", "operation": "store.pick", "scope": "line"},
                "pack": {
                    "type": "manual_task",
                    "scope": "line",
                    "after": "pick",
                    "form": {"weight": {"type": "number", "required": True}},
                },
                "ship": {
                    "type": "callout",
                    "scope": "line",
                    "operation": "store.ship",
                    "when": "line.quantity > 0",
                    "after": [{"step": "pack"}],
                    "input": {
                        "weight": "steps.shipping.pack.weight",
                        "shelf": "coalesce(steps.shipping.pick.shelf, 'none')",
                    },
                },
                "done": {"type": "milestone", "after": ["ship"]},
            }
        }
    },
    "scenarios": {"ship": {"classification": "device", "group": "shipping", "when": "line.action == 'add'"}},
    "systems": {
        "store": {
            "operations": {
                "pick": {
                    "path": "/pick",
                    "outputs": {"shelf": {"type": "text", "value": "response.body.shelf", "optional": True}},
                },
                "ship": {
                    "path": "/ship",
                    "request": {
                        "weight": "input.weight + 0.1",
                        "to": "callback.url",
                        "lines": {"each": "lines", "as": {"id": "item.id", "memory": "item.attributes.memory"}},
                    },
                    "success": "response.status < 300",
                    "callback": {"outputs": {"number": {"type": "text", "value": "response.body.number"}}},
                },
            }
        }
    },
}
"""A catalog that uses every place an expression may stand at, and of which no check finds anything."""


def catalog(document: dict[str, object]) -> Catalog:
    """Return the catalog that a document declares."""
    return Catalog.model_validate(document)


def found(check: str, document: dict[str, object]) -> list[Issue]:
    """Return what `check` finds in a document."""
    return [each for each in check_catalog(catalog(document)) if each.check == check]


def told(check: str, document: dict[str, object]) -> list[str]:
    """Return what `check` says: path, severity, message and hint."""
    return [str(each) for each in found(check, document)]


def products(**described: dict[str, object]) -> dict[str, object]:
    """Return products by code, each with its code as name."""
    return {code: {"name": code, **body} for code, body in described.items()}


def lane(**steps: dict[str, object]) -> dict[str, object]:
    """Return a step group; a step is a milestone unless it says otherwise."""
    return {"steps": {name: {"type": "milestone", **body} for name, body in steps.items()}}

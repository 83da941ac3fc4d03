"""The worked example of `docs/planning.md` is planned as the page shows."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from catalog.catalog import Catalog
from catalog.checks import check_catalog
from decomposition.drawing import tree
from decomposition.order import Order
from tests.unit.decomposition.builders import planned

PAGE = (Path(__file__).parents[3] / "docs" / "planning.md").read_text()


def blocks(pattern: str) -> list[str]:
    """Return what stands between fences whose beginning and content match `pattern`."""
    return re.findall(f"^{pattern}^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_example_is_drawn_as_on_the_page() -> None:
    catalog, order = (yaml.safe_load(each) for each in blocks(r"```yaml\n(.+?)"))
    (shown,) = blocks(r"```\n(Order .+?)")
    shop = Catalog.model_validate(catalog)
    assert check_catalog(shop) == ()
    assert tree(planned(Order.model_validate(order), shop)) == shown

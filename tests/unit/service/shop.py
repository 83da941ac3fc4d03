"""A shop with one product, small enough to read: its catalog, environment and orders as files."""

from __future__ import annotations

from pathlib import Path

from service.settings import Settings, load

CATALOG = """\
name: Corner shop
products:
  BOOK: {name: Book}
step_groups:
  packing:
    title: Packing
    steps:
      pack:
        type: manual_task
        title: Pack the book
        scope: line
        form: {boxes: {type: integer, required: true}}
      packed: {type: milestone, after: [pack]}
scenarios:
  PACK_BOOK: {product: BOOK, group: packing}
"""
ENVIRONMENT = """\
name: Corner shop
systems:
  carrier: {base_url: "http://127.0.0.1:9/carrier", callback_credentials: SHOP_TOKEN}
"""
ORDER = """\
number: SHOP-1
account: ADA
lines:
  L1: {product: BOOK, quantity: 2}
"""


class Shop:
    """The files of the shop in a folder, and the surroundings of a command that uses them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.catalog = self._write("catalog/catalog.yaml", CATALOG).parent
        self.environment = self._write("environment/environment.yaml", ENVIRONMENT).parent
        self.environ = {
            "HOME": str(folder),
            "DRO_HOME": str(folder / "home"),
            "DRO_CATALOG": str(self.catalog),
            "DRO_ENVIRONMENT": str(self.environment),
            "DRO_ACTOR": "ada",
            # Port 9 discards: nobody listens there, and nobody waits for an answer either.
            "TEMPORAL_ADDRESS": "127.0.0.1:9",
            "TEMPORAL_CONFIG_FILE": str(folder / "none.toml"),
        }

    def order(self, text: str = ORDER, name: str = "order.yaml") -> Path:
        """Write an order and return its file."""
        return self._write(name, text)

    def settings(self) -> Settings:
        """Return the settings of a command in these surroundings."""
        return load({}, self.environ)

    def _write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

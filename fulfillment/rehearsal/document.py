"""JSON documents as test files write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from catalog.fields import written_as
from fulfillment.requests import to_json


def _json(raw: object) -> object:
    return to_json(raw) if isinstance(raw, Mapping | list) else raw  # type: ignore[arg-type] # plain data of a file


Document = Annotated[str, written_as(_json, type=["string", "object", "array"])]
"""A document as text: a mapping or a list is written as JSON, text stands as it is."""

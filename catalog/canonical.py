"""The canonical form: the one text that a digest covers, which later code can neither move nor read otherwise."""

from __future__ import annotations

import json

from pydantic import BaseModel


def canonical(model: BaseModel) -> str:
    """Return the text of what was declared: keys sorted, no blanks, and nothing that is as its default has it.

    So neither a new field with a default nor another order of the fields changes a byte. The reverse is that defaults
    are part of every stored text: none may ever change (`tests/golden/catalog/defaults.txt` holds them).
    """
    content = model.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

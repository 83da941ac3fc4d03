"""A shop with one step of every type, as files, and design tests of it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from service.design_tests import Report, Result, run_folder

CATALOG = """\
name: Rehearsed
order_facts:
  signed: {type: boolean}
products:
  LAPTOP: {name: Laptop, attributes: {ram: {type: integer, default: 16}}}
  GIFT: {name: Gift}
technical_products:
  DEVICE: {name: Device, attributes: {memory: {type: integer}}}
decomposition_rules:
  LAPTOP:
    product: LAPTOP
    target: DEVICE
    mappings: {memory: {copy_from: ram}}
  GIFT: {product: GIFT, target: DEVICE, when: source.quantity > 1}
functions:
  add_days:
    inputs: {start: {type: date, required: true}, days: {type: integer, default: 1}}
    outputs: {date: {type: date, required: true}}
step_groups:
  delivery:
    steps:
      reserve: {type: callout, operation: stock.reserve, input: {account: order.account}}
      day: {type: auto_task, function: add_days, input: {start: "date('2026-01-05')"}, after: reserve}
      ship: {type: callout, scope: line, operation: shipping.ship, after: reserve, expected_duration: 1d}
      greet: {type: milestone, when: order.account == 'ACME', after: ship}
  paper:
    steps:
      sign: {type: pause, until: "coalesce(facts.signed, false)", timeout: 2d}
      file: {type: manual_task, after: sign, form: {folder: {type: text, required: true}}}
  by_hand:
    alternative: true
    steps:
      carry: {type: manual_task, scope: line, form: {tracking: {type: text, required: true}}}
scenarios:
  DELIVERY: {product: DEVICE, group: delivery}
  PAPER: {group: paper}
systems:
  stock:
    operations:
      reserve:
        path: /reserve
        lookup: /reserve/lookup
        request: {account: input.account, amount: "12.50"}
        outputs: {reservation: {type: text, value: response.body.id}}
  shipping:
    operations:
      ship:
        path: /ship
        request: {step: step.id}
        success: response.status == 202
        callback: {deadline: 3d, outputs: {tracking: {type: text, value: response.body.tracking}}}
"""
ENVIRONMENT = """\
systems:
  stock: {base_url: "http://127.0.0.1:9/stock", keys_remembered: 1d}
  shipping: {base_url: "http://127.0.0.1:9/shipping"}
queues: {desk: {title: Desk}}
fallout_rules:
  busy: {code: BUSY, retry: {policy: fixed, retries: 2, interval: 1h}, queue: desk}
  gone: {code: GONE, alternative: by_hand, queue: desk}
  rest: {queue: desk}
"""
GIVEN = """\
given:
  environment: ../../environment
  order: {number: R-1, account: ACME, lines: {L1: {product: LAPTOP, quantity: 2}}}
  tasks: {paper.file: {values: {folder: A}}}
  facts: [{at: 1h, values: {signed: true}}]
"""


def shop(folder: Path, tests: str = "", *, name: str = "all.yaml") -> Path:
    """Write the shop into a folder, with tests that have `GIVEN` in common; return the folder of the catalog."""
    for file, text in (
        ("catalog/catalog.yaml", CATALOG),
        ("environment/environment.yaml", ENVIRONMENT),
        (f"catalog/tests/{name}", f"{GIVEN}{dedent(tests)}"),
    ):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)
    return folder / "catalog"


def report(folder: Path, tests: str) -> Report:
    """Return what becomes of design tests of the shop."""
    return run_folder(shop(folder, tests))


def result(folder: Path, tests: str) -> Result:
    """Return what becomes of the one test that is written."""
    found = report(folder, tests)
    assert [str(each) for each in found.issues] == []
    (only,) = found.results
    return only


def told(result: Result) -> dict[str, tuple[str, ...]]:
    """Return how each expectation that does not hold differs, by its key."""
    return {each.key: each.diff for each in result.differences}

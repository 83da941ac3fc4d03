"""The JSON Schemas that editors use say the same as the readers: what one takes, and what both refuse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path, PurePosixPath

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it comes without types
from pydantic import BaseModel

from catalog.catalog import Catalog
from catalog.environment import Environment
from catalog.files import read_document
from catalog.shapes import validate
from decomposition.order import Order
from service.schemas import DesignTestFile, Kind, Schema, plain, schema_of, written
from service.templates import kind_of

EXAMPLES = Path(__file__).parents[3] / "examples"
MODELS: dict[Kind, type[BaseModel]] = {
    Kind.CATALOG: Catalog,
    Kind.ENVIRONMENT: Environment,
    Kind.ORDER: Order,
    Kind.TEST: DesignTestFile,
}
FOLDERS = ("environment", "orders", "tests")
FILES = tuple(
    each for each in sorted(EXAMPLES.rglob("*.yaml")) if "wrong" not in each.parts and ".schema" not in each.parts
)


@cache
def validator(kind: Kind) -> Draft202012Validator:
    return Draft202012Validator(schema_of(kind))


def kind_of_example(file: Path) -> Kind:
    folder = next((each for each in file.parts if each in FOLDERS), "")
    return kind_of(PurePosixPath(folder, file.name))


def refusals(kind: Kind, text: str) -> list[str]:
    return [each.message for each in validator(kind).iter_errors(plain(read_document(text).data))]


def issues(kind: Kind, text: str) -> list[str]:
    document = read_document(text)
    _, found = validate(MODELS[kind], document.data, document.places)
    return [each.message for each in (*document.issues, *found)]


@pytest.mark.parametrize("kind", Kind)
def test_each_schema_is_one_of_draft_2020_12(kind: Kind) -> None:
    Draft202012Validator.check_schema(schema_of(kind))
    assert schema_of(kind)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_example_file_fits_the_schema_of_its_kind() -> None:
    wrong = [
        f"{file}: {error.json_path}: {error.message}"
        for file in FILES
        for error in validator(kind_of_example(file)).iter_errors(plain(read_document(file).data))
    ]
    assert wrong == []
    assert {kind_of_example(each) for each in FILES} == set(Kind)


CATALOGS = {
    "unknown section": "product: {}",
    "unknown key": "products: {A: {name: A, colour: red}}",
    "missing name": "products: {A: {}}",
    "name in place of a code": "products: {A B: {name: A}}",
    "code in place of a name": "step_groups: {Pack: {steps: {}}}",
    "the key again": "products: {A: {name: A, code: B}}",
    "number in place of text": "products: {A: {name: 5}}",
    "list in place of a mapping of keys": "products: {A: {name: A, attributes: [size]}}",
    "unknown type of attribute": "order_attributes: {size: {type: number_of}}",
    "text in place of a boolean": "order_attributes: {size: {type: text, required: yes}}",
    "scope of a step on a product": "technical_products: {A: {name: A, scope: plan}}",
    "scope by nothing": "technical_products: {A: {name: A, scope: {fallback: order}}}",
    "unknown type of step": "step_groups: {pack: {steps: {pack: {type: call}}}}",
    "operation on a milestone": "step_groups: {pack: {steps: {pack: {type: milestone, operation: a.b}}}}",
    "no operation on a callout": "step_groups: {pack: {steps: {pack: {type: callout}}}}",
    "duration without a unit": "step_groups: {pack: {steps: {pack: {type: milestone, expected_duration: 5}}}}",
    "dependency on a code": "step_groups: {pack: {steps: {pack: {type: milestone, after: [PICK]}}}}",
    "unknown pairing": "step_groups: {pack: {steps: {pack: {type: milestone, after: [{step: a, pair: account}]}}}}",
    "input that is no text": "step_groups: {pack: {steps: {pack: {type: callout, operation: a.b, input: {n: 5}}}}}",
    "schedule from nowhere": "step_groups: {pack: {steps: {pack: {type: milestone, schedule: {base: today}}}}}",
    "unknown action": "scenarios: {A: {group: pack, actions: [buy]}}",
    "mapping of an attribute that is no name": "decomposition_rules: {A: {product: A, target: B, mappings: {A-B: {}}}}",
    "table without rows": "value_tables: {sizes: {key: text, value: text}}",
    "negative quantity": "products: {A: {name: A, components: {B: {min: -1}}}}",
    "scale beyond the greatest": "units: {M: {name: Metre, scale: 10}}",
    "path of another host": "systems: {bank: {operations: {pay: {path: 'http://bank'}}}}",
    "unknown method": "systems: {bank: {operations: {pay: {path: /pay, method: SEND}}}}",
    "date that is none": "products: {A: {name: A, effective_from: soon}}",
}
ENVIRONMENTS = {
    "unknown section": "system: {}",
    "secret in place of a variable's name": "systems: {bank: {base_url: 'http://bank', token: abc}}",
    "address that is none": "systems: {bank: {base_url: bank}}",
    "day that is none": "calendars: {office: {hours: {monday: '08:00-12:00'}}}",
    "unknown role": "people: {ada: {roles: [boss]}}",
    "retry without a count": "fallout_rules: {busy: {retry: {policy: fixed}}}",
    "jitter above one": "fallout_rules: {busy: {retry: {retries: 1, jitter: 2}}}",
    "unknown assignment": "queues: {desk: {assignment: random}}",
}
ORDERS = {
    "no number": "account: ACME",
    "number with a blank": "{number: A 1, account: ACME}",
    "unknown field": "{number: A-1, account: ACME, line: {}}",
    "line without a product": "{number: A-1, account: ACME, lines: {L1: {}}}",
    "quantity of nothing": "{number: A-1, account: ACME, lines: {L1: {product: A, quantity: 0}}}",
    "unknown priority": "{number: A-1, account: ACME, priority: urgent}",
    "currency in words": "{number: A-1, account: ACME, currency: dollars}",
    "attributes as a list": "{number: A-1, account: ACME, attributes: [red]}",
    "attribute that is a mapping": "{number: A-1, account: ACME, attributes: {colour: {name: red}}}",
    "price below nothing": "{number: A-1, account: ACME, lines: {L1: {product: A, price: -1}}}",
}
TESTS = {
    "nothing expected": "a test: {}",
    "unknown key of a test": "a test: {expects: {}, expect: {order_state: completed}}",
    "unknown key of an expectation": "a test: {expect: {state: completed}}",
    "unknown state": "a test: {expect: {order_state: done}}",
    "unknown trouble": "a test: {answers: {bank.pay: {error: broken}}, expect: {order_state: held}}",
    "unknown command": "a test: {commands: [{kind: stop}], expect: {order_state: held}}",
    "unknown key of a command": "a test: {commands: [{kind: skip, step_ids: [a.b]}], expect: {order_state: held}}",
    "calls that are no number": "a test: {expect: {calls: {bank.pay: twice}}}",
}
WRONG = [
    *((Kind.CATALOG, text) for text in CATALOGS.items()),
    *((Kind.ENVIRONMENT, text) for text in ENVIRONMENTS.items()),
    *((Kind.ORDER, text) for text in ORDERS.items()),
    *((Kind.TEST, text) for text in TESTS.items()),
]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, (_, text) in WRONG], ids=[what for _, (what, _) in WRONG]
)
def test_what_is_wrong_is_refused_by_schema_and_reader(kind: Kind, text: str) -> None:
    assert refusals(kind, text) != []
    assert issues(kind, text) != []


SHORT_FORMS = {
    "a step to wait for alone": "step_groups: {pack: {steps: {pack: {type: milestone, after: pick.pick}}}}",
    "a scope by key": "technical_products: {A: {name: A, scope: {by: order.account}}}",
    "a pairing by key": "step_groups: {pack: {steps: {pack: {type: milestone, after: [{step: a, pair: {by: x}}]}}}}",
    "a schedule by attribute": (
        "step_groups: {pack: {steps: {pack: {type: milestone, schedule: {base: {attribute: on}, offset: -2d}}}}}"
    ),
    "a section without entries": "products:",
    "a number in quotes": "products: {A: {name: A, components: {B: {min: '1'}}}}",
    "a request of every shape": (
        "systems: {bank: {operations: {pay: {path: /pay, request: {a: [b, 1, true], c: {each: lines, as: item.id}}}}}}"
    ),
    "waits in place of a count": "fallout_rules: {busy: {retry: {policy: staggered, intervals: [1s, 1m]}}}",
}


@pytest.mark.parametrize("text", SHORT_FORMS.values(), ids=SHORT_FORMS)
def test_short_forms_are_taken_by_schema_and_reader(text: str) -> None:
    kind = Kind.ENVIRONMENT if text.startswith("fallout_rules") else Kind.CATALOG
    assert refusals(kind, text) == []
    assert issues(kind, text) == []


def entries(kind: Kind) -> Iterator[tuple[str, str, Schema]]:
    schema = schema_of(kind)
    for name, shape in ({kind.value: schema} | schema["$defs"]).items():
        for key, field in shape.get("properties", {}).items():
            yield name, key, field


@pytest.mark.parametrize("kind", Kind)
def test_every_key_is_described(kind: Kind) -> None:
    assert [f"{name}.{key}" for name, key, field in entries(kind) if not field.get("description")] == []


@pytest.mark.parametrize("kind", Kind)
def test_descriptions_are_for_readers_of_this_documentation(kind: Kind) -> None:
    schema = schema_of(kind)
    told = [shape.get("description", "") for shape in schema["$defs"].values()]
    told += [field["description"] for _, _, field in entries(kind)]
    assert [each for each in told if "domain.md" in each] == []


def test_defaults_are_written_as_in_files() -> None:
    definitions = schema_of(Kind.CATALOG)["$defs"]
    assert definitions["Operation"]["properties"]["timeout"]["default"] == "10s"
    assert definitions["Callback"]["properties"]["deadline"]["default"] == "1h"
    assert definitions["Callout"]["properties"]["scope"]["default"] == "plan"
    assert definitions["Schedule"]["properties"]["base"]["default"] == "ready"
    assert definitions["Component"]["properties"]["min"]["default"] == 1
    assert "default" not in definitions["Component"]["properties"]["max"]


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(days=2), "2d"),
        (timedelta(hours=25), "25h"),
        (timedelta(seconds=90), "90s"),
        (timedelta(milliseconds=1500), "1500ms"),
    ],
)
def test_lengths_of_time_are_written_in_their_largest_whole_unit(length: timedelta, text: str) -> None:
    assert written(length) == text

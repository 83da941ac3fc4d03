"""Data that does not fit its model: every misfit at its place, in words that say what to write instead."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from textwrap import dedent
from typing import Annotated, Literal

import pytest
from pydantic import AwareDatetime, Field, TypeAdapter, model_validator

from catalog.base import Code, Frozen, Issue, Name, OrderNumber
from catalog.fields import from_mapping
from catalog.files import read_document
from catalog.places import Places
from catalog.shapes import validate


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Call(Frozen):
    type: Literal["call"]
    operation: str
    retries: int = Field(default=0, ge=0, le=9)


class Wait(Frozen):
    type: Literal["wait"]
    call: bool = False


class Product(Frozen):
    code: Code
    name: Name = "x"
    price: Decimal | None = Field(default=None, max_digits=6)
    colour: Colour = Colour.RED
    since: date | None = None
    at: AwareDatetime | None = None
    tags: tuple[str, ...] = ()
    size: str | int = ""
    label: str = Field(default="abc", min_length=2, max_length=4)
    inner: Product | None = None

    @model_validator(mode="after")
    def _cheap(self) -> Product:
        if self.price and self.price > 5000:
            raise ValueError("a product over 5000 needs a name of its own")
        return self


class Shop(Frozen):
    number: OrderNumber = "1"
    products: Annotated[tuple[Product, ...], from_mapping("code")] = ()
    steps: tuple[Annotated[Call | Wait, Field(discriminator="type")], ...] = ()


def issues(text: str) -> tuple[Issue, ...]:
    document = read_document(dedent(text), "shop.yaml")
    assert document.issues == ()
    found, misfits = validate(Shop, document.data, document.places)
    assert (found is None) == bool(misfits)
    return misfits


def told(text: str) -> list[str]:
    return [str(issue).removeprefix("shop.yaml:").replace("error[shape]: ", "") for issue in issues(text)]


def test_data_that_fits_becomes_the_model() -> None:
    document = read_document(
        dedent(
            """\
            products:
              A: {price: 12.50, colour: green, since: 2026-11-25, at: 2026-11-25T09:00:00+01:00, tags: [yes, "1"]}
              B: {price: 7, since: "2026-11-25", at: "2026-11-25T08:00:00Z", size: 3}
              C: {price: "0.10"}
            steps: [{type: wait, call: true}]
            """
        )
    )
    shop, misfits = validate(Shop, document.data, document.places)
    assert misfits == ()
    assert shop is not None
    a, b, c = shop.products
    assert (str(a.price), a.colour, a.since, a.tags) == ("12.50", Colour.GREEN, date(2026, 11, 25), ("yes", "1"))
    assert (b.since, b.at, b.size) == (a.since, datetime(2026, 11, 25, 8, tzinfo=UTC), 3)
    assert a.at == b.at
    assert str(c.price) == "0.10"
    assert shop.steps == (Wait(type="wait", call=True),)


def test_all_misfits_come_in_one_pass_in_the_order_of_their_places() -> None:
    assert told(
        """\
        number: "no spaces"
        products:
          A:
            nam: x
            name: Upper
            price: cheap
            colour: grene
            since: 20261125
            at: 2026-11-25
            tags: one
            label: abcde
            inner: {code: I, price: true, at: "2026-11-25T08:00:00"}
          bad code: {size: [1], label: a, colour: 1}
          C:
          D: {price: 6000.00}
          E: {price: 123456.78, label: 5}
        steps:
        - {type: cal, operation: x}
        - {operation: x}
        - {type: call, retires: 1}
        - {type: call, operation: x, retries: 10}
        - {type: call, operation: x, retries: "3"}
        - {type: wait, call: yes}
        shelves: []
        """
    ) == [
        (
            "1:9: `number` is no order number: 'no spaces'. It has letters, digits, `.`, `_` and `-`,"
            " begins with a letter or digit, and is at most 64 characters long."
        ),
        "4:5: There is no field `nam` here. Did you mean `name`?",
        (
            "5:11: `name` is no name: 'Upper'. A name has small letters, digits and `_`, begins with a letter,"
            " and is at most 32 characters long."
        ),
        "6:12: `price` must be a number, not the text 'cheap'.",
        "7:13: `colour` must be `red` or `green`, not the text 'grene'. Did you mean `green`?",
        "8:12: `since` must be a date like 2026-11-25, not the number 20261125.",
        "9:9: `at` must be a date and time with its offset, like 2026-11-25T08:00:00Z, not the date 2026-11-25.",
        "10:11: `tags` must be a list, not the text 'one'.",
        "11:12: `label` must have at most 4 characters.",
        "12:29: `price` must be a number, not `true`.",
        (
            "12:39: `at` must be a date and time with its offset, like 2026-11-25T08:00:00Z,"
            " not the text '2026-11-25T08:00:00'."
        ),
        (
            "13:3: `bad code` is no code. A code has letters, digits, `_` and `-`, begins with a letter or digit,"
            " and is at most 32 characters long."
        ),
        "13:20: `size` must be text or an integer, not a list.",
        "13:32: `label` must have at least 2 characters.",
        "13:43: `colour` must be `red` or `green`, not the number 1.",
        "14:5: `C` must be a mapping (`name: value`), not nothing.",
        "15:6: `D`: a product over 5000 needs a name of its own.",
        "16:14: `price` must have at most 6 digits.",
        "16:32: `label` must be text, not the number 5. Put it in quotes to make it text.",
        "18:10: `type` must be `call` or `wait`, not the text 'cal'. Did you mean `call`?",
        "19:3: `type` is missing.",
        "20:3: `operation` is missing.",
        "20:16: There is no field `retires` here. Did you mean `retries`?",
        "21:39: `retries` must be at most 9, not 10.",
        "22:39: `retries` must be an integer, not the text '3'. Write it without quotes.",
        "23:22: `call` must be true or false, not the text 'yes'. Write `true` or `false`, without quotes.",
        "24:1: There is no field `shelves` here. Fields here: `number`, `products` and `steps`.",
    ]


def test_an_issue_carries_the_path_in_the_document_not_in_the_model() -> None:
    found = issues("products: {A: {inner: {code: B, nam: 1}}}\nsteps: [{type: wait, call: 1}, {type: call}]\n")
    assert [issue.path for issue in found] == [
        ("products", "A", "inner", "nam"),
        ("steps", 0, "call"),
        ("steps", 1, "operation"),
    ]
    assert {issue.check for issue in found} == {"shape"}


def test_a_tag_that_is_also_a_field_leads_to_the_right_place() -> None:
    assert told("steps:\n- type: wait\n  call: 3\n") == ["3:9: `call` must be true or false, not the number 3."]


def test_the_fields_of_the_member_that_is_meant_are_named() -> None:
    assert told("steps: [{type: wait, zzz: 1}]") == [
        "1:22: There is no field `zzz` here. Fields here: `type` and `call`."
    ]


@pytest.mark.parametrize("written", ["yes", "on", "'true'", "1", "0", "no"])
def test_only_true_and_false_are_booleans(written: str) -> None:
    assert [issue.path for issue in issues(f"steps: [{{type: wait, call: {written}}}]")] == [("steps", 0, "call")]


@pytest.mark.parametrize("written", ["true", "1.0", "'1'"])
def test_only_integers_are_integers(written: str) -> None:
    text = f"steps: [{{type: call, operation: x, retries: {written}}}]"
    assert [issue.path for issue in issues(text)] == [("steps", 0, "retries")]


def test_a_part_of_a_document_is_validated_at_its_own_base() -> None:
    document = read_document("a:\n  b: {type: call, retries: x}\n", "f.yaml")
    found, misfits = validate(Call, {"type": "call", "retries": "x"}, document.places, base=("a", "b"))
    assert found is None
    assert [(str(issue.place), issue.path) for issue in misfits] == [
        ("f.yaml:2:6", ("a", "b", "operation")),
        ("f.yaml:2:28", ("a", "b", "retries")),
    ]


def test_data_without_a_file_has_paths_and_no_places() -> None:
    _, misfits = validate(Shop, {"steps": [{"type": "call"}]}, Places())
    assert [str(issue) for issue in misfits] == ["steps.0.operation: error[shape]: `operation` is missing."]


def test_data_that_is_no_mapping_is_named_the_document() -> None:
    _, misfits = validate(Shop, [1], Places())
    assert [issue.message for issue in misfits] == ["The document must be a mapping (`name: value`), not a list."]


def test_the_model_itself_stays_as_it_is() -> None:
    validate(Shop, {}, Places())
    assert TypeAdapter(Wait).validate_python({"type": "wait", "call": "yes"}).call is True


def test_a_misfit_deep_down_is_found_at_once() -> None:
    inner = "{code: A, inner: " * 60 + "{code: A, price: x}" + "}" * 60
    document = read_document(f"products: {{A: {inner}}}".replace("A: {code: A, ", "A: {", 1), "f.yaml")
    _, misfits = validate(Shop, document.data, document.places)
    assert [len(issue.path) for issue in misfits] == [63]

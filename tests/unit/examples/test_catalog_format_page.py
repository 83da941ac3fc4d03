"""The page `docs/catalog-format.md` names every key there is, and shows SmartBytes' files as they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from catalog.calendars import Calendar, Weekday
from catalog.catalog import SECTIONS
from catalog.environment import Environment, SystemAddress
from catalog.fallout_rules import FalloutRule, RetryPolicy, RetryPolicyKind
from catalog.functions import Function
from catalog.people import Assignment, AssignmentRule, Person, Queue, Role
from catalog.products import (
    Attribute,
    Classification,
    CommercialProduct,
    Component,
    Merge,
    QuantityMethod,
    Scaling,
    Scope,
    ScopeKind,
    TechnicalProduct,
)
from catalog.rules import DecompositionRule, LineAction, Mapping, Scenario, ValueTable
from catalog.schedules import BaseKind, Schedule, Take
from catalog.steps import (
    Callout,
    Dependency,
    ManualTask,
    Milestone,
    OnTimeout,
    PairKind,
    Pause,
    StepType,
    Unpaired,
)
from catalog.systems import Callback, Method, Operation, OutputMapping, System
from catalog.units import Unit
from catalog.values import ValueType
from catalog.webhooks import EVENTS, Webhook
from service.catalogs import EXAMPLE

PAGE = (Path(__file__).parents[3] / "docs" / "catalog-format.md").read_text()
EXCERPTS = re.findall(r"^```yaml\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL)
FILES = tuple(file.read_text() for file in sorted(EXAMPLE.rglob("*.yaml")))
MODELS: tuple[type[BaseModel], ...] = (
    AssignmentRule,
    Attribute,
    Calendar,
    Callback,
    Callout,
    Classification,
    CommercialProduct,
    Component,
    DecompositionRule,
    Dependency,
    Environment,
    FalloutRule,
    Function,
    ManualTask,
    Mapping,
    Milestone,
    Operation,
    OutputMapping,
    Pause,
    Person,
    Queue,
    RetryPolicy,
    Scenario,
    Schedule,
    Scope,
    System,
    SystemAddress,
    TechnicalProduct,
    Unit,
    ValueTable,
    Webhook,
)
WORDS = (
    *EVENTS,
    *Assignment,
    *LineAction,
    *Merge,
    *Method,
    *OnTimeout,
    *PairKind,
    *QuantityMethod,
    *RetryPolicyKind,
    *Role,
    *Scaling,
    *ScopeKind,
    *StepType,
    *Weekday,
)
ABOVE = {"name", "code", "target", "kind", "actor"}
"""Fields that are taken from the key above their definition, or from how a scope is written."""


@pytest.mark.parametrize("model", MODELS)
def test_every_key_is_on_the_page(model: type[BaseModel]) -> None:
    missing = [name for name in model.model_fields if name not in ABOVE and not named(name)]
    assert missing == []


def test_every_section_and_every_fixed_word_is_on_the_page() -> None:
    missing = [word for word in (*SECTIONS, *WORDS, *Unpaired, *ValueType, *BaseKind, *Take) if not named(word)]
    assert missing == []


def named(word: str) -> bool:
    return re.search(rf"`[^`\n]*\b{re.escape(word)}\b[^`\n]*`", PAGE) is not None


@pytest.mark.parametrize("excerpt", EXCERPTS, ids=[each.strip().partition("\n")[0] for each in EXCERPTS])
def test_every_excerpt_stands_so_in_a_file_of_smartbytes(excerpt: str) -> None:
    assert any(excerpt in text for text in FILES)

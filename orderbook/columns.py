"""Column types: everything that a database could round, shift or refuse travels as text (`domain.md` E3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import TypeAdapter
from sqlalchemy import Dialect, String, Text
from sqlalchemy.types import TypeDecorator

from catalog.products import Attribute
from catalog.values import NamedValue
from fulfillment.outcomes import Decision, Failure
from fulfillment.progress import FactsMemory, StepKept


class Instant(TypeDecorator[datetime]):
    """A moment as ISO text in UTC, always with microseconds and `Z`: exact, and sorted by time as text."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs its offset, got {value.isoformat()!r}")
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromisoformat(value)


class FreeText(TypeDecorator[str]):
    """Text that people or systems wrote."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        # PostgreSQL refuses NUL; an answer that holds one must not make its own record impossible.
        return None if value is None else value.replace("\x00", "\ufffd")


class AsJson(TypeDecorator[object]):
    """A frozen value as JSON text, in which decimals and instants are text."""

    impl = Text
    cache_ok = True
    adapter: ClassVar[TypeAdapter[Any]]

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else self.adapter.dump_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:  # noqa: ARG002
        return None if value is None else self.adapter.validate_json(value)


class Texts(AsJson):
    """Several texts."""

    cache_ok = True
    adapter = TypeAdapter(tuple[str, ...])


class Values(AsJson):
    """Named values with their types."""

    cache_ok = True
    adapter = TypeAdapter(tuple[NamedValue, ...])


class Form(AsJson):
    """The fields of a task's form."""

    cache_ok = True
    adapter = TypeAdapter(tuple[Attribute, ...])


class FailureJson(AsJson):
    """What went wrong in a try."""

    cache_ok = True
    adapter = TypeAdapter(Failure)


class DecisionJson(AsJson):
    """What the fallout rules decided about a try."""

    cache_ok = True
    adapter: ClassVar[TypeAdapter[Any]] = TypeAdapter(Decision)


class KeptJson(AsJson):
    """What a run must remember of a step besides what people see."""

    cache_ok = True
    adapter = TypeAdapter(StepKept)


class Length(AsJson):
    """A length of time, as ISO text."""

    cache_ok = True
    adapter = TypeAdapter(timedelta)


class FactsJson(AsJson):
    """The facts that somebody has set."""

    cache_ok = True
    adapter = TypeAdapter(FactsMemory)


class Sources(AsJson):
    """The files of a catalog version: name, then text."""

    cache_ok = True
    adapter = TypeAdapter(tuple[tuple[str, str], ...])

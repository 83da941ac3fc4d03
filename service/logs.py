"""The log of a process that runs for long: lines for people or JSON for programs, on stderr.

Every record says which order, step and attempt it belongs to, where it belongs to one. What fails as it may (a
database, a server that does not answer) is told in one line; only what nobody foresaw has a traceback.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime

from temporalio import activity, workflow
from temporalio.service import RPCError

from activities.watch import PLACE
from orderbook.errors import BookError
from service.setting_values import LogFormat
from service.settings import Settings
from workflows.ids import number_of

FIELDS = ("order", "step", "attempt", "operation", "outcome", "seconds")
"""What a record may tell besides its message, in this order."""
FORESEEN = (BookError, RPCError)
QUIET = ("alembic", "httpcore", "httpx", "temporalio", "uvicorn")

logger = logging.getLogger(__name__)


class Placing(logging.Filter):
    """Lets every record pass, once it knows its order, step and attempt and has no traceback that says nothing new."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Complete the record."""
        for name, value in (*PLACE.get().items(), *_order_told_by_temporal(record)):
            if not hasattr(record, name):
                setattr(record, name, value)
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, FORESEEN):
            record.msg, record.args, record.exc_info = f"{record.getMessage()}: {error}", (), None
        return True


def _order_told_by_temporal(record: logging.LogRecord) -> tuple[tuple[str, str], ...]:
    told = getattr(record, "temporal_activity", None) or getattr(record, "temporal_workflow", None)
    return (("order", number_of(str(told["workflow_id"]))),) if told and told.get("workflow_id") else ()


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}


class TextLines(logging.Formatter):
    """Lines for people: the message, then what else is known as `name=value`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """Return the line without the traceback that may follow."""
        return " ".join((super().formatMessage(record), *(f"{name}={told}" for name, told in _fields(record).items())))


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["error"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def configure(settings: Settings) -> None:
    """Log as the settings say; called once, by a process that hosts something."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if settings.log_format is LogFormat.JSON else TextLines())
    handler.addFilter(Placing())
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    # What these tell at INFO about each request and start would bury what matters.
    for library in QUIET:
        logging.getLogger(library).setLevel(max(logging.WARNING, logging.getLogger().level))
    # Fields say it, so the message need not repeat it.
    activity.logger.activity_info_on_message = False
    workflow.logger.workflow_info_on_message = False
    logging.captureWarnings(capture=True)


def telling(settings: Settings, say: Callable[[str], None]) -> Callable[[str], None]:
    """Return how a process tells that it is ready: as it would to people, but in a log for programs as a line of it."""
    return logger.info if settings.log_format is LogFormat.JSON else say

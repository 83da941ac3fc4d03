"""The log of a process that runs for long: lines for people or JSON for programs, on stderr."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime

from service.setting_values import LogFormat
from service.settings import Settings


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def configure(settings: Settings) -> None:
    """Log as the settings say; called once, by a process that hosts something."""
    handler = logging.StreamHandler()
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if settings.log_format is LogFormat.JSON else text)
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    # What these tell at INFO about each request and start would bury what matters.
    for library in ("alembic", "httpx", "temporalio", "uvicorn"):
        logging.getLogger(library).setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.captureWarnings(capture=True)

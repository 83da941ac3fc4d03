"""The runtime of a process that hosts something: it serves metrics where the settings say, and logs as we do."""

from __future__ import annotations

import logging

from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from activities.watch import SECONDS
from service.running import CannotStart
from service.settings import Settings

CALL_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


def hosting_runtime(settings: Settings) -> Runtime:
    """Return the runtime for the client of a hosting process; metrics are served as long as it lives.

    Raises:
        CannotStart: the address of the metrics cannot be had.
    """
    logging_ = LoggingConfig(
        TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(logging.getLogger("temporalio.core"), append_target_to_name=False),
    )
    metrics = _metrics(settings.metrics_address) if settings.metrics_address else None
    try:
        return Runtime(telemetry=TelemetryConfig(logging=logging_, metrics=metrics, attach_service_name=False))
    except ValueError as error:
        why = str(error).removeprefix("Failed starting Prometheus exporter: ")
        hint = "Each process needs its own: stop what listens there, or choose another with `DRO_METRICS_ADDRESS`."
        raise CannotStart(f"Metrics cannot be served at {settings.metrics_address}: {why}. {hint}") from None


def _metrics(address: str) -> PrometheusConfig:
    return PrometheusConfig(
        bind_address=address, durations_as_seconds=True, histogram_bucket_overrides={SECONDS: CALL_BUCKETS}
    )

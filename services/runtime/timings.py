"""Timings and counts that code reports as it runs, for Prometheus.

Labels are service, event type, route and code names; never a value that came from a person.
"""

from __future__ import annotations

from functools import lru_cache

from prometheus_client import Counter, Histogram

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

HANDLER_SECONDS = Histogram(
    "newvoices_handler_seconds",
    "time a handler took for one event",
    ["service", "type", "outcome"],
    buckets=FAST,
)
REQUEST_SECONDS = Histogram(
    "newvoices_request_seconds",
    "time an HTTP request took",
    ["service", "method", "route", "status"],
    buckets=FAST,
)
PROVIDER_CALLS = Counter(
    "newvoices_provider_calls", "calls of a message provider", ["channel", "outcome"]
)


@lru_cache(maxsize=512)
def handler_seconds(service: str, event_type: str, outcome: str) -> Histogram:
    """The one child for these labels; looking it up anew takes longer than the observation."""
    return HANDLER_SECONDS.labels(service, event_type, outcome)


@lru_cache(maxsize=2048)
def request_seconds(service: str, method: str, route: str, status: str) -> Histogram:
    return REQUEST_SECONDS.labels(service, method, route, status)

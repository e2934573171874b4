"""Logs, traces and metrics. Nothing here ever sees a name, a number or a category."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()


def current_traceparent() -> str | None:
    """The W3C traceparent of the running span, to travel with an event."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")


def tracer() -> trace.Tracer:
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        # Nobody collects spans: ids still travel with the events, and nothing is recorded.
        trace.set_tracer_provider(TracerProvider(sampler=ALWAYS_OFF))
    return _tracer_of(trace.get_tracer_provider())


@lru_cache(maxsize=4)
def _tracer_of(provider: trace.TracerProvider) -> trace.Tracer:
    # Making one is slow, and there would be one an event.
    return provider.get_tracer("newvoices")


@contextmanager
def span(name: str, traceparent: str | None = None) -> Iterator[trace.Span]:
    """A span that continues the trace an event or a request came with."""
    context = _propagator.extract({"traceparent": traceparent}) if traceparent else None
    with tracer().start_as_current_span(name, context=context) as current:
        yield current

"""Logs, traces and metrics. Nothing here ever sees a name, a number or a category."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
# Ids are no secrets; the pool of the system's randomness costs more than the rest of a span.
_ids = random.Random()  # noqa: S311
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def current_traceparent() -> str | None:
    """The W3C traceparent of the running span, to travel with an event."""
    running = trace.get_current_span().get_span_context()
    if not running.is_valid:
        return None
    return f"00-{running.trace_id:032x}-{running.span_id:016x}-{running.trace_flags:02x}"


def tracer() -> trace.Tracer:
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        # Nobody collects spans: ids still travel with the events, and nothing is recorded.
        trace.set_tracer_provider(TracerProvider(sampler=ALWAYS_OFF))
    return _tracer_of(trace.get_tracer_provider())


@lru_cache(maxsize=4)
def _tracer_of(provider: trace.TracerProvider) -> trace.Tracer:
    # Making one is slow, and there would be one an event.
    return provider.get_tracer("newvoices")


@lru_cache(maxsize=4)
def _records(provider: trace.TracerProvider) -> bool:
    return getattr(provider, "sampler", None) is not ALWAYS_OFF


@contextmanager
def span(name: str, traceparent: str | None = None) -> Iterator[trace.Span]:
    """A span that continues the trace an event or a request came with."""
    made = tracer()
    if _records(trace.get_tracer_provider()):
        context = _propagator.extract({"traceparent": traceparent}) if traceparent else None
        with made.start_as_current_span(name, context=context) as current:
            yield current
        return
    # Nobody collects spans: only the ids go on, and a span that is not kept need not be made.
    plain = trace.NonRecordingSpan(_next_of(traceparent))
    token = contexts.attach(trace.set_span_in_context(plain))
    try:
        yield plain
    finally:
        contexts.detach(token)


def _next_of(traceparent: str | None) -> trace.SpanContext:
    """A span of the trace that is given, else of the one that runs, else of a new one."""
    if traceparent:
        found = _TRACEPARENT.fullmatch(traceparent)
        trace_id = int(found[1], 16) if found else 0
    else:
        trace_id = trace.get_current_span().get_span_context().trace_id
    return trace.SpanContext(
        trace_id or _ids.getrandbits(128) or 1, _ids.getrandbits(64) or 1, is_remote=False
    )

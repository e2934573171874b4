"""Spans and timings of HTTP requests, and where spans are sent."""

from __future__ import annotations

import os
import time

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.runtime.telemetry import span
from services.runtime.timings import request_seconds

# Whatever else a client may call a method is no label: there is no end of them.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def configure_tracing(process: str) -> None:
    """Send spans to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names; else record none.

    The exporter is the standard one, so its other OTEL_ variables work too.
    """
    collected = bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"newvoices-{process}"}),
        sampler=None if collected else ALWAYS_OFF,
    )
    if collected:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


class TracingMiddleware:
    """One span and one timing a request, named by the route's template, never by its address."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        parent = Headers(scope=scope).get("traceparent")
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        with span(f"{method} {self._service}", parent) as current:
            try:
                await self._app(scope, receive, send_and_note)
            finally:
                route = getattr(scope.get("route"), "path", "unmatched")
                current.update_name(f"{method} {route}")
                current.set_attribute("http.response.status_code", status)
                seconds = time.perf_counter() - started
                labels = (self._service, method, route, str(status))
                request_seconds(*labels).observe(seconds)

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from opentelemetry import trace
from prometheus_client import generate_latest
from prometheus_client.registry import CollectorRegistry

from services.cli.processes import free_port
from services.runtime import inbox, outbox, telemetry
from services.runtime.embedded import EmbeddedRunner
from services.runtime.metrics import NodeCollector, serve_metrics
from services.runtime.telemetry import current_traceparent, span, tracer
from services.runtime.timings import HANDLER_SECONDS, REQUEST_SECONDS
from services.runtime.tracing import TracingMiddleware
from tests.support.sample import Clock, closed, make_node, make_settings


def test_gauges_tell_what_waits_and_what_died(tmp_path: Path) -> None:
    clock = Clock()
    node = make_node("matching", make_settings(tmp_path), clock)
    node.database.write(lambda s: outbox.publish(s, closed(), clock()))
    raw = inbox.Raw("newvoices.opportunities", "k", b"{", "1")
    node.database.write(lambda s: inbox.receive(s, [raw], node.service.readers, clock()))
    clock.forward(seconds=30)
    registry = CollectorRegistry()
    registry.register(NodeCollector([node]))
    shown = generate_latest(registry).decode()
    assert 'newvoices_outbox_unsent{service="matching"} 1.0' in shown
    assert 'newvoices_outbox_oldest_seconds{service="matching"} 30.0' in shown
    assert 'newvoices_dead_letters{service="matching"} 1.0' in shown
    node.close()


def test_metrics_answer_on_a_port_of_their_own(tmp_path: Path) -> None:
    node = make_node("outreach", make_settings(tmp_path), Clock())
    port = free_port()
    serve_metrics([node], port, "127.0.0.1")
    assert "newvoices_inbox_pending" in httpx.get(f"http://127.0.0.1:{port}/metrics").text
    node.close()


def test_a_handler_is_timed_by_type_and_outcome(tmp_path: Path) -> None:
    clock, settings = Clock(), make_settings(tmp_path)
    source, sink = (make_node(name, settings, clock) for name in ("outreach", "matching"))
    source.database.write(lambda s: outbox.publish(s, closed(), clock()))
    timed = HANDLER_SECONDS.labels("matching", "opportunity.closed", "done")
    before = timed._sum.get()
    EmbeddedRunner([source, sink]).settle(clock)
    assert timed._sum.get() > before
    source.close()
    sink.close()


def test_an_event_carries_the_trace_it_was_made_in(tmp_path: Path) -> None:
    clock = Clock()
    node = make_node("outreach", make_settings(tmp_path), clock)
    tracer()
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with span("request", parent):
        event = node.database.write(lambda s: outbox.publish(s, closed(), clock()))
        assert current_traceparent() is not None
    assert event.traceparent is not None
    assert event.traceparent.split("-")[1] == parent.split("-")[1]
    node.close()


@pytest.mark.parametrize("records", [True, False])
def test_a_trace_goes_on_within_and_starts_anew_where_none_is_readable(
    monkeypatch: pytest.MonkeyPatch, records: bool
) -> None:
    """The same whether somebody collects spans or only the ids are passed on."""
    monkeypatch.setattr(telemetry, "_records", lambda _provider: records)
    given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert current_traceparent() is None
    with span("outer", given):
        outer = current_traceparent()
        with span("inner"):
            inner = current_traceparent()
        for unreadable in ("nonsense", f"00-{'0' * 32}-b7ad6b7169203331-01"):
            with span("elsewhere", unreadable):
                elsewhere = current_traceparent()
            assert elsewhere is not None
            assert elsewhere.split("-")[1] not in (given.split("-")[1], "0" * 32)
        assert current_traceparent() == outer
    assert outer is not None
    assert inner is not None
    assert {outer.split("-")[1], inner.split("-")[1]} == {given.split("-")[1]}
    assert len({given.split("-")[2], outer.split("-")[2], inner.split("-")[2]}) == 3
    assert current_traceparent() is None


def test_a_request_is_named_by_its_route_and_never_by_its_address() -> None:
    app = FastAPI()
    app.add_middleware(TracingMiddleware, service="sample")
    seen: list[str] = []

    @app.get("/people/{person_id}")
    async def read(person_id: str) -> dict[str, str]:
        seen.append(format(trace.get_current_span().get_span_context().trace_id, "032x"))
        return {"id": person_id}

    person = str(uuid4())
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = TestClient(app).get(f"/people/{person}", headers={"traceparent": parent})
    assert answer.status_code == 200
    assert seen == [parent.split("-")[1]]
    labels = [sample.labels for metric in REQUEST_SECONDS.collect() for sample in metric.samples]
    assert any(found.get("route") == "/people/{person_id}" for found in labels)
    assert person not in str(labels)


def test_a_made_up_method_is_no_label_of_its_own() -> None:
    app = FastAPI()
    app.add_middleware(TracingMiddleware, service="sample")
    assert TestClient(app).request("AMINA", "/nowhere").status_code == 404
    labels = [sample.labels for metric in REQUEST_SECONDS.collect() for sample in metric.samples]
    assert "AMINA" not in str(labels)
    assert "OTHER" in str(labels)

"""Structured logs: one JSON line an event, redacted."""

from __future__ import annotations

import logging
import sys

import structlog

from services.runtime.security.redaction import redact


def configure_logging(level: int = logging.INFO) -> None:
    """Send structlog's and the libraries' messages to stderr, as JSON, without personal data."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processor=structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # Which broker leads what, and slow polls of a busy machine: nothing to act on.
    for chatty in ("kafka", "aiokafka", "faust", "mode"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    logging.getLogger("aiokafka.consumer.group_coordinator").setLevel(logging.CRITICAL)

"""Structured logs: one JSON line an event, redacted."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from services.runtime.processor import describe
from services.runtime.security.redaction import redact


def configure_logging(level: int = logging.INFO, process: str = "") -> None:
    """Send structlog's and the libraries' messages to stderr, as JSON, without personal data.

    `process` tells which of our processes wrote a line.
    """
    where = f"{process or 'command'}@{socket.gethostname()}"

    def say_where(
        _logger: object, _method: str, event_dict: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        event_dict["process"] = where
        return event_dict

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name_the_error,
        redact,
        say_where,
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
    # A server that set itself up first would print errors with their text, past this formatter.
    for own in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(own)
        logger.handlers.clear()
        logger.propagate = True
    # Which broker leads what, and slow polls of a busy machine: nothing to act on.
    for chatty in ("kafka", "aiokafka", "faust", "mode"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    logging.getLogger("aiokafka.consumer.group_coordinator").setLevel(logging.CRITICAL)


def name_the_error(
    _logger: object, _method: str, event_dict: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Put an exception's class and place for its text, which may hold what a person told us."""
    info = event_dict.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event_dict["reason"] = describe(error)
    return event_dict

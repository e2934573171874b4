from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
import uvicorn

from services.runtime.logs import configure_logging


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_an_error_that_a_library_logs_is_named_without_its_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    uvicorn.Config("none:app")  # sets up handlers of its own
    configure_logging()
    try:
        raise ValueError("Amina Rahman cannot read this")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    # Threads of other tests may write lines of their own meanwhile.
    written = [one for one in capsys.readouterr().err.splitlines() if "ValueError" in one]
    line = json.loads(written[-1])
    assert line["reason"].startswith("ValueError at test_an_error_that")
    assert "Amina" not in json.dumps(line)

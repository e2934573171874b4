from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

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


def test_a_line_says_when_in_utc_where_and_what_and_no_text_makes_up_another(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging(process="web")
    forged = 'harmless\n{"event": "sign-in", "level": "info"}\r\x1b[2K\u2028'
    structlog.get_logger().warning(forged, code=forged)
    logging.getLogger("a.library").warning("from %s", forged)
    written = capsys.readouterr().err
    mine = [json.loads(one) for one in written.split("\n") if "harmless" in one]
    assert len(mine) == 2
    for line in mine:
        assert "\n" not in json.dumps(line)
        assert datetime.fromisoformat(line["timestamp"]).utcoffset() == timedelta(0)
        assert line["process"].startswith("web@")
        assert line["level"] == "warning"
        assert "harmless" in line["event"]
    assert "\x1b" not in written
    assert "\u2028" not in written

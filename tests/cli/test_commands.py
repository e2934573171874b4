from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from services.cli.community import ORGANISATION, PASSWORD
from services.cli.compose import make_nodes
from services.cli.main import app
from services.runtime import inbox, letters
from services.runtime.node import Node
from services.runtime.settings import Settings

runner = CliRunner()


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEWVOICES_DATA_DIR", str(tmp_path))
    return tmp_path


def matching(folder: Path) -> Node:
    (node,) = make_nodes(Settings(data_dir=folder), names=("matching",))
    return node


def test_accounts_with_a_known_password_are_not_made_where_others_can_reach_them(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWVOICES_PUBLIC_BASE_URL", "https://voices.example")
    assert "Nothing was added" in runner.invoke(app, ["seed"]).output
    (node,) = make_nodes(Settings(data_dir=installation), names=("outreach",))
    with node.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM accounts")).scalar() == 0
    node.close()


def test_seeding_twice_adds_nothing(installation: Path) -> None:
    assert "made-up community is ready" in runner.invoke(app, ["seed"]).output
    assert "nothing was added" in runner.invoke(app, ["seed"]).output


def test_doctor_tells_what_works_and_that_nothing_is_sent(installation: Path) -> None:
    runner.invoke(app, ["seed"])
    done = runner.invoke(app, ["doctor"])
    assert done.exit_code == 0
    assert "embedded" in done.output
    assert "0 dead letters" in done.output
    assert "nothing is sent" in done.output


def test_doctor_fails_when_others_can_read_the_keys(installation: Path) -> None:
    runner.invoke(app, ["seed"])
    (installation / "master-keys.json").chmod(0o644)
    done = runner.invoke(app, ["doctor"])
    assert done.exit_code == 1
    assert "chmod 600" in done.output


def test_dead_letters_are_listed_replayed_and_discarded(installation: Path) -> None:
    node = matching(installation)
    readers = node.service.readers
    raw = inbox.Raw("newvoices.participants", "k", b"{", "1")
    node.database.write(lambda s: inbox.receive(s, [raw], readers, node.now()))
    (letter,) = node.database.read(letters.dead)
    node.close()
    assert "No dead letters." not in runner.invoke(app, ["dead-letters", "list"]).output
    shown = runner.invoke(app, ["dead-letters", "list", "--service", "outreach"]).output
    assert "No dead letters." in shown
    assert "1 made due again" in runner.invoke(app, ["dead-letters", "replay"]).output
    missing = runner.invoke(app, ["dead-letters", "discard", letter.event_id])
    assert missing.exit_code == 1
    node = matching(installation)
    raw = inbox.Raw("newvoices.participants", "k", b"[", "2")
    node.database.write(lambda s: inbox.receive(s, [raw], readers, node.now()))
    (letter,) = node.database.read(letters.dead)
    node.close()
    assert "Discarded." in runner.invoke(app, ["dead-letters", "discard", letter.event_id]).output


def test_a_service_that_does_not_exist_is_named_in_the_error(installation: Path) -> None:
    done = runner.invoke(app, ["dead-letters", "list", "--service", "outrech"])
    assert done.exit_code == 2
    words = " ".join(done.output.replace("│", " ").split())
    assert "outreach, matching, notifications" in words


def test_the_first_account_is_made_in_the_terminal(installation: Path) -> None:
    words = ["accounts", "add", "a@elmfield.example", "Ada Min", "administrator"]
    words += ["--organisation", ORGANISATION]
    weak = runner.invoke(app, [*words, "--password", "short"])
    assert weak.exit_code == 1
    assert runner.invoke(app, [*words, "--password", PASSWORD]).exit_code == 0


def test_a_key_ring_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    assert runner.invoke(app, ["keys", "new", str(path)]).exit_code == 0
    first = path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert runner.invoke(app, ["keys", "new", str(path)]).exit_code == 1
    assert path.read_bytes() == first


def test_the_published_schemas_are_checked(installation: Path) -> None:
    assert runner.invoke(app, ["schemas", "check"]).exit_code == 0

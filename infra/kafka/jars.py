"""Java 17 and the jars named by ``pom.xml``, fetched once with Maven into a cache folder."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from infra.processes import MissingProgram, StartFailed, need_program

HERE = Path(__file__).resolve().parent
JAVA_AT_LEAST = 17
JAVA_PACKAGE = "openjdk-17-jre-headless"


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/newvoices``, or ``var/cache`` of this clone when that is not set."""
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base) / "newvoices" if base else HERE.parents[1] / "var" / "cache"


def java_program() -> str:
    """Path of ``java`` ($JAVA_HOME first); MissingProgram when absent or older than 17."""
    home = os.environ.get("JAVA_HOME")
    at_home = Path(home) / "bin" / "java" if home else None
    java = str(at_home) if at_home and at_home.exists() else need_program("java", JAVA_PACKAGE)
    banner = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    found = re.search(r'version "(\d+)', banner)
    if found is None or int(found.group(1)) < JAVA_AT_LEAST:
        raise MissingProgram(
            f"Apache Kafka 4 needs Java {JAVA_AT_LEAST} or newer; {java} is"
            f" {found.group(1) if found else 'of unknown version'}."
            f" Debian: apt-get install {JAVA_PACKAGE}"
        )
    return java


def resolve_jars() -> Path:
    """Folder with the broker's jars; the first call after a change of ``pom.xml`` runs Maven.

    Raises MissingProgram without Maven, or with Maven's last lines when it fails.
    """
    pom = HERE / "pom.xml"
    folder = cache_folder() / f"kafka-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    if folder.exists():
        return folder
    maven = need_program("mvn", "maven")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="kafka-part-", dir=folder.parent))
    try:
        _copy_dependencies(maven, pom, part)
        part.chmod(0o755)
        # Several test processes may get here at once; the first rename wins.
        if not folder.exists():
            part.rename(folder)
    except FileExistsError:
        pass
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def kafka_version() -> str:
    """The broker's version as ``pom.xml`` pins it."""
    found = re.search(
        r"<artifactId>kafka_2\.13</artifactId>\s*<version>([^<]+)<", (HERE / "pom.xml").read_text()
    )
    if found is None:
        raise StartFailed("infra/kafka/pom.xml does not pin kafka_2.13")
    return found.group(1)


def _copy_dependencies(maven: str, pom: Path, target: Path) -> None:
    run = subprocess.run(  # noqa: S603
        [
            maven,
            "--batch-mode",
            "--no-transfer-progress",
            "--quiet",
            "-f",
            str(pom),
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
            f"-DoutputDirectory={target}",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd=target,
    )
    if run.returncode != 0:
        tail = "\n".join(run.stdout.splitlines()[-8:])
        raise MissingProgram(f"Maven could not fetch Apache Kafka's jars:\n{tail}")

"""A Python client of the three APIs, generated from their OpenAPI documents.

    make client

writes the packages `newvoices_outreach`, `newvoices_matching` and `newvoices_notifications` into
var/client. They need httpx and attrs. A part of a document that the generator cannot use is an
error here, so that a client is whole or not there.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from fastapi import FastAPI
from openapi_python_client import generate as generate_package
from openapi_python_client.config import Config, ConfigFile, MetaType

from services.cli.compose import NAMES, services
from services.runtime.node import Node
from services.runtime.settings import Settings

ROOT = Path(__file__).parents[1]


def generate(folder: Path, apps: dict[str, FastAPI]) -> list[Path]:
    """One package a service in `folder`, each written anew. Raises RuntimeError for what is lost.

    `apps`: the services' apps by name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, app in apps.items():
        document = folder / f"{name}.json"
        document.write_text(json.dumps(app.openapi()), encoding="utf-8")
        package = folder / f"newvoices_{name}"
        config = Config.from_sources(
            config_file=ConfigFile(post_hooks=[]),
            meta_type=MetaType.NONE,
            document_source=document,
            file_encoding="utf-8",
            overwrite=True,
            output_path=package,
        )
        lost = generate_package(config=config)
        if lost:
            raise RuntimeError("\n".join(f"{name}: {each.header} {each.detail}" for each in lost))
        made.append(package)
    return made


def apps() -> dict[str, FastAPI]:
    """The apps on empty databases: their documents need no more."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        nodes = {service.name: Node(service, settings) for service in services(NAMES)}
        try:
            return {name: node.service.make_app(node) for name, node in nodes.items()}
        finally:
            for node in nodes.values():
                node.close()


if __name__ == "__main__":
    for written in generate(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "var" / "client", apps()):
        print(written)

"""The generated documents: one JSON Schema (draft 2020-12) an event, one AsyncAPI 3.0 for all."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from schemas.compatibility import Schema, breaks
from schemas.envelope import Event, Payload
from schemas.events import ALL

FOLDER = Path(__file__).parent / "published"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(payload: type[Payload]) -> Schema:
    """The JSON Schema of an event's data."""
    schema = payload.model_json_schema(mode="validation")
    return {"$schema": DIALECT, "$id": f"urn:newvoices:{payload.name}:v{payload.version}"} | schema


def asyncapi() -> dict[str, Any]:
    """Channels (topics) and their messages, as AsyncAPI 3.0."""
    topics = sorted({payload.topic for payload in ALL})
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "New Voices events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in JSON; the key of each message is its subject.",
        },
        "defaultContentType": "application/json",
        "channels": {topic: _channel(topic) for topic in topics},
        "operations": {
            _name(topic): {"action": "receive", "channel": {"$ref": f"#/channels/{topic}"}}
            for topic in topics
        },
        "components": {
            "messages": {payload.type_name(): _message(payload) for payload in ALL},
            "schemas": {"Envelope": Event.model_json_schema()},
        },
    }


def _channel(topic: str) -> dict[str, Any]:
    names = [payload.type_name() for payload in ALL if payload.topic == topic]
    messages = {name: {"$ref": f"#/components/messages/{name}"} for name in names}
    return {"address": topic, "messages": messages}


def _name(topic: str) -> str:
    return "receive" + "".join(part.title() for part in topic.replace("-", ".").split(".")[1:])


def _message(payload: type[Payload]) -> dict[str, Any]:
    return {
        "name": payload.type_name(),
        "summary": (payload.__doc__ or payload.name).strip().splitlines()[0],
        "contentType": "application/json",
        "payload": {"schemaFormat": f"application/schema+json;version={DIALECT.split('/')[4]}"}
        | {"schema": {"$ref": f"./{payload.type_name()}.json"}},
        "x-key": payload.key_field,
    }


def documents() -> dict[str, str]:
    """File name to content."""
    made = {f"{payload.type_name()}.json": schema_of(payload) for payload in ALL}
    made["asyncapi.json"] = asyncapi()
    return {name: json.dumps(content, indent=2) + "\n" for name, content in made.items()}


def write_documents() -> list[str]:
    FOLDER.mkdir(exist_ok=True)
    for name, content in documents().items():
        (FOLDER / name).write_text(content)
    return sorted(documents())


def differences_on_disk() -> list[str]:
    """What is wrong with the published documents, in sentences; empty when nothing is."""
    wanted = documents()
    problems = [
        f"{name} is out of date: run `newvoices schemas write`"
        for name, content in wanted.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text() != content
    ]
    for name, content in wanted.items():
        if name != "asyncapi.json":
            for earlier in _earlier_versions(name):
                found = breaks(earlier, json.loads(content))
                problems += [f"{name} cannot read older events: {one}" for one in found]
    for path in FOLDER.glob("*.json"):
        if path.name not in wanted:
            problems.append(f"{path.name} has no event any more: keep its reader, or its version")
    return sorted(set(problems))


def _earlier_versions(name: str) -> list[Schema]:
    """Every committed version of a schema; none where there is no git history."""
    path = FOLDER / name
    listed = _git("log", "--format=%H", "--", str(path))
    shown = [_git("show", f"{commit}:./{name}") for commit in listed.split()]
    return [json.loads(text) for text in shown if text]


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            cwd=FOLDER,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""

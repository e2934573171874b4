"""Static files under names that hold a checksum of their content, so that they cache for good.

`style.css` is served as `/static/style-1a2b3c4d5e.css`. Files are read once at start (they are
few and small); where the build left `.br` or `.gz` beside a file, those bytes are sent instead.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from services.runtime.security.routes import mark_public

HERE = Path(__file__).parent
URL_PREFIX = "/static/"
FOR_GOOD = "public, max-age=31536000, immutable"
ENCODINGS = {"br": ".br", "gzip": ".gz"}
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its address, its type, and its bytes by content encoding ("" is plain)."""

    url: str
    media_type: str
    bodies: Mapping[str, bytes]

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.bodies[""]).hexdigest()[:16]}"'

    def best_for(self, accept_encoding: str) -> tuple[str, bytes]:
        """The smallest body that the browser can read, with its encoding's name."""
        accepted = {part.partition(";")[0].strip() for part in accept_encoding.split(",")}
        for encoding in ENCODINGS:
            if encoding in accepted and encoding in self.bodies:
                return encoding, self.bodies[encoding]
        return "", self.bodies[""]


@dataclass
class Assets:
    """The static files of the runtime and of each service that adds its own folder."""

    by_name: dict[str, Asset] = field(default_factory=dict)
    by_url: dict[str, Asset] = field(default_factory=dict)

    def add(self, folder: Path, prefix: str = "") -> None:
        """Read a folder's files; their names start with `prefix` ("outreach/")."""
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if (
                path.is_file()
                and not path.name.startswith(".")
                and path.suffix
                not in {
                    ".br",
                    ".gz",
                }
            ):
                self._add_file(path, prefix + path.relative_to(folder).as_posix())

    def url(self, name: str) -> str:
        """The address of a file by its plain name; a missing file keeps its plain name."""
        asset = self.by_name.get(name)
        return asset.url if asset else URL_PREFIX + name

    def text(self, name: str) -> str:
        asset = self.by_name.get(name)
        return asset.bodies[""].decode() if asset else ""

    def answer(self, url: str, request: Request) -> Response:
        asset = self.by_url.get(url)
        if asset is None:
            return PlainTextResponse("There is no such file.", 404)
        headers = {"ETag": asset.etag, "Cache-Control": FOR_GOOD, "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == asset.etag:
            return Response(status_code=304, headers=headers)
        encoding, body = asset.best_for(request.headers.get("accept-encoding", ""))
        if encoding:
            headers["Content-Encoding"] = encoding
        return Response(body, headers=headers, media_type=asset.media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method not in {"GET", "HEAD"}:
            response: Response = PlainTextResponse("Files can only be read.", 405)
        else:
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            response = self.answer(URL_PREFIX + path.removeprefix("/"), request)
        await response(scope, receive, send)

    def _add_file(self, path: Path, name: str) -> None:
        plain = path.read_bytes()
        bodies = {"": plain}
        for encoding, suffix in ENCODINGS.items():
            packed = path.with_name(path.name + suffix)
            if packed.is_file():
                bodies[encoding] = packed.read_bytes()
        checksum = hashlib.sha256(plain).hexdigest()[:10]
        posix = PurePosixPath(name)
        url = URL_PREFIX + str(posix.with_name(f"{posix.stem}-{checksum}{posix.suffix}"))
        media = TYPES.get(posix.suffix) or mimetypes.guess_type(name)[0]
        asset = Asset(url, media or "application/octet-stream", bodies)
        self.by_name[name] = self.by_url[url] = asset


@cache
def shared_assets() -> Assets:
    """The process's static files: the built ones and the drawn ones of the runtime."""
    assets = Assets()
    assets.add(HERE / "static" / "build")
    assets.add(HERE / "static" / "images", "images/")
    return assets


def mount_static(app: FastAPI) -> None:
    """Serve /static on an app. Once for the outermost app is enough."""
    app.mount(
        URL_PREFIX.rstrip("/"), mark_public(shared_assets(), "style sheet, scripts and pictures")
    )

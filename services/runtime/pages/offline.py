"""What makes a part of the site work without a network: the service worker and its pages."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from services.runtime.pages.assets import Assets, shared_assets

SHELL = ("style.css", "app.js", "images/icon.svg")


@dataclass(frozen=True)
class OfflineApp:
    """A part of the site (`scope`, "/outreach/") that opens without a network.

    pages: addresses kept on the device; they must hold nothing about a person.
    fallback: the page shown for any other address while there is no network.
    waiting: the page that lists what has not been sent.
    session: the address that answers with the device's key (see `device_session`).
    locked: the page shown once the device has locked itself.
    """

    scope: str
    pages: tuple[str, ...]
    fallback: str
    waiting: str
    session: str
    locked: str

    @property
    def worker(self) -> str:
        return f"{self.scope.rstrip('/')}/sw.js"

    def worker_source(self, assets: Assets | None = None) -> str:
        """The service worker's script: its list of files, then the built code."""
        assets = assets or shared_assets()
        code = assets.text("sw.js")
        settings = {
            "files": [assets.url(name) for name in SHELL],
            "pages": sorted({*self.pages, self.fallback, self.waiting, self.locked}),
            "fallback": self.fallback,
        }
        body = json.dumps(settings, sort_keys=True)
        version = hashlib.sha256((body + code).encode()).hexdigest()[:12]
        return f"self.NV={json.dumps({'version': version, **settings})};\n{code}"

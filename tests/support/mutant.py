"""A pytest plugin: modules of ours are loaded from changed files instead of their own.

``NEWVOICES_MUTANT`` names them as JSON, module name to file: ``pytest -p tests.support.mutant``.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from typing import Any

FILES = "NEWVOICES_MUTANT"


class _Changed(MetaPathFinder):
    def __init__(self, files: dict[str, str]) -> None:
        self._files = files

    def find_spec(self, fullname: str, *_: Any) -> ModuleSpec | None:
        file = self._files.get(fullname)
        return spec_from_file_location(fullname, file) if file else None


if FILES in os.environ:
    sys.meta_path.insert(0, _Changed(json.loads(os.environ[FILES])))

"""The hot modules once more, compiled to machine code: used when they are made of just these sources, else not.

`make compiled` lets mypyc translate the modules that `tools/compile.py` names into `compiled/` beside this file. What
they do is the same, at about half the processor time; without them, or as soon as one of the sources differs from what
was compiled, Python runs the sources. So an edit is never answered by an older program. TUOBEN_PURE=1 says: never.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import sysconfig
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Final

HERE: Final = Path(__file__).parent
FOLDER: Final = HERE / "compiled"
SUFFIX: Final = str(sysconfig.get_config_var("EXT_SUFFIX"))
"""What the names of modules compiled for this Python end with."""


def digest(source: Path) -> str:
    """What a source is known by."""
    return hashlib.sha256(source.read_bytes()).hexdigest()


def manifest(folder: Path = FOLDER) -> Path:
    """What tells of what is compiled for this Python: {"maker", "sources": {path: digest}, "modules": {name: file}}."""
    return folder / f"made{SUFFIX}.json"


def modules(root: Path = HERE) -> dict[str, Path]:
    """The compiled modules by name; none when there are none, or when a source was changed since."""
    folder = root / FOLDER.name
    try:
        told = json.loads(manifest(folder).read_bytes())
        fresh = all(digest(root / path) == known for path, known in told["sources"].items())
        found = {name: folder / file for name, file in told["modules"].items()}
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    return found if fresh and all(path.is_file() for path in found.values()) else {}


class Finder(MetaPathFinder):
    """Finds the compiled modules, before Python looks for sources."""

    def __init__(self, found: dict[str, Path]) -> None:
        self._found = found

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As importlib's protocol has it."""
        file = self._found.get(fullname)
        if file is None:
            return None
        return spec_from_file_location(fullname, file, loader=ExtensionFileLoader(fullname, str(file)))


def install() -> None:
    """Use the compiled modules from here on, if they are fit for use."""
    if os.environ.get("TUOBEN_PURE") != "1" and (found := modules()):
        sys.meta_path.insert(0, Finder(found))

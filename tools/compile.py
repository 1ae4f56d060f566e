"""Compiles the hot modules with mypyc: `make compiled`. Needs a C compiler and Python's headers; prints what it made.

They are the modules that extraction, finding copies, the original look and small searches spend their time in: plain
functions over text, which mypyc translates as they stand. How they are found again, and when they are not used:
`tuoben.compiled`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from mypyc.build import mypycify
from setuptools import Distribution
from setuptools.errors import BaseError

ROOT = Path(__file__).parents[1] / "src"
sys.path.insert(0, str(ROOT))
os.environ["TUOBEN_PURE"] = "1"

from tuoben import compiled  # noqa: E402 (found now)

PLAIN = ("__init__", "markdown", "policy", "quality", "ruledraft", "siterules")
"""Modules of the room extract that are not hot, or take what callers made (compiled code insists on exact types)."""
NO_COMPILER = 3
"""Exit code when there is no C compiler, or Python's headers are missing."""
GROUND = ("beside", "charsets", "folding", "markup", "query", "text", "url")
REPLAY = ("css", "pictures", "replay")
SEARCH = ("plan", "records")
COPIES = ("organise/place", "organise/signature", "store/pairs", "store/sharing")


def sources() -> list[Path]:
    """What is compiled."""
    room = [path for path in sorted((compiled.HERE / "extract").glob("*.py")) if path.stem not in PLAIN]
    look = [compiled.HERE / "archive" / f"{name}.py" for name in REPLAY]
    search = [compiled.HERE / "index" / f"{name}.py" for name in SEARCH]
    copies = [compiled.HERE / f"{name}.py" for name in COPIES]
    return [*room, *look, *search, *copies, *(compiled.HERE / f"{name}.py" for name in GROUND)]


def maker() -> str:
    """What the compiled modules are made by: this program, and a version of mypyc and of setuptools."""
    tool = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    return f"{tool} mypy {version('mypy')} setuptools {version('setuptools')}"


def build(paths: list[Path], folder: Path, work: Path) -> dict[str, str]:
    """Compile into a folder; the file of each module, by its name. Raises setuptools' BaseError."""
    os.chdir(ROOT)
    os.environ["MYPYPATH"] = str(ROOT)
    names = [str(path.relative_to(ROOT)) for path in paths]
    flags = [
        "--config-file=",
        "--ignore-missing-imports",
        "--follow-imports=silent",
        "--python-executable",
        sys.executable,
    ]
    extensions = mypycify([*flags, *names], opt_level="3", multi_file=True, target_dir=str(work / "c"))
    for extension in extensions:
        extension.extra_compile_args.append("-ffp-contract=off")  # rounds as Python does, on ARM too
    command = Distribution({"name": "tuoben", "ext_modules": extensions}).get_command_obj("build_ext")
    command.build_lib, command.build_temp, command.parallel = str(work / "lib"), str(work / "o"), os.cpu_count()
    command.ensure_finalized()
    command.run()
    found = {}
    for extension in extensions:
        made = Path(command.get_ext_fullpath(extension.name))
        found[extension.name] = f"{extension.name}{compiled.SUFFIX}"
        shutil.copyfile(made, folder / found[extension.name])
    return found


def main() -> None:
    """Compile, unless what is there is made of these sources by this program already."""
    if compiled.modules() and json.loads(compiled.manifest().read_bytes()).get("maker") == maker():
        return
    paths = sources()
    compiled.FOLDER.mkdir(exist_ok=True)
    told: dict[str, object] = {"maker": maker()}
    told["sources"] = {path.relative_to(compiled.HERE).as_posix(): compiled.digest(path) for path in paths}
    compiled.manifest().unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="tuoben-compile-") as work:
        try:
            told["modules"] = build(paths, compiled.FOLDER, Path(work))
        except BaseError as error:
            print(f"tuoben runs as plain Python, slower: its hot modules could not be compiled ({error}).")
            sys.exit(NO_COMPILER)
    compiled.manifest().write_text(json.dumps(told, indent=1), encoding="utf-8")
    print(f"Compiled {len(paths)} modules.")


if __name__ == "__main__":
    main()

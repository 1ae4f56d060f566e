"""What the engine says when something is wrong, as one plain sentence."""

from __future__ import annotations

from pathlib import Path

from tuoben.errors import DataError, DiskFull


class Plainly:
    """A guard: whatever the engine raises, its panics too, becomes DataError or DiskFull.

    A class, not a generator: each search enters it three times.
    """

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if error is None or not (
            isinstance(error, ValueError | OSError | RuntimeError) or type(error).__name__ == "PanicException"
        ):
            return
        if "No space left" in str(error):
            raise DiskFull(f"There is no room left to write the search index in {self._path}.") from error
        message = f"The search index in {self._path} is damaged or cannot be used; run `tuoben rebuild --index`."
        raise DataError(message) from error

"""The log on disk: tiles and checkpoints as static files, written so that a crash leaves the last checkpoint true.

    log/checkpoint                       the newest signed checkpoint
    log/checkpoints/<size, 12 digits>    each one that was ever made
    log/key                              the public key, as clients of a log take it
    log/tile/…                           C2SP tlog-tiles: hashes and bundles of entries

Tiles come before the checkpoint that speaks of them, each fsynced under its own name. One process writes at a time.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from tuoben.archive import log
from tuoben.archive.log import Checkpoint, NotProven, Tile
from tuoben.archive.reading import sync_directory
from tuoben.archive.signing import Key, Signer
from tuoben.errors import ArchiveError


class Logbook:
    """The log below a folder, for reading; `append` needs the signer."""

    def __init__(self, root: Path, key: Key) -> None:
        self.root = root
        self.key = key

    def checkpoint(self) -> Checkpoint:
        """The newest checkpoint; that of an empty log when there is none. Raises NotProven for one that is not ours."""
        path = self.root / "checkpoint"
        try:
            return self.key.checkpoint(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Checkpoint(self.key.name, 0, log.EMPTY_ROOT)
        except UnicodeDecodeError as error:
            raise NotProven(f"{path} is no checkpoint.") from error

    def append(self, entries: Sequence[bytes], signer: Signer) -> Checkpoint:
        """Add entries behind the last ones; the new checkpoint, durable. Raises ArchiveError when the disk refuses."""
        now = self.checkpoint()
        if not entries:
            return now
        size = now.size + len(entries)
        fresh = [log.leaf_hash(entry) for entry in entries]
        held = log.tile_reader(self._load, now.size)
        made: dict[tuple[int, int], bytes] = {}

        def read(level: int, index: int) -> bytes:
            """A complete subtree of the grown log: from the tiles, from the new entries, or made of both."""
            if (index + 1) << level <= now.size:
                return held(level, index)
            if level == 0:
                return fresh[index - now.size]
            if (level, index) not in made:
                made[level, index] = log.node_hash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))
            return made[level, index]

        try:
            for tile in log.new_tiles(now.size, size):
                first = tile.index * log.WIDTH
                if tile.level < 0:
                    old = self._entries_from(first, now.size)
                    data = log.bundle([*old, *entries[first + len(old) - now.size : first + tile.width - now.size]])
                else:
                    data = b"".join(read(tile.level * log.HEIGHT, first + i) for i in range(tile.width))
                self._write(self.root / tile.path, data)
            point = Checkpoint(self.key.name, size, log.root(read, size))
            note = signer.note(point.text()).encode()
            self._write(self.root / "key", f"{self.key.written}\n".encode())
            self._write(self.root / "checkpoints" / f"{size:012}", note)
            self._write(self.root / "checkpoint", note)
            self._prune(now.size, size)
        except OSError as error:
            raise ArchiveError(f"The log in {self.root} cannot be written ({error.strerror}).") from error
        return point

    def _prune(self, old: int, new: int) -> None:
        """Partial tiles whose full one is there serve nobody any more (tlog-tiles: they may be deleted)."""
        for tile in log.new_tiles(old, new):
            if tile.width == log.WIDTH:
                shutil.rmtree(self.root / f"{tile.path}.p", ignore_errors=True)

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Entries `start` to `end` of what the newest checkpoint covers."""
        size = self.checkpoint().size
        at, end = start, size if end is None else min(end, size)
        while at < end:
            index, inside = divmod(at, log.WIDTH)
            tile = Tile(-1, index, min(log.WIDTH, size - index * log.WIDTH))
            found = log.unbundle(self._load(tile))
            if len(found) != tile.width:
                raise NotProven(f"{tile.path} holds {len(found)} entries, not {tile.width}.")
            yield from found[inside : inside + end - at]
            at += len(found) - inside

    def reader(self) -> log.Read:
        """Hashes of the log as its tiles have them."""
        return log.tile_reader(self._load, self.checkpoint().size)

    def verify(self) -> Iterator[str]:
        """What is wrong, in words: entries, tiles, checkpoints against each other. Nothing when all is well."""
        try:
            point = self.checkpoint()
            leaves = [log.leaf_hash(entry) for entry in self.entries()]
        except ArchiveError as error:
            yield str(error)
            return
        whole = log.reader(leaves)
        if log.root(whole, point.size) != point.root:
            yield f"The entries of the log do not give the root of its checkpoint at {point.size}."
        for tile in log.new_tiles(0, point.size):
            if tile.level < 0:
                continue
            first = tile.index * log.WIDTH
            hashes = b"".join(whole(tile.level * log.HEIGHT, first + i) for i in range(tile.width))
            try:
                if self._load(tile) != hashes:
                    yield f"{tile.path} does not hold the hashes of the entries."
            except ArchiveError as error:
                yield str(error)
        yield from self._verify_checkpoints(whole, point)

    def _verify_checkpoints(self, whole: log.Read, newest: Checkpoint) -> Iterator[str]:
        """Each checkpoint that was ever made is a beginning of the log as it is."""
        for path in sorted((self.root / "checkpoints").glob("*")):
            if not path.name.isdigit():
                continue
            try:
                point = self.key.checkpoint(path.read_text(encoding="utf-8"))
            except (ArchiveError, UnicodeDecodeError) as error:
                yield f"{path.name}: {error}"
                continue
            if point.size > newest.size:
                yield f"The checkpoint {path.name} speaks of more entries than the log has: its end was cut off."
            elif log.root(whole, point.size) != point.root:
                yield f"The checkpoint {path.name} has another root than the log at that size: the past was changed."

    def _entries_from(self, first: int, size: int) -> list[bytes]:
        """The entries of the bundle that begins with entry `first`, as far as the log has it already."""
        width = min(log.WIDTH, size - first)
        return log.unbundle(self._load(Tile(-1, first // log.WIDTH, width))) if width > 0 else []

    def _load(self, tile: Tile) -> bytes:
        """A tile's bytes; a partial one also out of the full one that took its place."""
        for path in (tile.path, Tile(tile.level, tile.index, log.WIDTH).path):
            try:
                data = (self.root / path).read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise ArchiveError(f"{path} of the log cannot be read ({error.strerror}).") from error
            return data[: tile.width * log.HASH] if tile.level >= 0 else _first(data, tile.width)
        raise NotProven(f"{tile.path} is missing in the log.")

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.new")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_directory(path.parent)


def _first(data: bytes, width: int) -> bytes:
    return log.bundle(log.unbundle(data)[:width])

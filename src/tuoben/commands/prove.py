"""proof: the files that show a stranger that a record was held unchanged."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from tuoben.commands import base, terminal
from tuoben.errors import UsageError
from tuoben.jobs import sequence
from tuoben.jobs.proof import proof as prove
from tuoben.model import Capture
from tuoben.store import checks, queries


def proof(call: Namespace) -> int:
    """Write the proof of an article's newest snapshot, or of one capture, into a new folder."""
    home = base.home()
    capture = _capture(call.id)
    folder = Path(call.output)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already and not empty; name a new folder.")
    known = Path(call.known).read_text(encoding="utf-8", errors="replace") if call.known else ""
    sequence.sequence(home)
    found = prove(home, capture, known)
    for name, data in found.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    since = found.since.isoformat() if found.since else ""
    if call.json:
        told: dict[str, object] = {"record": capture.record_id, "url": capture.url}
        told["captured"] = capture.time.isoformat()
        told |= {"entry": found.number, "size": found.size, "since": since}
        told |= {"folder": str(folder), "files": sorted(found.files)}
        terminal.document(told)
    else:
        terminal.out.print(f"{len(found.files)} files in {folder}: entry {found.number} of a log of {found.size}.")
        terminal.out.print(
            f"It proves that the record was held unchanged since {since}."
            if since
            else "No authority has stamped the log since: the time is the archive's own word (TUOBEN_TIMESTAMP)."
        )
        terminal.out.print(f"To check it, anywhere, without network: python3 {folder / 'verify.py'}")
    return 0


def _capture(text: str) -> Capture:
    capture = queries.archived(text.strip("<>")) or checks.capture_of_article(base.known_article(text))
    if capture is None:
        raise UsageError(f"There is no record of {text!r} in this archive.")
    return capture

"""`tuoben extract --jsonl` over many rows."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path

from command import Tuoben
from stories import page


def resident(process: subprocess.Popen[str]) -> int:
    """Kilobytes that a process holds in memory."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def test_many_rows_come_in_order_and_in_flat_memory(tuoben: Tuoben, tmp_path: Path) -> None:
    """Of 600 rows each gives one line in its turn, a bad one an error line; rows are read as results go out, so the
    program holds at the end what it held after the first sixth."""
    padding = f"<!-- {'x' * 100_000} -->"
    for number in range(20):
        (tmp_path / f"{number}.html").write_text(page(number, f"第{number}次通报", padding), encoding="utf-8")
    (tmp_path / "bad.gz").write_bytes(b"no gzip")
    names = ["bad.gz" if number % 50 == 7 else f"{number % 20}.html" for number in range(600)]
    rows = [
        {"id": number, "url": f"http://a.test/{number}", "path": str(tmp_path / name)}
        for number, name in enumerate(names)
    ]
    told, sizes = [], []
    with tuoben.popen("extract", "--jsonl", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        stdin = process.stdin

        def feed() -> None:
            stdin.writelines(json.dumps(row) + "\n" for row in rows)
            stdin.close()

        feeder = threading.Thread(target=feed)
        feeder.start()
        for line in process.stdout:
            told.append(json.loads(line))
            if len(told) in (100, 590):
                sizes.append(resident(process))
        feeder.join()
        assert process.wait(60) == 1
    assert [row["id"] for row in told] == list(range(600))
    for row, name in zip(told, names, strict=True):
        assert ("error" in row) == (name == "bad.gz")
        assert row["title"] == ("" if name == "bad.gz" else f"第{Path(name).stem}次通报")
    assert sizes[1] - sizes[0] < 20_000

"""The original look: server CPU for a stored page, ours beside pywb's rewritten page: `make bench-replay`.

Both serve the same WARC of the bench's real pages, each from processes of its own, and are asked in turns, once for
each page that tuoben took for an article. CPU is user and system time of the server and its children over the requests.
pywb is GPL-3: it is installed in an environment of its own, run as a program, and never imported by tuoben.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benches.corpus import BENCH
from benches.importing import pages, record, take_in

PAGES, WARM, REPEATED, GOAL = 240, 20, 100, 1 / 3
STAMP = "20261101000000"
PYWB = Path(os.environ.get("PYWB", ".venv-pywb/bin"))
TICKS = os.sysconf("SC_CLK_TCK")


def processes(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from processes(int(child))


def cpu(pid: int) -> float:
    """Seconds that a process and those below it have used so far."""
    used = 0
    for one in processes(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / TICKS


def free_port() -> int:
    """A port of the loopback that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(command: list[str], port: int, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """A server, from its first answer on."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options) as process:  # type: ignore[call-overload]
        try:
            for _ in range(600):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield process
        finally:
            process.terminate()


def ask(port: int, path: str) -> int:
    """Fetch a page; the status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        with contextlib.suppress(http.client.IncompleteRead):  # pywb's last chunk may be missing
            answer.read()
        return answer.status
    finally:
        connection.close()


def main() -> int:
    """Serve, ask, print; 1 when the goal is not met."""
    if not BENCH.exists():
        print(f"replay: no pages at {BENCH} (set TUOBEN_SHARED)")
        return 0
    with tempfile.TemporaryDirectory(prefix="tuoben-bench-") as folder:
        root = Path(folder)
        asked = dict(list(pages().items())[:PAGES])
        file = root / "real.warc.gz"
        file.write_bytes(b"".join(record(address, body) for address, body in asked.items()))
        take_in(file, root / "data")
        for call in (["init", "bench"], ["add", "bench", str(file)]):
            subprocess.run([PYWB.absolute() / "wb-manager", *call], cwd=root, check=True, capture_output=True)
        app, replay, theirs = free_port(), free_port(), free_port()
        listen = ["--listen", f"127.0.0.1:{app}", "--replay-listen", f"127.0.0.1:{replay}"]
        ours = [sys.executable, "-m", "tuoben", "web", "--data", str(root / "data"), *listen]
        peer = [str(PYWB.absolute() / "wayback"), "-b", "127.0.0.1", "-p", str(theirs)]
        with served(ours, replay) as first, served(peer, theirs, cwd=root) as second:
            held = [address for address in asked if ask(replay, f"/timemap/{address}") == 200]
            servers = ((first.pid, replay, f"/web/{STAMP}/"), (second.pid, theirs, f"/bench/{STAMP}mp_/"))
            views = [compare(held, *servers), compare(held[-REPEATED:], *servers)]
    print(f"replay: server CPU ms a page, {len(held)} pages from both in turns, then {REPEATED} of them again")
    print("                         first     again")
    for at, name in enumerate(("tuoben, no scripts", "pywb, mp_")):
        print(f"{name:20}" + "".join(f"{view[at]:10.1f}" for view in views))
    ratios = [ours / theirs for ours, theirs in views]
    print(f"{'ratio':20}" + "".join(f"{ratio:10.2f}" for ratio in ratios) + f"   goal: at most {GOAL:.2f}")
    missed = [name for name, ratio in zip(("first", "again"), ratios, strict=True) if ratio > GOAL]
    if missed:
        print(f"replay: the goal is not met ({', '.join(missed)})")
    return int(bool(missed))


def compare(addresses: list[str], *servers: tuple[int, int, str]) -> list[float]:
    """CPU milliseconds a page of each server (pid, port, path before the address)."""
    used: list[list[float]] = [[] for _ in servers]
    part = 20
    for start in range(0, len(addresses), part):
        for at, (pid, port, before) in enumerate(servers):
            began = cpu(pid)
            for address in addresses[start : start + part]:
                if (status := ask(port, before + address)) != 200:
                    raise SystemExit(f"{before}{address}: {status}")
            if start >= WARM:
                used[at].append(1000 * (cpu(pid) - began) / part)
    return [statistics.mean(one) for one in used]


if __name__ == "__main__":
    sys.exit(main())

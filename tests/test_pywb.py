"""pywb, a program of others, reads the archive over HTTP as its documentation says: by Memento and by the CDX server."""

from __future__ import annotations

import http.client
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from command import Tuoben
from loopback import Web
from stories import publish
from test_serve import free_port

PYWB = Path(__file__).parents[1] / ".venv-pywb" / "bin" / "wayback"
CONFIG = """
collections:
  memento:
    index_group:
      tuoben:
        type: memento
        timegate_url: http://{replay}/timegate/{{url}}
        timemap_url: http://{replay}/timemap/link/{{url}}
        replay_url: http://{replay}/web/{{timestamp}}id_/{{url}}
  cdx:
    index_group:
      tuoben:
        type: cdx
        api_url: http://{replay}/cdx?url={{url}}
        replay_url: http://{replay}/web/{{timestamp}}id_/{{url}}
"""


def answer(port: int, path: str) -> tuple[int, str]:
    """What a server says, once it answers at all."""
    for _ in range(300):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", path)
            found = connection.getresponse()
            return found.status, found.read().decode("utf-8", "replace")
        except ConnectionRefusedError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError(f"nobody answers at {port}")


@pytest.mark.slow
@pytest.mark.skipif(not PYWB.exists(), reason="pywb is not installed (make slow installs it in .venv-pywb)")
def test_pywb_reads_the_archive(web: Web, tuoben: Tuoben, tmp_path: Path) -> None:
    """pywb lists the captures of a page that tuoben holds, and replays it, without a file of ours in its hands."""
    host = web.host("k.test")
    [(path, title)] = publish(host, 1).items()
    tuoben.run("source", "add", host.url("/feed.xml"))
    tuoben.run("crawl", "--once")
    app, replay, theirs = free_port(), free_port(), free_port()
    (tmp_path / "config.yaml").write_text(CONFIG.format(replay=f"127.0.0.1:{replay}"))
    with ExitStack() as stack:
        call = ("web", "--listen", f"127.0.0.1:{app}", "--replay-listen", f"127.0.0.1:{replay}")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        ours = stack.enter_context(tuoben.popen(*call, **quiet))
        stack.callback(ours.terminate)
        peer = stack.enter_context(
            subprocess.Popen([PYWB, "-b", "127.0.0.1", "-p", str(theirs)], cwd=tmp_path, **quiet)  # type: ignore[call-overload]
        )
        stack.callback(peer.terminate)
        assert answer(replay, f"/timegate/{host.url(path)}")[0] == 302
        for collection in ("memento", "cdx"):
            status, listed = answer(theirs, f"/{collection}/timemap/link/{host.url(path)}")
            assert status == 200 and 'rel="memento"' in listed
            status, page = answer(theirs, f"/{collection}/20261231000000mp_/{host.url(path)}")
            assert status == 200 and title in page, page[-2000:]

"""A time-stamp authority on loopback: real certificates, real answers of `openssl ts`."""

from __future__ import annotations

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

_CONFIG = """
[tsa]
default_tsa = one
[one]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[req]
distinguished_name = nobody
prompt = no
[nobody]
CN = {name}
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[stamps]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
"""


class Authority:
    """`certificates`: its own, then its issuer's. `queries`: how many were answered; `broken`: answer with this."""

    def __init__(self, folder: Path, name: str = "Example Time Stamps") -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "conf").write_text(_CONFIG.format(name=name))
        (folder / "serial").write_text("01\n")
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "conf")
        self._run("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650", "-extensions", "ca")
        self._run("req", *key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", f"/CN={name} signer")
        self._run(
            "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650",
            "-extfile", "conf", "-extensions", "stamps", "-out", "tsa.pem",
        )  # fmt: skip
        self.certificates = folder / "chain.pem"
        self.certificates.write_bytes((folder / "tsa.pem").read_bytes() + (folder / "ca.pem").read_bytes())
        self.queries = 0
        self.broken = b""
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                answer = authority.broken or authority.answer(query)
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *told: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/stamp"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def answer(self, query: bytes) -> bytes:
        """The answer to a query."""
        self.queries += 1
        (self.folder / "query").write_bytes(query)
        self._run(
            "ts", "-reply", "-config", "conf", "-queryfile", "query", "-signer", "tsa.pem", "-inkey", "tsa.key",
            "-out", "answer",
        )  # fmt: skip
        return (self.folder / "answer").read_bytes()

    def _run(self, *call: str) -> None:
        subprocess.run(["openssl", *call], cwd=self.folder, check=True, capture_output=True)

    def __enter__(self) -> Authority:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

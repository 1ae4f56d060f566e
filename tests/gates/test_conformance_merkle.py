"""The proofs of the Merkle test data, good and hostile, are all decided as their authors decided them."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from tuoben.archive import log

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("TUOBEN_SHARED", ROOT.parent / "shared")) / "conformance" / "merkle-rfc6962"


def _decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _refused(case: dict[str, object], kind: str) -> bool:
    proof = [_decoded(step) for step in case["proof"] or ()]  # type: ignore[union-attr, attr-defined]
    try:
        if kind == "inclusion":
            log.verify_inclusion(
                _decoded(case["leafHash"]), case["leafIdx"], case["treeSize"], proof, _decoded(case["root"])
            )  # type: ignore[arg-type]
        else:
            log.verify_consistency(
                case["size1"], case["size2"], _decoded(case["root1"]), _decoded(case["root2"]), proof
            )  # type: ignore[arg-type]
    except log.NotProven:
        return True
    return False


@pytest.mark.skipif(not DATA.exists(), reason="the conformance data is not beside the repository")
def test_every_case_is_decided_right() -> None:
    """Each inclusion and consistency proof is taken or refused as the case says."""
    paths = sorted(DATA.glob("*/**/*.json"))
    cases = [(path, json.loads(path.read_text())) for path in paths]
    assert len(cases) >= 190
    wrong = [str(path) for path, case in cases if _refused(case, path.relative_to(DATA).parts[0]) != case["wantErr"]]
    assert wrong == []

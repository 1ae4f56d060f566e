"""Record ids and digests as the standards write them."""

from __future__ import annotations

import base64
import hashlib
import uuid

from hypothesis import given
from hypothesis import strategies as st

from tuoben.archive import warc


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_digests_are_base_32_of_sha_256(data: bytes, more: bytes) -> None:
    """As RFC 4648 spells it, over both parts."""
    plain = base64.b32encode(hashlib.sha256(data + more).digest()).decode()
    assert warc.digest(data, more) == f"sha256:{plain}"


def test_ids_are_uuids_that_begin_with_the_time() -> None:
    """RFC 9562, version 7: unique, and what is made in a later millisecond sorts behind what was made before."""
    made = [warc.new_id() for _ in range(2000)]
    read = [uuid.UUID(one) for one in made]
    assert len(set(made)) == len(made) and all(one.urn == told for one, told in zip(read, made, strict=True))
    assert {(one.version, one.variant) for one in read} == {(7, uuid.RFC_4122)}
    times = [one.int >> 80 for one in read]
    assert times == sorted(times)

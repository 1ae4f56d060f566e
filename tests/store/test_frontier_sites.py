"""The hosts of one site share a few claims."""

from __future__ import annotations

import pytest

from outcomes import NOW, seconds
from tuoben.fetch.permission import Permits
from tuoben.store import frontier, repository

pytestmark = pytest.mark.django_db


def claims(**more: object) -> list[str]:
    """The hosts that are given now."""
    return [one.host for one in frontier.claim(NOW + seconds(1), 10, Permits(), **more)]


def test_a_site_with_many_hosts_gets_a_few_claims() -> None:
    """Of thirty hosts of one site a few are claimed, however early they woke; the others' are not kept from theirs."""
    for number in range(30):
        repository.add_source(f"http://h{number}.evil.test/", "e", "", [(f"http://h{number}.evil.test/f", "feed")], NOW)
    for number in range(3):
        name = f"http://www.good{number}.test/"
        repository.add_source(name, "g", "", [(name + "f", "feed")], NOW + seconds(0.5))
    found = claims(of_site=4)
    assert sum(".evil." in host for host in found) == 4 and sum(".good" in host for host in found) == 3
    assert claims(of_site=4, room={"evil.test": 0}) == []
    assert len(claims(of_site=4, room={"evil.test": 1})) == 1

"""Signing in: wrong passwords are counted by account and by address, and none is tried beyond the limit."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tuoben.store import accounts as store
from tuoben.web.tries import Tries
from tuoben.web.views import accounts

PASSWORD = "jiu-hao-du-kou"


class Clock:
    """A clock that stands until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """The view counts by this clock, from nothing."""
    clock = Clock()
    monkeypatch.setattr(accounts, "tries", Tries(accounts.WINDOW, clock=clock))
    return clock


@pytest.fixture
def desk(db, clock, settings):
    """Somebody with an account."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_user("bianji", password=PASSWORD)


def tried(name="bianji", password="wrong", address="192.0.2.7") -> int:
    """The status that signing in gives."""
    client = Client(HTTP_HOST="127.0.0.1:8000", REMOTE_ADDR=address)
    return client.post("/login/", {"name": name, "password": password}).status_code


def test_an_account_closes_for_a_while(desk, clock) -> None:
    """Ten wrong passwords close an account, wherever they come from, the right one included; other accounts stay open,
    and this one opens again a quarter of an hour after the first."""
    assert [tried(address=f"192.0.2.{n}") for n in range(10)] == [403] * 10
    assert tried(password=PASSWORD) == 429 and tried("nobody") == 403
    clock.now = accounts.WINDOW - 1
    assert tried(password=PASSWORD) == 429
    clock.now = accounts.WINDOW
    assert tried(password=PASSWORD) == 302


def test_a_right_password_is_not_counted(desk) -> None:
    """Who signs in again and again is not kept out, and wrong tries from before are forgotten."""
    for _ in range(3):
        assert [tried() for _ in range(9)] == [403] * 9
        assert tried(password=PASSWORD) == 302


def test_strangers_do_not_keep_the_owner_out(desk) -> None:
    """A browser in which the account was signed in has its own count, for that account alone; forged cookies have none."""
    client = Client(HTTP_HOST="127.0.0.1:8000")
    signed_in = client.post("/login/", {"name": "bianji", "password": PASSWORD})
    told = signed_in.cookies[accounts.DEVICE]
    assert told["httponly"] and told["samesite"] == "Lax" and told["path"] == "/login/"
    assert [tried() for _ in range(11)] == [403] * 10 + [429]
    assert client.post("/login/", {"name": "bianji", "password": PASSWORD}).status_code == 302
    wrong = [client.post("/login/", {"name": "bianji", "password": "wrong"}).status_code for _ in range(11)]
    assert wrong == [403] * 10 + [429]
    assert client.post("/login/", {"name": "other", "password": "wrong"}).status_code == 403
    assert tried(password=PASSWORD) == 429
    forged = Client(HTTP_HOST="127.0.0.1:8000")
    forged.cookies[accounts.DEVICE] = told.value.replace("0", "1", 1) + "x"
    assert forged.post("/login/", {"name": "bianji", "password": PASSWORD}).status_code == 429


def test_a_known_browser_gets_in_behind_a_crowded_address(desk, monkeypatch) -> None:
    """Who tries many names from the owner's address, as behind a proxy, does not keep the owner's browser out."""
    monkeypatch.setattr(accounts, "MOST_FROM_ADDRESS", 20)
    client = Client(HTTP_HOST="127.0.0.1:8000", REMOTE_ADDR="192.0.2.7")
    assert client.post("/login/", {"name": "bianji", "password": PASSWORD}).status_code == 302
    assert [tried(f"someone{n}") for n in range(21)] == [403] * 20 + [429]
    assert client.post("/login/", {"name": "bianji", "password": PASSWORD}).status_code == 302
    assert tried(password=PASSWORD) == 429


def test_another_password_makes_the_browser_a_stranger(desk) -> None:
    """The cookie ends with the password it was got with, and with the account; it does not tell the account's name."""
    client = Client(HTTP_HOST="127.0.0.1:8000")
    told = client.post("/login/", {"name": "bianji", "password": PASSWORD}).cookies[accounts.DEVICE].value
    assert "bianji" not in told and hashlib.sha256(b"bianji").hexdigest() not in told
    store.keep("bianji", "another-" + PASSWORD)
    assert [tried() for _ in range(10)] == [403] * 10
    assert client.post("/login/", {"name": "bianji", "password": "wrong"}).status_code == 429
    store.remove("bianji")
    assert client.post("/login/", {"name": "bianji", "password": "wrong"}).status_code == 429


def test_all_accounts_behind_one_address(desk, monkeypatch) -> None:
    """An address has a limit of its own, much higher than that of an account, since it may be a proxy's."""
    assert accounts.MOST_FROM_ADDRESS >= 50 * accounts.MOST_OF_NAME
    monkeypatch.setattr(accounts, "MOST_FROM_ADDRESS", 20)
    assert [tried(f"someone{n}") for n in range(20)] == [403] * 20
    assert tried(password=PASSWORD) == 429 and tried(password=PASSWORD, address="192.0.2.8") == 302


def test_tries_at_once_are_no_more_than_the_limit() -> None:
    """However many try at the same moment, the limit holds: a try is counted before it is made."""
    tries, ready = Tries(60.0), threading.Barrier(16)

    def one(_: int) -> bool:
        ready.wait()
        return tries.reserve({"name": 10, "from": 1000})

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(one, range(64))) == 10


def test_a_refused_try_counts_for_nobody() -> None:
    """What is refused for one key is not counted for the other one."""
    tries = Tries(60.0)
    assert tries.reserve({"a": 1, "from": 2}) and not tries.reserve({"a": 1, "from": 2})
    assert tries.reserve({"b": 1, "from": 2}) and not tries.reserve({"c": 1, "from": 2})


def test_the_store_is_bounded() -> None:
    """Beyond so many keys the one whose window ends first is forgotten, and taking back what is forgotten is nothing."""
    clock = Clock()
    tries = Tries(60.0, keys=3, clock=clock)
    for at, key in enumerate("abc"):
        clock.now = float(at)
        assert tries.reserve({key: 1})
    assert tries.reserve({"d": 1}) and not tries.reserve({"b": 1}) and tries.reserve({"a": 1})
    tries.release("b")
    tries.forget("b")

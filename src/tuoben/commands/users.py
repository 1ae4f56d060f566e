"""The accounts of people who may have pages saved: `tuoben user add`, `list` and `remove`."""

from __future__ import annotations

import getpass
import sys
from argparse import Namespace

from tuoben.commands import base, terminal
from tuoben.errors import UsageError
from tuoben.store import accounts


def user_add(call: Namespace) -> int:
    """Make an account, or give it another password: typed twice, or the first line of stdin."""
    base.home()
    new = accounts.keep(call.name, _password())
    if call.json:
        terminal.document({"name": call.name, "new": new})
    else:
        terminal.out.print(f"{call.name} can sign in." if new else f"{call.name} has a new password.")
    return 0


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != first:
        raise UsageError("The two passwords differ; nothing was changed.")
    return first


def user_list(call: Namespace) -> int:
    """All accounts."""
    base.home()
    names = accounts.names()
    if call.json:
        terminal.document({"users": names})
    else:
        for name in names:
            terminal.out.print(name)
    return 0


def user_remove(call: Namespace) -> int:
    """Take an account away."""
    base.home()
    if not accounts.remove(call.name):
        raise UsageError(f"There is no account {call.name!r}; `tuoben user list` shows them all.")
    if call.json:
        terminal.document({"removed": call.name})
    else:
        terminal.out.print(f"{call.name} can sign in no more.")
    return 0

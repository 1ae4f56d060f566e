"""The accounts of people who may ask for something: names and passwords, which Django keeps."""

from __future__ import annotations

import re

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.utils import timezone

from tuoben.errors import UsageError

_NAME = re.compile(r"[\w.@+-]{1,150}")


def names() -> list[str]:
    """All accounts."""
    return list(User.objects.order_by("username").values_list("username", flat=True))


def keep(name: str, password: str) -> bool:
    """Make an account, or give it another password; whether it is new. Raises UsageError with what is wrong."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"“{name[:40]}” cannot be an account's name: letters, digits and . @ + - _ only.")
    user = User.objects.filter(username=name).first()
    new = user is None
    user = user or User(username=name)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise UsageError(f"The password cannot be used: {' '.join(error.messages)}") from error
    user.set_password(password)  # ends its sessions too
    user.save()
    return new


def hold(name: str) -> None:
    """Keep an account's row to the end of the transaction: what is counted for it is counted by one at a time."""
    list(User.objects.select_for_update().filter(username=name).values_list("pk", flat=True))


def mark(name: str) -> str:
    """What changes with an account's password, as its sessions hold it; "" when nobody has the name."""
    user = User.objects.filter(username=name).first()
    return user.get_session_auth_hash() if user is not None else ""


def remove(name: str) -> bool:
    """Take an account away; its sessions end with it."""
    return bool(User.objects.filter(username=name).delete()[0])


def tidy() -> None:
    """Forget sessions that are over."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()

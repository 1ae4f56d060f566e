"""Signing in and out. Few people have an account: it lets them have pages saved now."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tuoben.store import accounts
from tuoben.web.tries import Tries
from tuoben.web.views import common

MOST_OF_NAME, MOST_FROM_ADDRESS = 10, 1000
"""Wrong passwords in WINDOW for one account, and from one address: behind a proxy that is everybody's."""
WINDOW = 15 * 60
DEVICE = "tuoben_device"
"""Cookie of a browser in which an account was signed in: its tries are counted apart, so that strangers who try that
account's name do not keep its owner out (OWASP, "Slow Down Online Guessing Attacks with Device Cookies")."""
DEVICE_AGE = 365 * 24 * 3600
tries = Tries(WINDOW)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """/login/?next=…: the form, and what it sends."""
    target = request.POST.get("next") or request.GET.get("next") or "/save/"
    if not target.startswith("/") or not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = "/save/"
    name = "".join(char for char in request.POST.get("name", "") if char.isprintable()).strip()[:150]
    said = {"next": target, "name": name, "why": ""}
    if request.method != "POST":
        return common.private(common.show(request, "login.html", said))
    device, sender = _device(request, name), ("from", request.META.get("REMOTE_ADDR", ""))
    account = ("device", device) if device else ("account", name)
    if not tries.reserve({account: MOST_OF_NAME, sender: MOST_FROM_ADDRESS}):
        said["why"] = _("试错密码的次数太多，请一刻钟后再来。")
        return common.private(common.show(request, "login.html", said, status=429))
    # As long for a name that is not there: Django hashes then, too.
    user = auth.authenticate(request, username=name, password=request.POST.get("password", "")[:4096])
    if user is None:
        said["why"] = _("名字或密码不对。")
        return common.private(common.show(request, "login.html", said, status=403))
    tries.forget(account)
    tries.release(sender)
    auth.login(request, user)
    accounts.tidy()
    response = HttpResponseRedirect(target)
    response.set_signed_cookie(
        DEVICE, f"{device or secrets.token_hex(16)}:{_digest(name)}", salt=DEVICE, max_age=DEVICE_AGE, path="/login/",
        secure=settings.SECURE, httponly=True, samesite="Lax",
    )  # fmt: skip
    return common.private(response)


def _device(request: HttpRequest, name: str) -> str:
    """What the browser is known by, if this account was signed in with it; else ""."""
    told = request.get_signed_cookie(DEVICE, "", salt=DEVICE, max_age=DEVICE_AGE)
    device, _colon, known = str(told).partition(":")
    return device if known == _digest(name) else ""


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """POST /logout/: the session ends."""
    auth.logout(request)
    return common.private(HttpResponseRedirect("/"))

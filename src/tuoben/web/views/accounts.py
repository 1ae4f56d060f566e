"""Signing in and out. Few people have an account: it lets them have pages saved now."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tuoben.store import accounts
from tuoben.web.tries import Tries
from tuoben.web.views import common

MOST_OF_NAME, MOST_FROM_ADDRESS = 10, 1000
"""Wrong passwords in WINDOW for one account, and from one address: behind a proxy that is everybody's."""
WINDOW = 15 * 60
DEVICE = "__Secure-tuoben_device" if settings.SECURE else "tuoben_device"
"""Cookie of a browser in which an account was signed in: its tries are counted apart, so that strangers who try that
account's name, or many names from one address, do not keep its owner out (OWASP, "Slow Down Online Guessing Attacks
with Device Cookies"). Another password makes it void, as it ends the account's sessions."""
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
    device = _device(request, name)
    sender = ("from", request.META.get("REMOTE_ADDR", ""))
    account = ("device", device) if device else ("account", name)
    if not tries.reserve({account: MOST_OF_NAME} | ({} if device else {sender: MOST_FROM_ADDRESS})):
        said["why"] = _("试错密码的次数太多，请一刻钟后再来。")
        return common.private(common.show(request, "login.html", said, status=429))
    # As long for a name that is not there: Django hashes then, too.
    user = auth.authenticate(request, username=name, password=request.POST.get("password", "")[:4096])
    if user is None:
        said["why"] = _("名字或密码不对。")
        return common.private(common.show(request, "login.html", said, status=403))
    tries.forget(account)
    if not device:
        tries.release(sender)
    auth.login(request, user)
    accounts.tidy()
    response = HttpResponseRedirect(target)
    response.set_signed_cookie(
        DEVICE, f"{device or secrets.token_hex(16)}:{_seal(name)}", salt=DEVICE, max_age=DEVICE_AGE, path="/login/",
        secure=settings.SECURE, httponly=True, samesite="Lax",
    )  # fmt: skip
    return common.private(response)


def _device(request: HttpRequest, name: str) -> str:
    """What the browser is known by, if this account was signed in with it and has the same password still; else ""."""
    told = str(request.get_signed_cookie(DEVICE, "", salt=DEVICE, max_age=DEVICE_AGE))
    device, _colon, seal = told.partition(":")
    return device if seal and constant_time_compare(seal, _seal(name)) else ""


def _seal(name: str) -> str:
    """Stands for an account and its password, and tells neither; "" when nobody has the name."""
    mark = accounts.mark(name)
    return salted_hmac(DEVICE, f"{name}\0{mark}").hexdigest() if mark else ""


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """POST /logout/: the session ends."""
    auth.logout(request)
    return common.private(HttpResponseRedirect("/"))

"""Error pages in plain words, on either origin. They need no database."""

from __future__ import annotations

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tuoben.web import origins, rendering


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the address says something that we cannot use."""
    if isinstance(exception, DisallowedHost):
        why = _("这个站点不以这个主机名提供服务；运行者可以把它加入 TUOBEN_ALLOWED_HOSTS。")
        return HttpResponse(why + "\n", status=400, content_type="text/plain; charset=utf-8")
    return page(request, 400, _("这个地址里有我们看不懂的内容"), _("请检查地址，或者从首页、搜索重新开始。"))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing is here."""
    if origins.is_replay(request):
        return plain(404, _("这里没有快照"), _("存档里没有这个地址的内容。"))
    return page(request, 404, _("没有找到这一页"), _("地址可能写错了，或者这里从来没有过内容。"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the request came from another site."""
    return page(request, 403, _("这个请求没有被接受"), _("请从本站的页面上再试一次。"))


def not_ours(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that no page of ours sent just now (settings.CSRF_FAILURE_VIEW)."""
    return forbidden(request)


def failed(request: HttpRequest) -> HttpResponse:
    """500: our fault."""
    if origins.is_replay(request):
        return plain(500, _("这里出了错"), _("存档的内容没有受影响；错误已经记入日志。"))
    return page(request, 500, _("这里出了错"), _("存档的内容没有受影响；错误已经记入日志，请稍后再试。"))


def page(request: HttpRequest, status: int, title: str, why: str) -> HttpResponse:
    """An error page of the app."""
    said = {"title": title, "why": why, "status": status}
    return HttpResponse(rendering.render("error.html", said, request), status=status)


def plain(status: int, title: str, why: str, link: str = "", link_text: str = "") -> HttpResponse:
    """A page of the replay origin: nothing of the app in it."""
    said = {"title": title, "why": why, "link": link, "link_text": link_text}
    return HttpResponse(rendering.render("replay_error.html", said), status=status)

"""Save a page now: a form for people with an account, and a page that shows how far it is, without a script."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from tuoben.errors import BadUrl
from tuoben.jobs import saving
from tuoben.store import queries, saves
from tuoben.store.saves import Stage
from tuoben.web import addresses
from tuoben.web.views import common

LONGEST = 8192
"""Characters of an address that are looked at."""
AGAIN = 2
"""Seconds until the page looks again."""
REASONS: tuple[tuple[str, Promise], ...] = (
    (r"robots\.txt of the host does not allow it", gettext_lazy("这个网站的 robots.txt 不允许收录这个地址。")),
    (
        r"host's robots\.txt cannot be read",
        gettext_lazy("这个网站的 robots.txt 现在读不到，还不能向它请求页面。"),
    ),
    (r"The server answered (\d{3})", gettext_lazy("对方服务器答复 %s，没有给出这个页面。")),
    (r"bot check", gettext_lazy("对方服务器要求验证是不是真人，没有给出文章。")),
    (r"The page says that there is no such article|redirects to the front page", gettext_lazy("来源说没有这篇文章。")),
    (r"asks for a login", gettext_lazy("这个页面要登录才能看。")),
    (r"is a list of articles", gettext_lazy("这是一个列表页，不是文章。页面已经存档，但没有可读的正文。")),
    (r"holds no text|holds a video", gettext_lazy("页面里没有文字。它已经存档，但没有可读的正文。")),
    (r"is not HTML", gettext_lazy("这不是网页。它已经存档，但没有可读的正文。")),
    (r"Its source is paused", gettext_lazy("这个来源已暂停收录。")),
    (r"not shown here", gettext_lazy("这篇文章不在这里展示。")),
    (r"asks us to wait", gettext_lazy("这个网站要求我们稍候。")),
    (re.escape(saves.NEVER), gettext_lazy("这个地址指向内部网络，不会访问。")),
    (r"has no address", gettext_lazy("找不到这个网站。")),
)
"""What the program says of a page that did not come, in readers' words."""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest) -> HttpResponse:
    """/save/: where an address is given; POST asks for it and leads on to how far it is."""
    account, now = request.user.get_username(), timezone.now()
    asked = (request.POST if request.method == "POST" else request.GET).get("url", "").strip()[:LONGEST]
    said = {"url": asked, "why": "", "left": saves.left(account, settings.SAVES, now), "most": settings.SAVES}
    status = 200
    if request.method == "POST":
        try:
            save = saving.save(asked, account, now, settings.SAVES)
        except BadUrl:
            status, said["why"] = (
                400,
                _("这不是可以收录的网址：要写完整的 http(s) 地址，不带用户名和密码。"),
            )
        else:
            if save:
                return common.private(HttpResponseRedirect(f"/save/{save}/"))
            status = 429
            said["why"] = _("这一小时里您已经存了 %(most)s 页，请过一会儿再来。") % {"most": settings.SAVES}
    return common.private(common.show(request, "save.html", said, status=status))


@login_required
@require_safe
def progress(request: HttpRequest, id: str) -> HttpResponse:
    """/save/<id>/: how far it is; at the end the snapshot, or one sentence that says why there is none."""
    found = saves.progress(id, timezone.now(), request.user.get_username())
    if found is None:
        raise Http404
    if found.stage is Stage.SAVED:
        reading = queries.reading(found.article)
        assert reading is not None
        return common.private(HttpResponseRedirect(addresses.dated(found.article, reading.capture.time)))
    overview = queries.overview()
    said = {
        "found": found,
        "why": told(found.why),
        "files_to_come": found.stage is Stage.FILES,
        "refresh": not found.over,
        "article": addresses.article(found.article) if found.article else "",
        "worker": overview.worker is not None and (timezone.now() - overview.worker["at"]).total_seconds() < 60,
    }
    response = common.private(common.show(request, "saving.html", said))
    if not found.over:
        response.headers["Refresh"] = str(AGAIN)
    return response


def told(why: str) -> str:
    """A sentence of the program in the reader's language; one that is not known stays as it is."""
    for pattern, said in REASONS:
        if match := re.search(pattern, why):
            return str(said) % match.groups() if match.groups() else str(said)
    return why

"""Pages that are not lists and not articles: following, about, takedown, and what machines ask for."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from tuoben.store import queries
from tuoben.web import addresses, origins
from tuoben.web.middleware import LANGUAGES
from tuoben.web.views import common, search

A_YEAR = 365 * 24 * 3600

ROBOTS = """\
User-agent: *
Disallow: /search
Disallow: /language
Disallow: /save/
Disallow: /login/
"""

OPENSEARCH = """\
<?xml version="1.0" encoding="utf-8"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">
  <ShortName>{name}</ShortName>
  <Description>{about}</Description>
  <InputEncoding>UTF-8</InputEncoding>
  <Image width="64" height="64" type="image/svg+xml">{origin}/static/tuoben/seal.svg</Image>
  <Url type="text/html" template="{origin}/search?q={{searchTerms}}"/>
  <Url type="application/atom+xml" template="{origin}/search.atom?q={{searchTerms}}"/>
  <Url type="application/opensearchdescription+xml" rel="self" template="{origin}/opensearch.xml"/>
</OpenSearchDescription>
"""


@require_safe
def following(request: HttpRequest) -> HttpResponse:
    """/me/: how to follow a category, a source or a search; every feed with its address."""
    terms = search.terms_of(request)
    said = {
        "categories": queries.categories(),
        "sources": queries.sites(),
        "terms": terms,
        "everything": addresses.index(".atom"),
        "everything_json": addresses.index(".json"),
        "search_atom": addresses.search(terms, ".atom") if terms.get("q") else "",
        "search_json": addresses.search(terms, ".json") if terms.get("q") else "",
    }
    return common.show(request, "following.html", said)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """/about/: what this archive is, and how it stands."""
    return common.show(request, "about.html", {"overview": queries.overview()})


@require_safe
def takedown(request: HttpRequest) -> HttpResponse:
    """/takedown/: whom to ask, and what to say."""
    id = request.GET.get("article", "")[:40]
    return common.show(request, "takedown.html", {"card": queries.cards([id]).get(id) if id else None})


@csrf_exempt  # it sets a preference that anybody may see; a forged one shows a page in the other language
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """POST /language: keep the visitor's language in a cookie and go back to the page."""
    wanted = request.POST.get("lang", "")
    target = request.POST.get("next", "/")
    if not target.startswith("/") or not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = "/"
    response = HttpResponseRedirect(target)
    if wanted in LANGUAGES:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, wanted, max_age=A_YEAR, httponly=True, samesite="Lax",
            secure=request.is_secure(),
        )  # fmt: skip
    return response


@require_safe
def opensearch(request: HttpRequest) -> HttpResponse:
    """/opensearch.xml: the search for the browser's box."""
    body = OPENSEARCH.format(
        name=_escape(settings.SITE_NAME[:16]),
        about=_escape(_("在 %(site)s 里搜索资讯快照") % {"site": settings.SITE_NAME}),
        origin=_escape(origins.app_origin(request)),
    )
    return HttpResponse(body, content_type="application/opensearchdescription+xml; charset=utf-8")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """/robots.txt of our own."""
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8")


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """/healthz: 200 when the rows can be read."""
    queries.ready()
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")

"""The addresses of the app. Nothing stored is served here as it came."""

from __future__ import annotations

from django.urls import path, re_path

from tuoben.web import converters  # noqa: F401 (registers "feed")
from tuoben.web.views import (
    accounts,
    article,
    changes,
    columns,
    desk,
    health,
    lists,
    proving,
    saving,
    search,
    service,
    snapshot,
    sorting,
    stories,
    websub,
)

urlpatterns = [
    path("", lists.front),
    path("latest/", lists.newest),
    path("index<feed:kind>", lists.newest_feed),
    path("c/", lists.all_categories),
    path("c/<path:name><feed:kind>", lists.category_feed),
    path("c/<path:name>/", lists.category),
    path("s/", lists.all_sources),
    path("s/<str:id><feed:kind>", lists.source_feed),
    path("s/<str:id>/", lists.source),
    path("s/<str:id>/column/<path:name><feed:kind>", columns.feed),
    path("s/<str:id>/column/<path:name>/", columns.page),
    path("s/<str:id>/quality/", desk.quality),
    path("s/<str:id>/sections/", sorting.sections),
    path("s/<str:id>/health/", health.of_source),
    path("a/<str:id>.json", article.as_json),
    path("a/<str:id>/", article.read),
    path("a/<str:id>/revisions/", changes.revisions),
    path("a/<str:id>/revisions/<int:number>/", changes.changes),
    path("a/<str:id>/readings/<int:number>/", changes.older),
    path("a/<str:id>/original/", article.original),
    path("a/<str:id>/proof.zip", proving.download),
    path("a/<str:id>/snapshot.wacz", proving.package),
    path("a/<str:id>/compare/", desk.compare),
    path("a/<str:id>/category/", sorting.correct),
    path("a/<str:id>/reprints/", changes.reprints),
    path("a/<str:id>/passage", snapshot.passage),
    re_path(r"^a/(?P<id>[^/]+)/(?P<stamp>[0-9]{14})/$", snapshot.dated),
    re_path(r"^a/(?P<id>[^/]+)/(?P<stamp>[0-9]{14})/cite\.(?P<form>[a-z.]+)$", snapshot.cite),
    path("a/<str:id>/reprints/changes/", changes.reprint_changes),
    path("story/", stories.recent),
    path("story/<str:id><feed:kind>", stories.feed),
    path("story/<str:id>/", stories.page),
    path("search", search.page),
    path("search<feed:kind>", search.feed),
    path("me/", service.following),
    path("save/", saving.form),
    path("save/<str:id>/", saving.progress),
    path("login/", accounts.sign_in),
    path("logout/", accounts.sign_out),
    path("about/", service.about),
    path("takedown/", service.takedown),
    path("language", service.language),
    path("opensearch.xml", service.opensearch),
    path("robots.txt", service.robots),
    path("healthz", service.health),
    path("log/checkpoint", proving.checkpoint),
    path("log/key", proving.key),
    re_path(r"^log/tile/(?P<path>(?:entries|[0-9]{1,2})/(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/[0-9]{1,3})?)$", proving.tile),
    path("websub/<str:token>/", websub.callback),
]
handler400 = "tuoben.web.views.errors.bad_request"
handler403 = "tuoben.web.views.errors.forbidden"
handler404 = "tuoben.web.views.errors.not_found"
handler500 = "tuoben.web.views.errors.failed"

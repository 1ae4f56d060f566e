"""The addresses of the replay origin: captured bytes by URL and time, and nothing of the app."""

from __future__ import annotations

from django.urls import path, re_path

from tuoben.web.views import memento, replay

urlpatterns = [
    re_path(r"(?s)^web/(?P<stamp>[0-9]{14})(?P<mode>[a-z]{2}_)?/(?P<address>.+)$", replay.show),
    re_path(r"(?s)^timegate/(?P<address>.+)$", memento.timegate),
    re_path(r"(?s)^timemap/(?:link/)?(?P<address>.+)$", memento.timemap),
    path("cdx", memento.cdx),
]
handler400 = "tuoben.web.views.errors.bad_request"
handler404 = "tuoben.web.views.errors.not_found"
handler500 = "tuoben.web.views.errors.failed"

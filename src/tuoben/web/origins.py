"""The two origins: the app, and the replay of stored bytes. Which one a request is for is decided by the listener it
came in on (server.py puts it into the WSGI environment), never by what the request says.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

ORIGIN_KEY = "tuoben.origin"
"""In the WSGI environment: APP or REPLAY."""
APP_PORT_KEY = "tuoben.app_port"
REPLAY_PORT_KEY = "tuoben.replay_port"
APP, REPLAY = "app", "replay"


def is_replay(request: HttpRequest) -> bool:
    """The request came in on the replay listener."""
    return bool(request.META.get(ORIGIN_KEY, APP) == REPLAY)


def replay_origin(request: HttpRequest) -> str:
    """Scheme, host and port of the replay origin as the visitor reaches it; without a slash at the end."""
    if settings.REPLAY_URL:
        return str(settings.REPLAY_URL).rstrip("/")
    return _beside(request, REPLAY_PORT_KEY, settings.REPLAY_LISTEN)


def app_origin(request: HttpRequest) -> str:
    """Scheme, host and port of the app as the visitor reaches it, also when asked on the replay origin."""
    if settings.APP_URL:
        return str(settings.APP_URL).rstrip("/")
    if not is_replay(request):
        return f"{request.scheme}://{request.get_host()}"
    return _beside(request, APP_PORT_KEY, settings.LISTEN)


def _beside(request: HttpRequest, key: str, listen: str) -> str:
    port = request.META.get(key) or listen.rpartition(":")[2]
    return f"{request.scheme}://{hostname(request.get_host())}:{port}"


def hostname(host: str) -> str:
    """The host of a Host header without its port; IPv6 keeps its brackets."""
    return host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]

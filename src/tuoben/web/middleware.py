"""What every request passes: which origin it is for, the language, and the headers that keep foreign bytes apart."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from whitenoise.middleware import WhiteNoiseMiddleware

from tuoben.errors import QueryError
from tuoben.web import origins
from tuoben.web.views import errors

Answer = Callable[[HttpRequest], HttpResponseBase]

LANGUAGES = dict(settings.LANGUAGES)
SPELLINGS = {
    **dict.fromkeys(("zh", "zh-cn", "zh-sg", "zh-hans-cn"), "zh-hans"),
    **dict.fromkeys(("zh-tw", "zh-hk", "zh-mo", "zh-hant-tw", "zh-hant-hk"), "zh-hant"),
}
"""Other names that a language may be asked for by."""

APP_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data: {replay}; frame-src {replay}; script-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
"""No stored byte is ever served where this holds: 'self' is our own program and nothing else."""

PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


class OriginMiddleware:
    """Gives the replay origin its own addresses and each origin its own headers."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Choose the addresses before, set the headers after."""
        if origins.is_replay(request):
            request.urlconf = settings.REPLAY_URLCONF
            response = self.get_response(request)
            response.headers.setdefault("Content-Security-Policy", "default-src 'none'; sandbox")
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            del response.headers["X-Frame-Options"]  # who may frame a replayed page is said by its policy
            response.cookies.clear()
        else:
            response = self.get_response(request)
            if "Content-Security-Policy" not in response.headers:
                response.headers["Content-Security-Policy"] = APP_POLICY.format(replay=_replay(request, response))
            response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers["Permissions-Policy"] = PERMISSIONS
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """What the visitor asked in a way that we cannot use is a 400 with our sentence, not an error of ours."""
        if isinstance(exception, QueryError):
            return errors.bad_request(request)
        return None


def _replay(request: HttpRequest, response: HttpResponseBase) -> str:
    """The replay origin; 'none' on the answer to a Host header that we do not believe."""
    return "'none'" if response.status_code == 400 else origins.replay_origin(request)


class StaticMiddleware:
    """Our own style sheet and script, on the app's origin alone."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.static: Answer = WhiteNoiseMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the replay origin's requests by."""
        return self.get_response(request) if origins.is_replay(request) else self.static(request)


class LanguageMiddleware:
    """The site's language, unless the visitor chose another: `?lang=` for one address, the cookie for all.

    Accept-Language is not asked: an archive's page is cited and cached, and reads the same for everybody who has not
    chosen.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the language chosen."""
        with translation.override(language_of(request)):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
        if not origins.is_replay(request):
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
            patch_vary_headers(response, ("Cookie",))
        return response


def language_of(request: HttpRequest) -> str:
    """The language of the answer, always one of ours."""
    for said in (request.GET.get("lang", ""), request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")):
        wanted = SPELLINGS.get(said.lower(), said.lower())
        if wanted in LANGUAGES:
            return wanted
    return settings.LANGUAGE_CODE

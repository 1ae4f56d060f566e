"""The settings of one source as a person writes them, `key=value`, and as records. docs/reference/sources.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tuoben import scope, shape, url
from tuoben.errors import UsageError
from tuoben.model import SourceSettings

LONGEST_DELAY = 3600.0
"""Seconds between two requests to a host that a source's settings, or robots.txt, can ask for (decision 0015)."""
FOREIGN_DELAY = 1.0
"""Seconds: a source's delay counts on the sites of others when it is longer than what is usual there."""
PERIODS = (60.0, 30 * 86_400.0)
"""Bounds of the longest period: a minute and a month."""
MOST = 200
"""Patterns, headers or twins of one source."""
UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
BROWSER = ("never", "needed", "always")
"""When pages are opened in a browser."""
_TIME = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)\s*([smhd]?)")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}")

OURS = {
    "user-agent": "it says honestly who asks, and is the same for every source (TUOBEN_CONTACT is part of it)",
    "cookie": "what is sent is kept in the archive, and a cookie is a secret",
    "authorization": "what is sent is kept in the archive, and a password is a secret",
    "proxy-authorization": "what is sent is kept in the archive, and a password is a secret",
}
"""Headers that cannot be set, with the reason."""
HOP = frozenset(
    [
        "host",
        "connection",
        "keep-alive",
        "content-length",
        "content-type",
        "transfer-encoding",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "range",
        "if-match",
        "if-none-match",
        "if-modified-since",
        "if-unmodified-since",
        "if-range",
        "accept-encoding",
        "referer",
        "from",
        "via",
        "forwarded",
        "x-forwarded-for",
        "proxy-connection",
    ]
)
"""Headers that belong to each request, or to the connection."""


def change(settings: SourceSettings, words: Sequence[str]) -> SourceSettings:
    """The settings after `key=value` words; an empty value goes back to the default. Raises UsageError."""
    for word in words:
        key, equals, value = word.partition("=")
        name = key.strip().lower().replace("-", "_") if not key.lower().startswith("header.") else key.strip()
        if not equals:
            raise UsageError(f"“{word}” is not KEY=VALUE; write for example delay=5, or delay= to take it back.")
        if name.lower().startswith("header."):
            settings = _with_header(settings, name[len("header.") :], value.strip())
        elif name in READ:
            default = getattr(SourceSettings(), name)
            settings = replace(settings, **{name: READ[name](value.strip()) if value.strip() else default})
        elif name == "user_agent":
            raise UsageError(f"The user agent cannot be set for a source: {OURS['user-agent']}.")
        else:
            known = ", ".join([*READ, "header.NAME"])
            raise UsageError(f"There is no setting “{key.strip()}”; there are: {known}.")
    return settings


def load(value: Mapping[str, Any]) -> SourceSettings:
    """Settings as they were stored by us."""
    return shape.load(SourceSettings, value)


def as_json(settings: SourceSettings) -> dict[str, Any]:
    """All settings by name, as `source show --json` tells them."""
    told = {name: getattr(settings, name) for name in READ}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()} | {
        "headers": dict(settings.headers)
    }


def told(settings: SourceSettings) -> list[tuple[str, str]]:
    """What differs from the defaults, as (key, value) that `change` would read."""
    words = []
    for name in READ:
        value = getattr(settings, name)
        if value != getattr(SourceSettings(), name):
            words.append((name, "yes" if value is True else f"{value:g}" if isinstance(value, float) else _text(value)))
    return words + [(f"header.{name}", value) for name, value in settings.headers]


def _text(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else " ".join(value)


def from_archive(said: SourceSettings) -> tuple[SourceSettings, str]:
    """Settings as a record of the archive tells them, checked like typed ones; and what must be said again.

    A WARC may come from strangers, so nothing that lowers a guard is taken from it: a proxy, lenient TLS, or a browser
    that runs what pages bring. The sentence names them; "" when there was none.
    """
    checked = SourceSettings()
    words = [f"{key}={value}" for key, value in told(said) if key not in ("proxy", "lenient_tls", "browser")]
    for word in words:
        try:
            checked = change(checked, [word])
        except UsageError:
            continue
    lost = [f"proxy={said.proxy}"] if said.proxy else []
    lost += ["lenient_tls=yes"] if said.lenient_tls else []
    lost += [f"browser={said.browser}"] if said.browser != "never" else []
    if not lost:
        return checked, ""
    return checked, f"It was collected from with {' and '.join(lost)}, which is not restored: set it again, and resume."


def request_headers(settings: SourceSettings, source_url: str, address: str) -> tuple[tuple[str, str], ...]:
    """The headers of a source that go with a request: to its own site alone, never to those it takes images from."""
    return settings.headers if settings.headers and own_site(source_url, address) else ()


def lenient(settings: SourceSettings, source_url: str, address: str) -> bool:
    """Whether the host of an address need not prove who it is: the source's own site alone."""
    return settings.lenient_tls and own_site(source_url, address)


def delay(settings: SourceSettings, source_url: str, address: str, usual: float | None) -> float | None:
    """Seconds between two requests to the host of an address, None for the usual ones. `usual`: what the operator set.

    A source's own delay is never shorter than that, and on other sites than its own it only makes a wait longer.
    """
    own = settings.delay
    if own is None or (usual is not None and own <= usual):
        return usual
    return own if own > FOREIGN_DELAY or own_site(source_url, address) else usual


def own_site(source_url: str, address: str) -> bool:
    """Whether an address lies under the name that the source registered."""
    return url.registrable(url.authority(source_url)) == url.registrable(url.authority(address))


def _patterns(value: str) -> tuple[str, ...]:
    return _few(tuple(dict.fromkeys(scope.pattern(word) for word in value.split())))


def _hosts(value: str) -> tuple[str, ...]:
    found = []
    for word in value.replace(",", " ").split():
        parsed = url.parse(f"https://{word}/")
        if parsed is None or parsed.path != "/" or "." not in parsed.hostname or parsed.credentials:
            raise UsageError(f"“{word}” is not a host name; write twins=example.net or several with spaces between.")
        found.append(parsed.hostname)
    return _few(tuple(dict.fromkeys(found)))


def _few(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(values) > MOST:
        raise UsageError(f"A source can have {MOST} of these at most.")
    return values


def _seconds(name: str, least: float, most: float) -> Callable[[str], float]:
    def read(value: str) -> float:
        match = _TIME.fullmatch(value)
        seconds = float(match[1]) * UNITS[match[2]] if match else -1.0
        if not least <= seconds <= most:
            raise UsageError(
                f"{name}={value} is not a time from {least:g} s to {most:g} s; write seconds, or 10m, 6h, 2d."
            )
        return seconds

    return read


def _proxy(value: str) -> str:
    parsed = url.parse(value)
    if parsed is None or parsed.scheme != "http" or parsed.path != "/" or parsed.query or not parsed.hostname:
        raise UsageError(f"proxy={value[:80]} is not the address of an HTTP proxy; write it like http://10.0.0.5:3128.")
    if parsed.credentials:
        raise UsageError("The proxy's address carries a password, which would end in the archive; leave it out.")
    return f"http://{parsed.hostname}:{parsed.port}"


def _switch(value: str) -> bool:
    if value.lower() not in ("yes", "no", "on", "off", "true", "false", "1", "0"):
        raise UsageError(f"lenient_tls={value} is neither yes nor no.")
    return value.lower() in ("yes", "on", "true", "1")


def _browser(value: str) -> str:
    if value.lower() not in BROWSER:
        raise UsageError(f"browser={value[:80]} is none of {', '.join(BROWSER)}.")
    return value.lower()


def _with_header(settings: SourceSettings, name: str, value: str) -> SourceSettings:
    key = name.lower()
    if key in OURS:
        raise UsageError(f"The header {name} cannot be set for a source: {OURS[key]}.")
    if not _NAME.fullmatch(name) or key in HOP or key.startswith(("proxy-", "sec-")):
        raise UsageError(f"The header “{name[:60]}” cannot be set for a source: it belongs to each request.")
    if not value.isascii() or not value.isprintable() or len(value) > 1000:
        raise UsageError(f"The value of the header {name} must be one line of at most 1000 printable ASCII characters.")
    kept = [one for one in settings.headers if one[0].lower() != key]
    headers = (*kept, (name, value)) if value else tuple(kept)
    if len(headers) > 20:
        raise UsageError("A source can have 20 headers at most.")
    return replace(settings, headers=headers)


READ: dict[str, Callable[[str], Any]] = {
    "include": _patterns,
    "exclude": _patterns,
    "delay": _seconds("delay", 0.0, LONGEST_DELAY),
    "proxy": _proxy,
    "lenient_tls": _switch,
    "longest_period": _seconds("longest_period", *PERIODS),
    "twins": _hosts,
    "browser": _browser,
}
"""Settings but the headers, and how each is read."""

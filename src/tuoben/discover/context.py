"""What the readers of feeds share: what holds for all entries of one, and addresses in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from tuoben import url
from tuoben.discover import dates
from tuoben.model import Moment, Page


@dataclass(frozen=True, slots=True)
class Context:
    """What holds for all entries of a feed."""

    base: str
    zone: tzinfo
    now: datetime | None
    lang: str
    plain: bool = False
    """No element says xml:base or xml:lang: none need be asked for them."""

    @classmethod
    def of(cls, page: Page, lang: str, base: str = "", *, plain: bool = False) -> Context:
        """That of a feed in a language; its addresses are relative to `base`, by default its own address."""
        host = parsed.hostname if (parsed := url.parse(page.url)) else ""
        return cls(base or page.url, dates.usual_zone(lang, host), page.fetched_at, lang, plain)

    def time(self, text: str) -> Moment | None:
        """A time as an entry tells it; None when it cannot be read."""
        return dates.moment(text, zone=self.zone, now=self.now)


def absolute(text: str) -> str:
    """`text` as an http(s) URL when it is one by itself; "" when relative or of another kind."""
    text = text.strip()
    return (url.resolve(text, text) or "") if text[:8].lower().startswith(("http://", "https://")) else ""


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """Each of the values that are not empty, once, in their order."""
    return tuple(dict.fromkeys(filter(None, values)))

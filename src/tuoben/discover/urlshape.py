"""What the form of a URL says about the page behind it: an article, or a home, section, tag or service page."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache

from tuoben import url
from tuoben.model import Moment, Precision

_NOT_A_PAGE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|avif|bmp|ico|mp3|m4a|wav|mp4|m4v|webm|mov|avi|flv|m3u8|pdf|docx?|xlsx?|pptx?|zip|rar|7z"
    r"|gz|apk|exe|dmg|css|js|mjs|json|xml|rss|atom|rdf|woff2?|ttf|eot|ics|epub|txt|csv|swf)$",
    re.I,
)
_SERVICE_TEXT = """
about about-us aboutus contact contact-us contactus advertise advertising account accounts login logout signin sign-in
signup sign-up register join subscribe subscription subscriptions newsletter newsletters privacy privacy-policy terms
terms-of-service terms-of-use terms-and-conditions cookie cookies cookie-policy legal imprint impressum disclaimer
copyright careers jobs help faq faqs support feedback sitemap rss feed feeds search app apps download downloads wap
cart checkout shop store masthead staff ethics corrections accessibility wp-admin wp-login wp-json wp-content cdn-cgi
cgi-bin user users member members passport my profile comment comments share print oauth guanyu lianxi gywm lxwm
zhaopin bqsm wzdt guanggao guestbook colophon
"""
_SERVICE = frozenset(_SERVICE_TEXT.split())
_COLLECTION_TEXT = """
tag tags category categories cat cate cates author authors people person contributor contributors writer writers by
topic topics subject subjects keyword keywords label labels series collection collections list lists channel channels
column columns section sections special specials zt zhuanti ztbd dossier hashtag playlist playlists lanmu pindao
zhuanlan u space blogger columnist columnists reporter reporters journalist journalists bio
"""
_COLLECTION = frozenset(_COLLECTION_TEXT.split())
_LISTING_TEXT = "archive archives rank ranking rankings trending popular latest hot top all page"
_LISTING = frozenset(_LISTING_TEXT.split())
_PERIOD = re.compile(r"(?:/[^/]*[a-zA-Z%][^/]*)*/(?:19|20)\d{2}(?:/\d{1,2}){0,2}/?")
_INDEX = re.compile(
    r"^(?:index|default|home|main|list|more|node|channel|channels|column|col)(?:[-_]?\d{1,3})*(?:\.\w{2,5})?$|^page[-_]?\d*$",
    re.I,
)
_PAGE_FILE = re.compile(r"\.(?:s?html?|php|aspx?|jspx?|jhtml|do|cms|ece|stm|xhtml)$", re.I)
_ARTICLE_WORD_TEXT = """
article articles story stories post posts content detail details a p n art doc news-detail archives archive
"""
_ARTICLE_WORD = frozenset(_ARTICLE_WORD_TEXT.split())
_ID_PARAMETERS_TEXT = """
id p aid nid newsid news_id articleid article_id artid art_id storyid contentid content_id docid doc_id itemid
item_id infoid pid tid threadid
"""
_ID_PARAMETERS = frozenset(_ID_PARAMETERS_TEXT.split())
_DATE_PATHS = (
    re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?=[/_\-.]|$)"),
    re.compile(r"/((?:19|20)\d{2})-?(\d{2})[/-](\d{2})(?=[/_\-.]|$)"),
    re.compile(r"/((?:19|20)\d{2})/(\d{2})(\d{2})(?=[/_\-.]|$)"),
    re.compile(r"(?:/|[/_\-.][a-zA-Z]{0,6}[_-]?|[tT])((?:19|20)\d{2})-?(\d{2})-?(\d{2})(?=\d{0,12}(?:[/_\-.]|$))"),
)
_MONTH_PATH = re.compile(r"/(?:19|20)\d{2}[/-]?(?:0?[1-9]|1[0-2])/(?=.)")
_YEAR_PATH = re.compile(r"/(?:19|20)\d{2}/(?=.)")
_LONG_ID = re.compile(r"(?<![a-zA-Z\d])[a-zA-Z]{0,3}\d{5,}|\d{6,}|(?=[a-zA-Z]*\d)(?=\d*[a-zA-Z])[a-zA-Z\d]{9,}")
_SHORT_ID = re.compile(r"^\w{0,12}?[-_]?\d{2,}$")


@lru_cache(maxsize=4096)
def likelihood(address: str) -> float:
    """How likely an absolute URL is an article's, by its form alone: 0 surely not … 1 surely."""
    parsed = url.parse(address)
    if parsed is None:
        return 0.0
    path = parsed.path
    if _NOT_A_PAGE.search(path):
        return 0.0
    segments = [part for part in path.split("/") if part]
    stems = [_PAGE_FILE.sub("", part.lower()) for part in segments]
    query = _query(parsed.query)
    if any(stem in _SERVICE for stem in (*stems[:2], *stems[-1:])):
        return 0.5 * _strong(path, segments[-1])
    if not segments:
        return query
    if _INDEX.match(segments[-1]):
        own_folder = len(segments) > 1 and bool(_PAGE_FILE.search(segments[-1])) and _titled(segments[-2])
        return max(query, 0.8 if own_folder else 0.05)
    if _PERIOD.fullmatch(path) or stems[-1] in _LISTING:
        return max(query, 0.05)
    if any(stem in _COLLECTION for stem in stems):
        if len(stems) > 1 and stems[-2] in _ARTICLE_WORD and _LONG_ID.search(stems[-1]):
            return 0.75
        return _strong(path, segments[-1]) or (0.0 if stems[0] in ("tag", "tags", "author", "authors") else 0.1)
    return max(_form(path, segments), query)


def _strong(path: str, last: str) -> float:
    """Below a collection only a whole date with something behind it speaks for an article, a numbered file somewhat."""
    if told_date(path) and _identifies(last):
        return 0.75
    return 0.6 if _PAGE_FILE.search(last) and _LONG_ID.search(last) else 0.0


def _titled(folder: str) -> bool:
    """A folder that each article has of its own bears its headline, or a long key."""
    return len([word for word in folder.split("-") if word]) >= 4 or (len(folder) >= 20 and folder.isalnum())


def _identifies(last: str) -> bool:
    return bool(_PAGE_FILE.search(last) or _LONG_ID.search(last) or last.count("-") >= 2)


def _form(path: str, segments: list[str]) -> float:
    last = _PAGE_FILE.sub("", segments[-1])
    filed = last != segments[-1]
    if told_date(path):
        # A bare date is an archive of that day; a date in the name, or something behind it, is an article.
        bare = re.fullmatch(r"(?:/[^/]*[a-zA-Z][^/]*)?/[\d/-]+/?", path) is not None and not filed and len(last) < 9
        return 0.1 if bare else 0.97
    words = [word for word in re.split(r"[-_+ ]|%20", last) if word]
    if _MONTH_PATH.search(path) or (_YEAR_PATH.search(path) and (filed or len(words) > 2)):
        return 0.1 if last.isdigit() and len(last) < 3 and not filed else 0.92
    if _LONG_ID.search(last):
        return 0.88
    if len(words) >= 4 or (len(words) == 3 and len(last) >= 14):
        return 0.85
    return _weak(segments, last, words, filed)


def _weak(segments: list[str], last: str, words: list[str], filed: bool) -> float:
    below_article = len(segments) > 1 and segments[-2].lower() in _ARTICLE_WORD
    if below_article and last:
        return 0.8
    if _SHORT_ID.match(last):
        return 0.7 if filed or len(segments) > 1 else 0.5 if re.search(r"\d{3}", last) else 0.3
    if last.isdigit() and len(segments) > 1:
        return 0.45
    if "%" in last and len(last) >= 36:
        return 0.8
    if filed:
        return 0.55
    return 0.45 if len(words) >= 2 else 0.25


def _query(query: str) -> float:
    """An article number among the parameters."""
    if not query:
        return 0.0
    pairs = [part.partition("=") for part in query.split("&")[:50]]
    named = {name.lower(): value for name, _, value in pairs}
    if named.keys() & {"page", "tag", "cat", "author", "s", "q", "search", "keyword"}:
        return 0.05
    values = [value for name, value in named.items() if name in _ID_PARAMETERS]
    if any(re.fullmatch(r"[\w-]*\d[\w-]*", value) for value in values):
        return 0.75
    return 0.0


def told_date(path: str) -> date | None:
    """The day that a URL's path names, when it can be one."""
    if "19" not in path and "20" not in path:
        return None
    for pattern in _DATE_PATHS:
        if match := pattern.search(path):
            try:
                found = date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError:
                continue
            if 1990 <= found.year <= 2099:
                return found
    return None


def told_moment(address: str, zone: tzinfo, now: datetime | None) -> Moment | None:
    """The same as a Moment of day precision; None when it lies ahead of `now`."""
    parsed = url.parse(address)
    day = told_date(parsed.path) if parsed else None
    if day is None or (now and day > now.astimezone(zone).date()):
        return None
    return Moment(
        value=datetime(day.year, day.month, day.day, tzinfo=zone or UTC),
        precision=Precision.DAY,
        zone_known=False,
        origin="url",
    )


def pattern(address: str) -> str:
    """The URL with digits and the last segment's words taken out: pages of one template share it."""
    parsed = url.parse(address)
    if parsed is None:
        return ""
    head, _, last = re.sub(r"\d+", "0", parsed.path).rpartition("/")
    ending = _PAGE_FILE.search(last)
    stem = last[: ending.start()] if ending else last
    kind = "0" if re.fullmatch(r"[a-z]?0", stem) else "a-0" if "0" in stem else "a-a-a" if stem.count("-") > 1 else "a"
    names = "&".join(part.partition("=")[0] for part in parsed.query.split("&")[:20])
    return f"{parsed.hostname}{head}/{kind if stem else ''}{ending.group() if ending else ''}?{names}"

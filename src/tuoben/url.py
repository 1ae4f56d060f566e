"""URLs by the WHATWG URL Standard, and the keys made from them.

One parser (ada) reads every URL of the program, so the host that is checked is the host that is connected to.
A *resolved* URL is what goes on the wire: the announced URL, serialised, without fragment. A *canonical* URL is the
identity of an article and is never fetched (law 1). All functions are pure.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache

import ada_url

from tuoben.errors import BadUrl

LONGEST = 8192
"""Longest URL in characters, serialised; longer ones are refused, as most servers do."""

KEY_SIZE = 2000
"""Bytes of the longest key: an entry of PostgreSQL's b-tree holds 2,704, with what else stands in it."""
KEY_HEAD = 1900

WEB_PORTS = {"http": 80, "https": 443}
DEFAULT_PORTS = WEB_PORTS | {"ws": 80, "wss": 443, "ftp": 21}

TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "at_custom", "share_")
"""Query parameters with these beginnings tell where a reader came from, not what is shown."""

_TRACKING = """
    spm scm spm_id_from from_spmid vd_source unique_k tt_from wxfrom isappinstalled nsukey sharefrom sharesource
    shareuid share hmsr hmpl hmcu hmkw hmci bd_vid gio_link_id fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid
    ysclid twclid ttclid igshid igsh li_fat_id mc_cid mc_eid mkt_tok _ga _gl _hsenc _hsmi hsctatracking vero_id
    vero_conv oly_enc_id oly_anon_id srsltid wt_mc wt_zmc xtor cmpid cmp smid ocid icid ns_mchannel ns_source
    ns_campaign ns_linkname ns_fee ref_src ref_url at_medium at_campaign at_link_id at_link_type at_link_origin
    at_format at_ptr_name at_bbc_team guccounter guce_referrer guce_referrer_sig __twitter_impression amp_js_v
"""
TRACKING = frozenset(_TRACKING.split())
"""Names (lower case) of such parameters. Conservative: a name that some site uses to choose the content is not here."""

TRACKING_VALUES = {
    "from": frozenset({"timeline", "groupmessage", "singlemessage", "weixin", "wechat", "weibo", "qq", "qzone"}),
    "partner": frozenset({"rss"}),
    "emc": frozenset({"rss"}),
}
"""Parameters that are tracking only with these values."""

TWIN_HOSTS = frozenset(["m", "wap", "3g", "4g", "mobile", "mobi", "touch", "h5", "amp", "print"])
"""First labels of hosts that show a site's articles for telephones, in AMP, or for printing."""
TWIN_SEGMENTS = frozenset(["amp", "m", "mobile", "wap", "print", "printer"])
"""First or last segments of such paths."""
TWIN_QUERIES = {
    "amp": frozenset({"", "1", "true", "yes"}),
    "print": frozenset({"", "1", "true", "yes", "y"}),
    "printable": frozenset({"", "1", "true", "yes"}),
    "mobile": frozenset({"", "1", "true", "yes"}),
    "output": frozenset({"amp", "1"}),
    "outputtype": frozenset({"amp"}),
    "view": frozenset({"print", "amp", "mobile"}),
    "format": frozenset({"amp", "print"}),
}
"""Query parameters of such addresses, with the values that mean it."""

_SECOND_LEVEL = "com net org gov edu ac co or ne go mil gob gouv gv govt nom idv info ltd plc me lg ed"
SECOND_LEVEL = frozenset(_SECOND_LEVEL.split())
"""Labels below a country's top-level domain under which names are registered ("com.cn", "co.uk", "or.jp")."""

_CHINESE_REGIONS = (
    "ah bj cq fj gd gs gx gz ha hb he hi hk hl hn jl js jx ln mo nm nx qh sc sd sh sn sx tj tw xj xz yn zj"
)
CHINESE_REGIONS = frozenset(_CHINESE_REGIONS.split())
"""Regional second levels of .cn (北京 bj.cn, 吉林 jl.cn …)."""

_WEB = ("http://", "https://")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_WORD = "A-Za-z0-9_"
_STEM = rf"[{_WORD}][{_WORD}-]*(?:\.[{_WORD}-]+)*"
_PLAIN_PATH = rf"/(?:{_STEM}/)*(?:{_STEM})?(?:\?[{_WORD}=&.-]+)?"
_SERIALISED = re.compile(r"https?://(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.)+[a-z]{2,}" + _PLAIN_PATH, re.A)
"""Plain absolute URLs that the standard leaves as they are: most that listings tell, and told ten times as fast."""
_ROOTED = re.compile(_PLAIN_PATH, re.A)
"""References that stand as they are behind the origin of any base."""
_TWIN_FILE = re.compile(r"(?:[._-](?:amp|print|mobile)|_p|_m)(?:\.[sx]?html?)?/?$", re.I)
_MARKED_FILE = re.compile(
    r"(?:(?:[._-](?:amp|print|mobile)|_p|_m)?\.[sx]?html?|[._-](?:amp|print)|_p|_m){0,3}/?$", re.I
)
"""The end of a path that says how a page is dressed, and not which one it is."""
_WWW = re.compile(r"www\d*\.")


@dataclass(frozen=True, slots=True)
class Url:
    """A parsed URL of any scheme; the parts are WHATWG's serialised ones."""

    href: str
    scheme: str
    """Without the colon."""
    host: str
    """Host, and the port when it is not the scheme's default: "example.com:8080"; what the Host header says."""
    hostname: str
    """Host alone: lower case, IDNA, IPv4 in dotted decimal, IPv6 in brackets."""
    port: int
    """The port to connect to; 0 when the scheme has none."""
    authority: str
    """Politeness key: like `host`, without a trailing dot."""
    path: str
    query: str
    """Without the question mark."""
    origin: str
    fragment: str = ""
    credentials: bool = False
    """The URL carries a user name or password."""

    @property
    def web(self) -> bool:
        """http or https."""
        return self.scheme in WEB_PORTS


def parse(text: str, base: str | None = None) -> Url | None:
    """Read an absolute URL (or a reference against `base`) of any scheme; None where the standard says failure."""
    if base is None:
        return _parse(text)
    parsed = _ada(text, base)
    return _url(parsed) if parsed is not None else None


@lru_cache(maxsize=2048)
def _parse(text: str) -> Url | None:
    """An absolute URL. Each is asked for several times on its way from the claim to the commit, hence the cache."""
    if len(text) <= LONGEST and _SERIALISED.fullmatch(text):
        return _web_url(text)
    parsed = _ada(text, None)
    return _url(parsed) if parsed is not None else None


def resolve(base: str, reference: str) -> str | None:
    """The absolute http(s) URL that `reference` means on a page at `base`: no fragment, no credentials.

    None when it is not http(s), not valid, or longer than 8 KB. `resolve(u, u) == u` for every result u.
    """
    if _SERIALISED.fullmatch(reference) and len(reference) <= LONGEST:
        return reference
    if base and len(reference) <= LONGEST // 2 and _ROOTED.fullmatch(reference) and (origin := _origin(base)):
        return origin + reference
    parsed = _ada(reference, base or None)
    if parsed is None:
        return None
    href: str = parsed.href
    return _wire(href) if href.startswith(_WEB) else None


@lru_cache(maxsize=256)
def _origin(base: str) -> str:
    """Scheme and host of a base, serialised; "" when it is no plain http(s) URL."""
    parsed = _ada(base, None)
    if parsed is None or not parsed.href.startswith(_WEB) or len(parsed.host) > LONGEST // 4:
        return ""
    return f"{parsed.protocol}//{parsed.host}"


def fetchable(text: str) -> str:
    """The form of one absolute http(s) URL that goes on the wire.

    Raises BadUrl, with a sentence for the person who typed it, when it is not one. A URL with credentials is refused,
    not stripped: whoever wrote it expects them to be used, and they would end in logs and archives.
    """
    shown = text.strip()[:200]
    if not shown:
        raise BadUrl("The URL is empty.")
    parsed = parse(text)
    if parsed is None:
        raise BadUrl(f"“{shown}” is not a valid URL; write it whole, like https://example.com/news/.")
    if not parsed.web:
        raise BadUrl(f"“{shown}” is a {parsed.scheme[:20]}: URL; only http: and https: are collected.")
    if parsed.credentials:
        raise BadUrl(f"The URL of {parsed.host} carries a user name or password; leave it out.")
    wire = _wire(parsed.href)
    if wire is None:
        raise BadUrl(f"The URL “{shown[:60]}…” is longer than {LONGEST} characters.")
    return wire


@lru_cache(maxsize=4096)
def canonical(url: str) -> str:
    """The identity of an article: equal for addresses that differ only in scheme, default port or tracking.

    The key always says https; escapes are normalised (RFC 3986 6.2.2), tracking parameters and the fragment are
    dropped ("#!/…" stays: it chooses the content), query order, "www." and "index.html" stay. Mobile and AMP twins are
    not guessed. Idempotent. Text that is not an http(s) URL is returned as it is.
    """
    if len(url) <= LONGEST and _SERIALISED.fullmatch(url):
        plain, _, query = url.partition("://")[2].partition("?")
        query = "&".join(part for part in query.split("&") if part and not _tracks(part)) if query else ""
        return f"https://{plain}?{query}" if query else f"https://{plain}"
    parsed = parse(url)
    if parsed is None or not parsed.web:
        return url
    hostname = parsed.hostname.rstrip(".") or parsed.hostname
    # Ports of both schemes fold away together, or the key of a key would differ from the key.
    port = "" if parsed.port in (80, 443) else f":{parsed.port}"
    query = "&".join(part for part in _unescape(parsed.query).split("&") if part and not _tracks(part))
    fragment = f"#{parsed.fragment}" if parsed.fragment.startswith("!") else ""
    return f"https://{hostname}{port}{_unescape(parsed.path)}{'?' + query if query else ''}{fragment}"


def key(url: str) -> str:
    """The canonical URL as rows and their look-ups have it: what fits no index is told by its beginning and digest."""
    return fit(canonical(url))


def fit(text: str) -> str:
    """A text that an index can hold: one of more than KEY_SIZE bytes is cut, and its SHA-256 put behind. Idempotent."""
    if len(text) <= KEY_SIZE // 4:
        return text
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) <= KEY_SIZE:
        return text
    return f"{raw[:KEY_HEAD].decode('utf-8', 'ignore')}~{hashlib.sha256(raw).hexdigest()}"


def fold(url: str) -> str:
    """A key that the usual forms of one work's address share: for telephones, in AMP, for printing, with and without
    "www.". A hint only: whether two pages are one work, their texts must say.
    """
    parsed = parse(url)
    if parsed is None or not parsed.web:
        return fit(url)
    plain = parse(canonical(url))
    assert plain is not None
    query = "&".join(part for part in plain.query.split("&") if part and not _dresses(part))
    path = "/".join(_plain_segments(_MARKED_FILE.sub("", plain.path).strip("/").split("/")))
    port = plain.host[len(plain.hostname) :]
    return fit(f"{_plain_host(plain.hostname)}{port}/{path}{'?' + query if query else ''}")


def dressed(url: str) -> bool:
    """Whether an address looks like one for telephones, in AMP or for printing."""
    parsed = parse(url)
    if parsed is None or not parsed.web:
        return False
    segments = parsed.path.strip("/").split("/")
    return (
        any(label in TWIN_HOSTS for label in parsed.hostname.split(".")[:-2])
        or any(_dresses(part) for part in parsed.query.split("&") if part)
        or _plain_segments(segments) != segments
        or _TWIN_FILE.search(parsed.path) is not None
    )


def _plain_host(hostname: str) -> str:
    if hostname.startswith("[") or _is_ip(hostname):
        return hostname
    labels = hostname.split(".")
    while len(labels) > 2 and (labels[0] in TWIN_HOSTS or _WWW.match(labels[0] + ".")):
        del labels[0]
    return ".".join(labels)


def _plain_segments(segments: list[str]) -> list[str]:
    while len(segments) > 1 and segments[0].lower() in TWIN_SEGMENTS:
        segments = segments[1:]
    while len(segments) > 1 and segments[-1].lower() in TWIN_SEGMENTS:
        segments = segments[:-1]
    return segments


def _dresses(part: str) -> bool:
    name, _, value = part.partition("=")
    return value.lower() in TWIN_QUERIES.get(name.lower(), ())


def authority(url: str) -> str:
    """Politeness key: "host", or "host:port" when the port is not the scheme's default; "" for what has no host."""
    parsed = parse(url)
    return parsed.authority if parsed else ""


@lru_cache(maxsize=4096)
def registrable(host: str) -> str:
    """The name that somebody registered: "news.example.com.cn" → "example.com.cn"; an IP address stays whole.

    Good enough to tell whether two hosts belong to one publisher; it is no substitute for the public suffix list where
    security hangs on it. A port is ignored.
    """
    name = host.lower().strip()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    name = name.partition(":")[0].rstrip(".")
    if _is_ip(name):
        return name
    labels = name.split(".")
    wanted = 2
    if len(labels) > 2 and len(labels[-1]) == 2:
        second = labels[-2]
        if second in SECOND_LEVEL or (labels[-1] == "cn" and second in CHINESE_REGIONS):
            wanted = 3
    return ".".join(labels[-wanted:])


def surt(url: str) -> str:
    """Sort-friendly key of a URL for CDXJ: "http://www.example.com:80/Path/?b=2&a=1" → "com,example)/path?a=1&b=2".

    As pywb and the CDX servers key it: host reversed, "www." and the scheme dropped, lower case, trailing slash
    dropped, query sorted. Text that is no URL with a host is returned in lower case.
    """
    parsed = parse(url)
    if parsed is None or not parsed.hostname:
        return url.lower()
    hostname = _WWW.sub("", parsed.hostname, count=1) if _WWW.match(parsed.hostname) else parsed.hostname
    hostname = hostname.rstrip(".") or parsed.hostname
    whole = hostname.startswith("[") or _is_ip(hostname)
    key = hostname if whole else ",".join(reversed(hostname.split(".")))
    port = "" if parsed.port == DEFAULT_PORTS.get(parsed.scheme, 0) else f":{parsed.port}"
    path = parsed.path.rstrip("/") or "/"
    query = "&".join(sorted(part for part in parsed.query.split("&") if part))
    return f"{key}{port}){path}{'?' + query if query else ''}".lower()


def _ada(text: str, base: str | None) -> ada_url.URL | None:
    """Parse by WHATWG; lone surrogates become U+FFFD first, as the standard's UTF-8 encode does."""
    if len(text) > 16 * LONGEST:
        return None
    try:
        return ada_url.URL(_SURROGATES.sub("\ufffd", text), _SURROGATES.sub("\ufffd", base) if base else None)
    except ValueError:
        return None


def _wire(href: str) -> str | None:
    """A serialised http(s) URL without fragment and credentials; None when it is too long."""
    href = href.partition("#")[0]
    start = href.index("://") + 3
    authority = href[start : href.index("/", start)]
    if "@" in authority:
        href = href[:start] + href[start + authority.rindex("@") + 1 :]
    return href if len(href) <= LONGEST else None


def _web_url(href: str) -> Url:
    """Take a serialised http(s) URL apart; the serialisation is unambiguous, and slicing is faster than asking ada."""
    body, _, fragment = href.partition("#")
    scheme, _, rest = body.partition("://")
    slash = rest.index("/")
    credentials, _, host = rest[:slash].rpartition("@")
    path, _, query = rest[slash:].partition("?")
    hostname, colon, port = host.rpartition(":")
    if not colon or not port.isdigit():
        hostname, port = host, ""
    return Url(
        href=href,
        scheme=scheme,
        host=host,
        hostname=hostname,
        port=int(port) if port else WEB_PORTS[scheme],
        authority=(hostname.rstrip(".") or hostname) + host[len(hostname) :],
        path=path,
        query=query,
        origin=f"{scheme}://{host}",
        fragment=fragment,
        credentials=bool(credentials),
    )


def _url(parsed: ada_url.URL) -> Url:
    href: str = parsed.href
    if href.startswith(_WEB):
        return _web_url(href)
    scheme = parsed.protocol[:-1]
    host = parsed.host
    hostname = parsed.hostname
    return Url(
        href=href,
        scheme=scheme,
        host=host,
        hostname=hostname,
        port=int(parsed.port) if parsed.port else DEFAULT_PORTS.get(scheme, 0),
        authority=(hostname.rstrip(".") or hostname) + host[len(hostname) :],
        path=parsed.pathname,
        query=parsed.search[1:],
        origin=parsed.origin,
        fragment=parsed.hash[1:],
        credentials=bool(parsed.username or parsed.password),
    )


def _tracks(part: str) -> bool:
    """Whether one `name=value` of a query only tells where the reader came from."""
    name, _, value = part.partition("=")
    name = name.lower()
    if name in TRACKING or name.startswith(TRACKING_PREFIXES):
        return True
    return value.lower() in TRACKING_VALUES.get(name, ())


def _unescape(text: str) -> str:
    """Escapes of unreserved characters undone, hex digits in upper case; repeated until nothing changes."""
    while True:
        changed = _ESCAPE.sub(_escape, text)
        if changed == text:
            return text
        text = changed


def _escape(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code in _UNRESERVED else match[0].upper()


@lru_cache(maxsize=4096)
def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True

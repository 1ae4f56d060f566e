"""robots.txt by RFC 9309, read as leniently as the large crawlers read it.

The longest matching rule decides, allow wins a tie, `*` and a closing `$` are special, groups of one agent are merged.
Beyond the RFC: a missing colon and frequent misspellings are understood, "Allow: /x/index.html" also opens "/x/",
Crawl-delay and Sitemap lines are read. Where two readings of percent-escapes differ, the stricter one counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tuoben.scope import matches

SIZE_LIMIT = 500 * 1024
"""Bytes that are read (RFC 9309 2.5); the rest is ignored."""

LINE_LIMIT = 16_663
"""Bytes of one line that are read."""

KEYS = {
    "user-agent": "agent",
    "useragent": "agent",
    "user agent": "agent",
    "allow": "allow",
    "disallow": "disallow",
    "dissallow": "disallow",
    "dissalow": "disallow",
    "disalow": "disallow",
    "diasllow": "disallow",
    "disallaw": "disallow",
    "sitemap": "sitemap",
    "site-map": "sitemap",
    "crawl-delay": "delay",
    "crawldelay": "delay",
    "crawl delay": "delay",
}
"""Line names as they are met, misspellings included, and what each means."""

EVERYBODY = "*"

_TOKEN = re.compile(r"[A-Za-z_-]+")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_INDEX = re.compile(r"/index\.htm[^/]*$")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{0,6})?|\.\d{1,6}")


@dataclass(frozen=True, slots=True)
class Rule:
    """One allow or disallow line."""

    pattern: str
    """Non-ASCII escaped, hex digits in upper case."""
    decoded: str
    """The same with escapes of unreserved characters undone (RFC 9309 2.2.2)."""
    allow: bool


@dataclass(slots=True)
class Group:
    """What is said to one agent, from all its groups in the file."""

    rules: list[Rule] = field(default_factory=list)
    delay: float | None = None


class Robots:
    """A parsed robots.txt. An empty one allows everything."""

    def __init__(self, groups: dict[str, Group] | None = None, sitemaps: tuple[str, ...] = ()) -> None:
        self._groups = groups or {}
        self.sitemaps = sitemaps
        """URLs of its Sitemap lines as written, in order, without repetitions."""

    @classmethod
    def parse(cls, body: bytes) -> Robots:
        """Read a robots.txt (content coding already undone). What is not understood is skipped; nothing fails."""
        groups: dict[str, Group] = {}
        sitemaps: dict[str, None] = {}
        named: list[Group] = []
        heading = False
        for line in _LINE_END.split(_without_mark(body[:SIZE_LIMIT])):
            meaning, value = _line(line)
            if meaning == "agent":
                if not heading:
                    named = []
                heading = True
                named.extend(groups.setdefault(agent, Group()) for agent in _agents(value))
            elif meaning in ("allow", "disallow"):
                heading = False
                for rule in _rules(value, meaning == "allow"):
                    for group in named:
                        group.rules.append(rule)
            elif meaning == "delay":
                for group in named:
                    group.delay = _longer(group.delay, value)
            elif meaning == "sitemap" and value:
                sitemaps[value.decode("utf-8", "replace")] = None
        for group in groups.values():
            group.rules = list(dict.fromkeys(group.rules))
        return cls(groups, tuple(sitemaps))

    def allowed(self, agent: str, url: str) -> bool:
        """Whether the agent with this product token may ask for a URL; /robots.txt itself is always allowed."""
        target = _escape(_target(url).encode("utf-8", "surrogatepass"), non_ascii=False)
        if target == "/robots.txt":
            return True
        rules = self._group(agent).rules
        if not _verdict([(rule.pattern, rule.allow) for rule in rules], target):
            return False
        decoded = _decode(_escape(target.encode()))
        if decoded == target and all(rule.pattern == rule.decoded for rule in rules):
            return True
        return _verdict([(rule.decoded, rule.allow) for rule in rules], decoded)

    def refusal(self, agent: str, url: str) -> str:
        """The line that forbids a URL to the agent, as it is understood ("Disallow: /x"); "" when it is allowed."""
        if self.allowed(agent, url):
            return ""
        target = _escape(_target(url).encode("utf-8", "surrogatepass"))
        denied = [rule for rule in self._group(agent).rules if not rule.allow]
        held = [rule for rule in denied if matches(rule.pattern, target) or matches(rule.decoded, _decode(target))]
        longest = max(held, key=lambda rule: len(rule.pattern), default=None)
        return f"Disallow: {longest.pattern}" if longest is not None else "Disallow"

    def crawl_delay(self, agent: str) -> float | None:
        """Seconds between requests that the file asks of the agent; None when it asks nothing. Not capped."""
        return self._group(agent).delay

    def _group(self, agent: str) -> Group:
        return self._groups.get(agent.lower()) or self._groups.get(EVERYBODY) or Group()


def _without_mark(body: bytes) -> bytes:
    """The file as UTF-8, without a byte order mark or as much of one as is there."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace").encode()
    for length in (3, 2, 1):
        if body.startswith(b"\xef\xbb\xbf"[:length]):
            return body[length:]
    return body


def _line(line: bytes) -> tuple[str, bytes]:
    """What a line means and its value; ("", b"") for one that means nothing."""
    text = line[:LINE_LIMIT].partition(b"#")[0].strip()
    name, colon, value = text.partition(b":")
    if not colon:
        words = text.split()
        if len(words) != 2:
            return "", b""
        name, value = words
    return KEYS.get(name.strip().decode("latin-1").lower(), ""), value.strip()


def _agents(value: bytes) -> set[str]:
    """Whom a user-agent line names, in lower case: the product token before the first character that no token has
    ("Foo/1.0 x" names "foo"), and the first word whole, for agents whose name has digits in it ("bot2").
    """
    words = value.decode("latin-1").lower().split()
    if not words:
        return set()
    token = _TOKEN.match(words[0])
    if token is None:
        return {EVERYBODY} if words[0] == EVERYBODY else set()
    return {token[0], words[0]}


def _rules(value: bytes, allow: bool) -> list[Rule]:
    """The rule of a line, with the one it implies; none for an empty value."""
    if not value:
        return []
    pattern = _escape(value)
    patterns = [pattern]
    index = _INDEX.search(pattern) if allow else None
    if index:
        patterns.append(pattern[: index.start() + 1] + "$")
    return [Rule(text, _decode(text), allow) for text in patterns]


def _longer(known: float | None, value: bytes) -> float | None:
    """The longer of two delays; a value that is no number changes nothing."""
    text = value.decode("latin-1")
    if not _NUMBER.fullmatch(text):
        return known
    return max(known or 0.0, float(text))


def _target(url: str) -> str:
    """Path and query of a URL as they stand, "/" when it has none; the fragment is dropped."""
    rest = url.partition("#")[0]
    _, found, after = rest.partition("://")
    if found:
        rest = after
    elif rest.startswith("//"):
        rest = rest[2:]
    starts = [at for at in (rest.find("/"), rest.find("?")) if at >= 0]
    if not starts:
        return "/"
    target = rest[min(starts) :]
    return target if target.startswith("/") else "/" + target


def _escape(raw: bytes, *, non_ascii: bool = True) -> str:
    """Octets outside ASCII percent-encoded (unless told not to), hex digits of escapes in upper case."""
    text = raw.decode("latin-1")
    if non_ascii:
        text = "".join(char if char < "\x80" else f"%{ord(char):02X}" for char in text)
    return _ESCAPE.sub(lambda match: match[0].upper(), text)


def _decode(text: str) -> str:
    """Escapes of unreserved characters undone."""
    return _ESCAPE.sub(lambda match: chr(code) if (code := int(match[1], 16)) in _UNRESERVED else match[0], text)


def _verdict(rules: list[tuple[str, bool]], target: str) -> bool:
    """Whether the longest rule that matches allows; allow wins a tie, and no match allows."""
    longest, verdict = -1, True
    for pattern, allow in rules:
        length = len(pattern)
        if (length > longest or (length == longest and allow and not verdict)) and matches(pattern, target):
            longest, verdict = length, allow
    return verdict

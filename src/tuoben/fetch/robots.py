"""robots.txt by RFC 9309, read as leniently as the large crawlers read it.

The longest matching rule decides, allow wins a tie, `*` and a closing `$` are special, groups of one agent are merged.
Beyond the RFC: a missing colon and frequent misspellings are understood, "Allow: /x/index.html" also opens "/x/",
Crawl-delay and Sitemap lines are read. Where two readings of percent-escapes differ, the stricter one counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
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

WILDCARDS = 5_000
"""Rules with stars that are kept of what is said to one agent; there is no other limit than the file's size."""
STARS = 32
"""Stars that are kept of one rule."""

_TOKEN = re.compile(r"[A-Za-z_-]+")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_STARS = re.compile(r"\*{2,}")
_INDEX = re.compile(r"/index\.htm[^/]*$")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{0,6})?|\.\d{1,6}")


@dataclass(slots=True)
class _Block:
    """Lines that belong together: whom they name and what they say to those."""

    agents: set[str] = field(default_factory=set)
    rules: list[tuple[bytes, bool]] = field(default_factory=list)
    """(value, allow) as written."""
    delay: float | None = None


class Robots:
    """A parsed robots.txt. An empty one allows everything."""

    def __init__(self, blocks: Sequence[_Block] = (), sitemaps: tuple[str, ...] = ()) -> None:
        self._blocks = tuple(blocks)
        self._rules: dict[str, _Rules] = {}
        self.sitemaps = sitemaps
        """URLs of its Sitemap lines as written, in order, without repetitions."""

    @classmethod
    def parse(cls, body: bytes) -> Robots:
        """Read a robots.txt (content coding already undone). What is not understood is skipped; nothing fails."""
        blocks = [_Block()]
        sitemaps: dict[str, None] = {}
        heading = False
        for line in _LINE_END.split(_without_mark(body[:SIZE_LIMIT])):
            meaning, value = _line(line)
            if meaning == "agent":
                if not heading:
                    blocks.append(_Block())
                heading = True
                blocks[-1].agents |= _agents(value)
            elif meaning in ("allow", "disallow"):
                heading = False
                if value:
                    blocks[-1].rules.append((value, meaning == "allow"))
            elif meaning == "delay":
                blocks[-1].delay = _longer(blocks[-1].delay, value)
            elif meaning == "sitemap" and value:
                sitemaps[value.decode("utf-8", "replace")] = None
        return cls([block for block in blocks if block.agents], tuple(sitemaps))

    def allowed(self, agent: str, url: str) -> bool:
        """Whether the agent with this product token may ask for a URL; /robots.txt itself is always allowed."""
        target = _escape(_target(url).encode("utf-8", "surrogatepass"), non_ascii=False)
        if target == "/robots.txt":
            return True
        rules = self._of(agent)
        if not rules.as_written.allow(target):
            return False
        decoded = _decode(_escape(target.encode()))
        if decoded == target and rules.decoded is rules.as_written:
            return True
        return rules.decoded.allow(decoded)

    def effort(self, agent: str, url: str) -> int:
        """About how many nanoseconds `allowed` takes when the rules are made to take long."""
        rules = self._of(agent)
        both = rules.as_written.effort(len(url))
        return both if rules.decoded is rules.as_written else both + rules.decoded.effort(len(url))

    def refusal(self, agent: str, url: str) -> str:
        """The line that forbids a URL to the agent, as it is understood ("Disallow: /x"); "" when it is allowed."""
        if self.allowed(agent, url):
            return ""
        target = _escape(_target(url).encode("utf-8", "surrogatepass"))
        denied = [(pattern, _decode(pattern)) for pattern, allow in self._said(agent) if not allow]
        held = [one for one, decoded in denied if matches(one, target) or matches(decoded, _decode(target))]
        longest = max(held, key=len, default=None)
        return f"Disallow: {longest}" if longest is not None else "Disallow"

    def crawl_delay(self, agent: str) -> float | None:
        """Seconds between requests that the file asks of the agent; None when it asks nothing. Not capped."""
        return max((block.delay for block in self._to(agent) if block.delay is not None), default=None)

    def _to(self, agent: str) -> list[_Block]:
        """What is said to an agent, from all its groups in the file; what is said to everybody when it has none."""
        own = [block for block in self._blocks if agent.lower() in block.agents]
        return own or [block for block in self._blocks if EVERYBODY in block.agents]

    def _said(self, agent: str) -> dict[tuple[str, bool], None]:
        """All rules for an agent, (pattern, allow), each once: non-ASCII escaped, hex digits in upper case."""
        return dict.fromkeys(
            rule for block in self._to(agent) for value, allow in block.rules for rule in _patterns(value, allow)
        )

    def _of(self, agent: str) -> _Rules:
        if agent not in self._rules:
            said = list(self._said(agent))
            as_written = decoded = _Table(said)
            if any("%" in pattern and _decode(pattern) != pattern for pattern, _ in said):
                decoded = _Table([(_decode(pattern), allow) for pattern, allow in said])
            self._rules[agent] = _Rules(as_written, decoded)
        return self._rules[agent]


class _Table:
    """The rules for one agent, made for looking up.

    Rules without a star are found by their text, whatever their number. Those with stars are tried one after the other
    and so are limited: beyond WILDCARDS rules or STARS stars an allow is dropped and a disallow ends at the star, so
    that it forbids more than it said, never less.
    """

    def __init__(self, rules: Iterable[tuple[str, bool]]) -> None:
        self._whole: dict[str, bool] = {}
        """Patterns that end in `$`, without it → allow."""
        self._begins: dict[str, tuple[int, bool]] = {}
        """Beginning of a target → (length of its rule, allow)."""
        wild: list[tuple[int, bool, str]] = []
        for pattern, allow in rules:
            if "*" not in pattern:
                self._plain(pattern, allow)
            elif len(wild) < WILDCARDS and (cut := _few_stars(pattern, allow)):
                wild.append((len(pattern), allow, cut))
            elif not allow:
                self._begin(pattern.partition("*")[0], len(pattern), allow=False)
        self._wild = sorted(wild, key=lambda rule: (-rule[0], not rule[1]))
        self._lengths = sorted({len(begin) for begin in self._begins})
        pieces = (piece for _, _, pattern in self._wild for piece in pattern.split("*"))
        self._steps = sum(max(len(piece) // 8, 1) for piece in pieces)

    def _plain(self, pattern: str, allow: bool) -> None:
        if pattern.endswith("$"):
            self._whole[pattern[:-1]] = allow or self._whole.get(pattern[:-1], False)
        else:
            self._begin(pattern, len(pattern), allow=allow)

    def _begin(self, begin: str, length: int, *, allow: bool) -> None:
        self._begins[begin] = max((length, allow), self._begins.get(begin, (-1, False)))

    def effort(self, length: int) -> int:
        """About how many nanoseconds a target of so many letters takes at worst."""
        return self._steps * (length + 100) + len(self._lengths) * (length + 100)

    def allow(self, target: str) -> bool:
        """Whether the longest rule that matches allows; allow wins a tie, and no match allows."""
        best = (-1, True)
        for length in self._lengths:
            if length > len(target):
                break
            best = max(best, self._begins.get(target[:length], best))
        if target in self._whole:
            best = max(best, (len(target) + 1, self._whole[target]))
        for length, allow, pattern in self._wild:  # the longest first
            if (length, allow) <= best:
                break
            if matches(pattern, target):
                return allow
        return best[1]


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules for one agent in two readings."""

    as_written: _Table
    decoded: _Table
    """With escapes of unreserved characters undone (RFC 9309 2.2.2)."""


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


def _patterns(value: bytes, allow: bool) -> list[tuple[str, bool]]:
    """The rule of a line, with the one it implies."""
    pattern = _escape(value)
    index = _INDEX.search(pattern) if allow else None
    return [(pattern, allow), (pattern[: index.start() + 1] + "$", allow)] if index else [(pattern, allow)]


def _few_stars(pattern: str, allow: bool) -> str:
    """A pattern without stars that change nothing; one with too many ends where they are too many, "" for an allow."""
    pattern = _STARS.sub("*", pattern)
    if pattern.count("*") <= STARS:
        return pattern
    return "" if allow else "*".join(pattern.split("*")[: STARS + 1]) + "*"


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

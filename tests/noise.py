"""What changes on a real page from one visit to the next without its publisher touching the story, and what changes when
they do: both by a seed, placed by the general structure of pages, never by what is known of one site.

`Noisy(html, body)` is a page and the text that is its story; `noise(seed)` gives the page as another visit would get it,
`edit(kind, seed)` as it is after a real edit (None when its markup has no place for one).
"""

from __future__ import annotations

import html as escapes
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

KINDS = ("figure", "cut", "added", "moved", "headline")
_CLOSED = re.compile(r"<p\b[^>]*>((?:(?!</?(?:p|div|script|style)\b).)*)</p>", re.S | re.I)
_LIST = re.compile(r"<(ul|ol)\b[^>]*>((?:(?!</?(?:ul|ol)\b).)*)</\1>", re.S | re.I)
_ITEM = re.compile(r"<li\b[^>]*>(?:(?!</?li\b).)*</li>", re.S | re.I)
_LINK = re.compile(r"""(<a\b[^>]*?\bhref=["'])([^"'#?]+)(["'])""", re.I)
_SCRIPT = re.compile(r"<script\b(?![^>]*(?:ld\+json|application/json))[^>]*>.*?</script>", re.S | re.I)
_PICTURE = re.compile(r"""(<img\b[^>]*?\bsrc=["'])([^"'?]+)(["'])""", re.I)
_HIDDEN = re.compile(r"<(script|style|noscript|template|textarea)\b.*?</\1>|<!--.*?-->", re.S | re.I)
_TAG = re.compile(r"<[^>]+>|<!--.*?-->", re.S)
_SENTENCE = re.compile(r"[^。！？.!?]+[。！？]|[^。！？.!?]+[.!?](?=\s|$)")
_FIGURE = re.compile(r"(?<![\d.,/-])[1-9]\d{0,3}(?![\d,./-])")


def plain(markup: str) -> str:
    """The words of a piece of markup."""
    return " ".join(escapes.unescape(_TAG.sub("", markup)).split())


@dataclass(frozen=True)
class Noisy:
    """A page. `story`: what it says, as extraction found it; `others`: headlines of other pages; `prose`: of others."""

    markup: str
    title: str
    story: str
    others: Sequence[str]
    prose: Sequence[str]

    # --- noise --------------------------------------------------------------------------------------------------------
    def noise(self, seed: str) -> str:
        """The page with everything that differs between two visits."""
        rng = random.Random(seed)
        hidden: list[str] = []

        def put_by(found: re.Match[str]) -> str:
            hidden.append(found[0])
            return f"\x00{len(hidden) - 1}\x00"

        page = _HIDDEN.sub(put_by, _head(_scripts(self.markup, rng), rng))
        for make in (_sessions, _pictures, self._rotate, self._furniture, self._between):
            page = make(page, rng)
        return re.sub(r"\x00(\d+)\x00", lambda found: hidden[int(found[1])], page)

    def _rotate(self, page: str, rng: random.Random) -> str:
        """Lists of links outside the story come in another order."""

        def turn(found: re.Match[str]) -> str:
            items = _ITEM.findall(found[2])
            words = [plain(item) for item in items]
            links = sum("<a" in item for item in items)
            ours = any(len(word) > 15 and word in self._flat for word in words)
            if len(items) < 4 or links < len(items) or ours or sum(map(_width, words)) < 20 * len(items):
                return found[0]  # no list of headlines
            shuffled = iter(rng.sample(items, len(items)))
            return _ITEM.sub(lambda _: next(shuffled), found[0])

        return _LIST.sub(turn, page)

    def _furniture(self, page: str, rng: random.Random) -> str:
        """Counters by the headline, a clock and a ticker above all, boxes of other headlines below all."""
        page = re.sub(r"(<body\b[^>]*>)", lambda found: found[1] + _bar(rng), page, count=1, flags=re.I)
        page = re.sub(r"(</h1>)", lambda found: found[1] + _counters(rng), page, count=1, flags=re.I)
        end = page.lower().rfind("</body>")
        end = end if end >= 0 else len(page)
        return page[:end] + self._box(rng) + _comments(rng) + page[end:]

    def _box(self, rng: random.Random) -> str:
        picked = rng.sample(list(self.others), min(6, len(self.others)))
        items = "".join(
            f'<li><a href="/r/{rng.randrange(10**6)}.html">{escapes.escape(one)}</a></li>' for one in picked
        )
        name = rng.choice(
            ("相关阅读", "热门新闻", "猜你喜欢") if _chinese(self.title) else ("Most read", "Related", "More news")
        )
        return f'<div class="related-box"><h3>{name}</h3><ul>{items}</ul></div>'

    def _between(self, page: str, rng: random.Random) -> str:
        """Adverts between the paragraphs of the story, and behind them a box of what others read."""
        places = [found.end() for found in self._paragraphs(page)]
        for at in sorted(rng.sample(places, min(2, len(places))), reverse=True):
            page = page[:at] + _advert(rng, _chinese(self.title)) + page[at:]
        return page

    # --- edits --------------------------------------------------------------------------------------------------------
    def edit(self, kind: str, seed: str) -> str | None:
        """The page after its publisher did something to the story."""
        rng = random.Random(seed)
        made = {
            "figure": self._figure, "cut": self._cut, "added": self._add, "moved": self._move, "headline": self._headline,
        }[kind](rng)  # fmt: skip
        return made if made != self.markup else None

    @property
    def _flat(self) -> str:
        return " ".join(self.story.split())

    def _paragraphs(self, page: str) -> list[re.Match[str]]:
        """The elements of the story that are plain paragraphs, each the only one that says it."""
        hidden = [found.span() for found in _HIDDEN.finditer(page)]
        blocks = {" ".join(block.split()) for block in self.story.split("\n\n")}
        found = [one for one in _CLOSED.finditer(page) if len(said := plain(one[1])) >= 30 and said in blocks]
        found = [one for one in found if not any(start <= one.start() < end for start, end in hidden)]
        said = [plain(one[1]) for one in found]
        return [one for one, words in zip(found, said, strict=True) if said.count(words) == 1]

    def _replaced(self, rng: random.Random, change: Callable[[str], str | None]) -> str | None:
        places = self._paragraphs(self.markup)
        for place in rng.sample(places, len(places)):
            inner = change(place[1])
            if inner is not None and plain(inner) != plain(place[1]):
                return self.markup[: place.start(1)] + inner + self.markup[place.end(1) :]
        return None

    def _figure(self, rng: random.Random) -> str | None:
        def change(inner: str) -> str | None:
            for figure in _FIGURE.finditer(inner):
                if "<" not in inner and "&" not in inner:
                    return inner[: figure.start()] + str(int(figure[0]) + rng.randrange(1, 9)) + inner[figure.end() :]
            return None

        return self._replaced(rng, change)

    def _cut(self, rng: random.Random) -> str | None:
        def change(inner: str) -> str | None:
            sentences = list(_SENTENCE.finditer(inner))
            if "<" in inner or "&" in inner or len(sentences) < 2:
                return None
            gone = sentences[rng.randrange(len(sentences))]
            return inner[: gone.start()] + inner[gone.end() :] if len(gone[0]) > 20 else None

        return self._replaced(rng, change)

    def _add(self, rng: random.Random) -> str | None:
        places = self._paragraphs(self.markup)
        if len(places) < 3:
            return None
        at = places[rng.randrange(len(places) - 1)].end()
        return f"{self.markup[:at]}<p>{escapes.escape(rng.choice(self.prose))}</p>{self.markup[at:]}"

    def _move(self, rng: random.Random) -> str | None:
        places = self._paragraphs(self.markup)
        if len(places) < 4:
            return None
        first = rng.randrange(len(places) - 2)
        one, other = places[first], places[rng.randrange(first + 2, len(places))]
        page = self.markup
        return page[: one.start()] + page[one.end() : other.end()] + one[0] + page[other.end() :]

    def _headline(self, rng: random.Random) -> str | None:
        told = [self.title, escapes.escape(self.title), escapes.escape(self.title, quote=False)]
        new = self.title + rng.choice(
            ("（更新）", "：最新进展") if _chinese(self.title) else (" after all", ", officials say")
        )
        page = self.markup
        for one in dict.fromkeys(told):
            page = page.replace(one, new if one == self.title else escapes.escape(new))
        heading = re.search(r"<h1\b[^>]*>(.*?)</h1>", page, re.S | re.I)
        return page if heading and plain(heading[1]) == plain(new) else None


# --- pieces of noise --------------------------------------------------------------------------------------------------
def _width(text: str) -> int:
    return sum(2 if "\u2e80" <= letter <= "\uffef" else 1 for letter in text)


def _chinese(text: str) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]", text))


def _sessions(page: str, rng: random.Random) -> str:
    """Every third link carries a session."""
    token = f"{rng.randrange(16**12):012x}"
    number = iter(range(10**9))
    return _LINK.sub(lambda m: f"{m[1]}{m[2]}?sid={token}{m[3]}" if next(number) % 3 == 0 else m[0], page)


def _pictures(page: str, rng: random.Random) -> str:
    """Pictures are asked for past the caches."""
    return _PICTURE.sub(lambda found: f"{found[1]}{found[2]}?t={rng.randrange(10**9)}{found[3]}", page)


def _scripts(page: str, rng: random.Random) -> str:
    """Scripts come in another order, with another nonce."""
    scripts = _SCRIPT.findall(page)
    shuffled = iter(rng.sample(scripts, len(scripts)))
    nonce = f"<script nonce='{rng.randrange(16**8):08x}'>window.__t={rng.randrange(10**10)};</script>"
    return _SCRIPT.sub(lambda _: next(shuffled), page).replace("</head>", f"{nonce}</head>", 1)


def _head(page: str, rng: random.Random) -> str:
    token = f'<meta name="csrf-token" content="{rng.randrange(16**16):016x}"><meta name="generated" content="{rng.randrange(10**9)}">'
    return page.replace("</head>", f"{token}</head>", 1)


def _bar(rng: random.Random) -> str:
    day, hour, minute = rng.randrange(1, 29), rng.randrange(24), rng.randrange(60)
    return (
        f'<div class="topbar"><span class="clock">2026-11-{day:02} {hour:02}:{minute:02}</span>'
        f'<span class="weather">{rng.randrange(-9, 39)}°C</span>'
        f'<span class="ticker">{rng.randrange(3000, 4000)}.{rng.randrange(100):02} {rng.choice("+-")}0.{rng.randrange(99):02}%</span>'
        f'<span class="online">{rng.randrange(900)} online</span></div>'
    )


def _counters(rng: random.Random) -> str:
    kinds = (
        f'<div class="article-stats"><span class="views">{rng.randrange(10**5)} views</span> '
        f'<span class="comments-count">{rng.randrange(500)} comments</span> '
        f'<span class="time-ago">{rng.randrange(2, 23)} hours ago</span></div>',
        f'<div class="stats"><span>阅读 {rng.randrange(10**5)}</span> <span>评论({rng.randrange(500)})</span> '
        f'<span>{rng.randrange(2, 23)}小时前</span></div>',
        f'<div class="share-bar"><a href="#">Share {rng.randrange(999)}</a> <a href="#">👍 {rng.randrange(999)}</a></div>',
    )  # fmt: skip
    return rng.choice(kinds)


def _advert(rng: random.Random, chinese: bool) -> str:
    number = rng.randrange(10**6)
    picture = f'<img src="https://ads.example/b/{number}.jpg" width="300" height="250" alt="">'
    slot = f'<div class="ad-slot" id="ad-{number}"><span>{"广告" if chinese else "Advertisement"}</span>'
    return rng.choice(
        (
            f'{slot}<a href="https://ads.example/click?{number}">{picture}</a></div>',
            f'{slot}<iframe src="https://ads.example/f/{number}" width="300" height="250"></iframe></div>',
            f'<ins class="adsbygoogle" data-ad-slot="{number}"></ins><script>(adsbygoogle=[]).push({{}})</script>',
            f'<aside class="promo"><h4>{"推广" if chinese else "Sponsored"}</h4><a href="https://ads.example/{number}">'
            f"{'限时优惠，立省' if chinese else 'Save today:'} {number}</a></aside>",
        )
    )


def _comments(rng: random.Random) -> str:
    rows = "".join(
        f'<li class="comment"><b>user{rng.randrange(999)}</b> <time>{rng.randrange(2, 59)} min</time> <p>+{rng.randrange(99)}</p></li>'
        for _ in range(3)
    )
    return f'<section id="comments" class="comments"><h3>{rng.randrange(99)} comments</h3><ul>{rows}</ul></section>'


def decoded(body: bytes) -> tuple[str, str] | None:
    """(text, encoding) of a page: UTF-8, or what it names; None when neither reads it."""
    named = re.search(rb"charset=[\"']?([\w-]+)", body[:4000])
    told = named[1].decode().lower() if named else "utf-8"
    for encoding in ("utf-8", "gb18030" if told in ("gb2312", "gbk") else told):
        try:
            return body.decode(encoding), encoding
        except (UnicodeDecodeError, LookupError):
            continue
    return None

"""Section pages: the article links of an HTML page, told from navigation, services and advertisements.

No rule knows a site. Each link to the page's own site is weighed by the form of its URL (`urlshape`), by whether
its text reads like a headline, by where it stands (navigation, list item, heading, beside a date), and by its
fellows: links with the same place in the structure, and with the same form of URL, are mostly of one kind.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from statistics import fmean

from tuoben import markup, url
from tuoben.discover import dates, headline, outline, plain, urlshape
from tuoben.discover.outline import Anchor, Outline
from tuoben.discover.records import Found
from tuoben.model import Link, Moment, Page, Precision

ENOUGH = 0.6
"""Score from which a link is an article's."""
MOST_LINKS = 2000
MOST_ANCHORS = 6_000
LONGEST_DATE = 48
"""Characters of a text that may be a date line; in longer ones a date is part of what is told."""
_DATE_LIKE = re.compile(r"\d|昨天|今天|前天")

_NEXT_TEXT = re.compile(
    r"^[\s>»›→]*(?:下一页|下一頁|下页|后一页|next(?: page)?|older(?: posts| entries| stories)?|次へ|다음)[\s>»›→]*$",
    re.I,
)


@dataclass(slots=True)
class _Candidate:
    """All anchors of a page that lead to one URL."""

    url: str
    anchors: list[Anchor] = field(default_factory=list)
    title: str = ""
    shape: float = 0.0
    wording: float = 0.0
    published: Moment | None = None
    item: int = -1
    """The element that holds this link and no other."""
    heading: bool = False
    aside: bool = False
    """Stands in navigation, header or footer, wherever it is linked."""

    @property
    def base(self) -> float:
        return 0.6 * self.shape + 0.4 * self.wording


def links(page: Page) -> Found:
    """The article links of a section page in its order, each URL once, with headline and date as found beside it.

    Raises LimitExceeded.
    """
    _, tree = markup.document(page)
    drawn = outline.draw(tree, page.url, MOST_ANCHORS)
    home = url.parse(page.url)
    lang = drawn.lang
    zone = dates.usual_zone(lang, home.hostname if home else "")
    candidates = _candidates(drawn, page.url)
    _place(candidates, drawn)
    for candidate in candidates:
        _describe(candidate, drawn)
    _date(candidates, drawn, zone, page.fetched_at)
    scored = _scores(candidates, drawn)
    chosen = [candidate for candidate, score in scored if score >= ENOUGH]
    doubtful = [candidate for candidate, score in scored if score < ENOUGH and candidate.shape > 0.1]
    return Found(
        links=tuple(_link(candidate, zone, page.fetched_at, lang) for candidate in chosen[:MOST_LINKS]),
        doubtful=tuple(_link(candidate, zone, page.fetched_at, lang) for candidate in doubtful[:MOST_LINKS]),
        title=drawn.title,
        next_page=_next_page(drawn, page.url),
        lang=lang,
    )


def _link(candidate: _Candidate, zone: tzinfo, now: datetime | None, lang: str) -> Link:
    published = candidate.published or urlshape.told_moment(candidate.url, zone, now)
    return Link(url=candidate.url, title=candidate.title, published=published, lang=lang)


def _candidates(drawn: Outline, address: str) -> list[_Candidate]:
    """The same site's URLs in the page's order; the page itself and what no article can be are left out."""
    home = url.parse(address)
    site = url.registrable(home.hostname) if home else ""
    own = {url.canonical(address), url.canonical(drawn.base)}
    found: dict[str, _Candidate] = {}
    for anchor in drawn.anchors:
        if anchor.key in own or anchor.site != site:
            continue
        if anchor.key in found:
            found[anchor.key].anchors.append(anchor)
        elif shape := urlshape.likelihood(anchor.url):
            found[anchor.key] = _Candidate(url=anchor.url, anchors=[anchor], shape=shape)
    return list(found.values())


def _place(candidates: list[_Candidate], drawn: Outline) -> None:
    """Find each candidate's own element, and which areas of the page are navigation."""
    readable = [headline.wording(anchor.text) >= 0.8 for anchor in drawn.anchors]
    drawn.settle_areas(readable)
    for candidate in candidates:
        candidate.aside = all(drawn.aside[anchor.node] for anchor in candidate.anchors)


def _describe(candidate: _Candidate, drawn: Outline) -> None:
    """The headline: the best text of the anchors, else the item's heading, else an image's alternative text."""
    texts = []
    for anchor in candidate.anchors:
        shown = anchor.text
        if anchor.hint and headline.is_cut(shown) and len(anchor.hint) >= len(shown.rstrip("….")):
            shown = anchor.hint
        weight = headline.wording(shown) + (0.3 if anchor.heading else 0.0)
        texts.append((weight, len(anchor.heading_text or shown), anchor.heading_text or shown, anchor))
    weight, _, text, anchor = max(texts, key=lambda one: one[:2])
    candidate.heading = anchor.heading
    candidate.item = drawn.item(anchor.node)
    if headline.wording(text) < 0.3:
        own = {one.node for one in candidate.anchors}
        inside = drawn.heading_within(candidate.item, own) if not text or headline.is_service(text) else ""
        hints = [one.hint or one.image for one in candidate.anchors if headline.wording(one.hint or one.image) >= 0.3]
        if inside and headline.wording(inside) > headline.wording(text):
            text, candidate.heading = inside, True
        elif hints and not (text and headline.is_service(text)):
            text = max(hints, key=len)
    candidate.title = plain.title(text, literal=True)
    candidate.wording = headline.wording(candidate.title)


def _date(candidates: list[_Candidate], drawn: Outline, zone: tzinfo, now: datetime | None) -> None:
    """The time beside each link: in its item, else between it and the next item, on the side where this list has it."""
    for candidate in candidates:
        inside = [text for text in drawn.pieces(candidate.item) if text != candidate.title]
        candidate.published = _read(inside, zone, now)
    for parent, members in _by_parent(candidates, drawn).items():
        gaps = drawn.gaps(parent)
        empty: tuple[list[str], list[str]] = ([], [])
        before = _read(gaps.get(members[0].item, empty)[0], zone, now) is not None
        for candidate in members:
            candidate.published = _read(gaps.get(candidate.item, empty)[0 if before else 1], zone, now)


def _read(texts: list[str], zone: tzinfo, now: datetime | None) -> Moment | None:
    """The first time among short texts; a day and a clock time in two texts one after the other are read together."""
    for index, text in enumerate(texts):
        if len(text) > LONGEST_DATE or not _DATE_LIKE.search(text):
            continue
        found = dates.beside(text, zone=zone, now=now)
        following = "".join(texts[index + 1 : index + 2])
        if found and found.precision is Precision.DAY and re.match(r"\d{1,2}:\d{2}\b", following):
            found = dates.beside(f"{text} {following}", zone=zone, now=now) or found
        if found:
            return found
    return None


def _by_parent(candidates: list[_Candidate], drawn: Outline) -> dict[int, list[_Candidate]]:
    """Candidates without a date, by the element that holds their items."""
    groups: dict[int, list[_Candidate]] = defaultdict(list)
    for candidate in candidates:
        if candidate.published is None and candidate.item >= 0:
            groups[drawn.parent[candidate.item]].append(candidate)
    return groups


def _scores(candidates: list[_Candidate], drawn: Outline) -> list[tuple[_Candidate, float]]:
    places: dict[str, list[float]] = defaultdict(list)
    patterns: dict[str, list[float]] = defaultdict(list)
    for candidate in candidates:
        patterns[urlshape.pattern(candidate.url)].append(candidate.wording)
        for path in {drawn.path(anchor.node) for anchor in candidate.anchors}:
            places[path].append(candidate.base)
    means = {path: fmean(bases) for path, bases in places.items() if len(bases) >= 3}
    worded = {
        form: sum(value >= 0.6 for value in values) / len(values)
        for form, values in patterns.items()
        if len(values) >= 4
    }
    return [(candidate, _score(candidate, drawn, means, worded)) for candidate in candidates]


def _score(candidate: _Candidate, drawn: Outline, means: dict[str, float], worded: dict[str, float]) -> float:
    """means: place → mean base of its links. worded: form of URL → share of headlines among its links."""
    score = candidate.base
    if headline.is_service(candidate.title):
        score -= 0.4
    if candidate.published:
        score += 0.25
    if candidate.shape <= 0.1:
        # A tag, category or index by its very URL: how well it reads does not make it an article.
        return min(score, ENOUGH - 0.1)
    if candidate.aside:
        return score - 0.5
    if candidate.heading and (candidate.published or candidate.shape >= 0.4 or _headline_below(candidate)):
        score += 0.12
    best = max((means.get(drawn.path(anchor.node), 0.0) for anchor in candidate.anchors[:20]), default=0.0) or 0.5
    score += 0.15 if best >= 0.62 else -0.15 if best <= 0.36 else 0.0
    alike = worded.get(urlshape.pattern(candidate.url), 0.5)
    score += -0.2 if alike <= 0.2 else 0.1 if alike >= 0.7 and candidate.shape >= 0.4 else 0.0
    return score


def _headline_below(candidate: _Candidate) -> bool:
    """A full headline, and an address that is not at the site's top, where its sections are."""
    return candidate.wording >= 1.0 and candidate.url.rstrip("/").count("/") > 3


def _next_page(drawn: Outline, address: str) -> str:
    """rel=next, else a link that says so, on the same site."""
    home = url.parse(address)
    told = [drawn.next_link] if drawn.next_link else []
    told += [anchor.url for anchor in drawn.anchors if anchor.relation == "next" or _NEXT_TEXT.match(anchor.text)]
    for one in told:
        parsed = url.parse(one)
        if parsed and home and parsed.hostname == home.hostname and url.canonical(one) != url.canonical(address):
            return one
    return ""

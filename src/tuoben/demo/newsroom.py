"""What is on the fictional sites at a moment: a clock in phases over the publishers' entries.

Phase 0 is the first day: what was published before the server started. Each later phase publishes further articles,
edits one and takes one away (`Entry.phase`, `Entry.edit`, `Entry.removed`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from string import Template

from tuoben.demo.content import Block, Entry, Publisher, blocks, publishers

BAR = {"zh": "｜", "en": " | "}
_DAY = re.compile(r"\{([dnw])(-?\d+)\}")
"""A day told in a text, counted from the server's start: {d-1} is yesterday's day of the month, {n2} the month and day
of the day after tomorrow in Chinese, {w0} today's name in English."""
SCRIPTS = {"zh-CN": "zh-Hans"}
"""What sites write for a language, and the BCP 47 tag that says the script."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The truth of one article that is on a site now, for tests."""

    url: str
    title: str
    """The headline without its column."""
    column: str
    source: str
    published: datetime
    """Aware, cut to the publisher's precision."""
    precision: str
    """ "day", "minute" or "second"."""
    modified: datetime | None
    authors: tuple[str, ...]
    roles: tuple[tuple[str, str], ...]
    """Pairs of role (reporter, photographer, editor) and name."""
    category: str
    lang: str
    text: str
    """The words of the body as it was written, blocks separated by an empty line: without pictures' alts and captions,
    and without what the page's template adds (本报讯, by-lines, the editor)."""
    images: tuple[str, ...]
    """URLs of the body's pictures."""
    pages: tuple[str, ...]
    """URLs of all pages of the article; the first is `url`."""
    reprint_of: str = ""
    """URL of the original, for reprints."""
    reprinted_from: str = ""
    noarchive: bool = False
    allowed: bool = True
    """robots.txt allows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An entry as it stands on its site now."""

    publisher: Publisher
    entry: Entry
    title: str
    pages: list[list[Block]]
    published: datetime
    modified: datetime | None
    original: Story | None = None

    @property
    def headline(self) -> str:
        """The headline with its column before the bar."""
        bar = BAR[self.publisher.lang[:2]]
        return f"{self.entry.column}{bar}{self.title}" if self.entry.column else self.title

    @property
    def source(self) -> str:
        """Whom the page credits with the text."""
        if self.original:
            return self.original.publisher.title
        return self.entry.source or self.publisher.title

    @property
    def summary(self) -> str:
        """A sentence or two for lists and feeds."""
        if self.entry.summary:
            return self.entry.summary
        first = next((block.text for page in self.pages for block in page if block.kind == "text"), "")
        return first if len(first) <= 160 else first[:160].rsplit(" ", 1)[0] + "…"

    def path(self, page: int = 1) -> str:
        """The path of one page of the article, counted from 1."""
        if self.entry.path:
            return self.entry.path
        day = self.published
        return Template(self.publisher.article).substitute(
            year=f"{day:%Y}",
            md=f"{day:%m%d}",
            ymd=f"{day:%Y%m%d}",
            ym=f"{day:%Y%m}",
            dashed=f"{day:%Y-%m}",
            slashed=f"{day:%Y/%m/%d}",
            day=f"{day:%d}",
            id=self.entry.id,
            slug=self.entry.slug,
            section=self.entry.category,
            page="" if page == 1 else f"_{page - 1}",
        )


class Newsroom:
    """All publishers at a phase. Not safe for threads: the server's thread asks, `advance` is called under its lock."""

    def __init__(self, port: int, start: datetime) -> None:
        self.port = port
        self._phases = [start]
        self._by_name = {publisher.name: publisher for publisher in publishers()}
        self._stories: dict[str, list[Story]] = {}
        self._compose()

    @property
    def phase(self) -> int:
        """The phase that the clock stands at, from 0."""
        return len(self._phases) - 1

    @property
    def last_phase(self) -> int:
        """The phase after which nothing changes any more."""
        entries = [entry for publisher in self._by_name.values() for entry in publisher.entries]
        return max(max(e.phase, e.removed, e.edit.phase if e.edit else 0) for e in entries)

    def advance(self, now: datetime) -> bool:
        """Move the clock one phase on; False when there is no further phase."""
        if self.phase >= self.last_phase:
            return False
        self._phases.append(now)
        self._compose()
        return True

    def publisher(self, name: str) -> Publisher | None:
        """A publisher by the label of its host."""
        return self._by_name.get(name)

    def origin(self, publisher: Publisher, label: str = "") -> str:
        """scheme://host:port of a publisher, or of one of its further hosts."""
        return f"http://{label + '.' if label else ''}{publisher.name}.localhost:{self.port}"

    def stories(self, name: str) -> list[Story]:
        """What is on a site now, newest first."""
        return self._stories[name]

    def picture(self, publisher: Publisher, scene: str) -> str:
        """The absolute URL of a picture."""
        ending = "" if scene.endswith(".svg") else ".png"
        return f"{self.origin(publisher, publisher.pictures)}/images/{scene}{ending}"

    def gone(self, name: str, path: str) -> bool:
        """Whether a page was here once and was taken away."""
        publisher = self._by_name[name]
        return any(
            0 < entry.removed <= self.phase and self._story(publisher, entry).path() == path
            for entry in publisher.entries
        )

    def expected(self) -> dict[str, list[Expected]]:
        """The truth of all that is on the sites now, by publisher, newest first."""
        return {name: [self._expected(story) for story in stories] for name, stories in self._stories.items()}

    def _compose(self) -> None:
        for publisher in self._by_name.values():
            there = [entry for entry in publisher.entries if entry.phase <= self.phase]
            there = [entry for entry in there if not 0 < entry.removed <= self.phase]
            found = [self._story(publisher, entry) for entry in there]
            self._stories[publisher.name] = sorted(found, key=lambda story: story.published, reverse=True)

    def _story(self, publisher: Publisher, entry: Entry) -> Story:
        edited = entry.edit if entry.edit and entry.edit.phase <= self.phase else None
        zone = timezone(timedelta(hours=publisher.offset))
        published = self._phases[entry.phase] - entry.before
        original = self._original(entry)
        body = self._dated((edited.body if edited else "") or entry.body, zone)
        pages = blocks(body) if body else [[]]
        if original:
            kept = [b for i, b in enumerate(b for page in original.pages for b in page) if i not in entry.drop]
            pages = [kept + pages[0]] if body else [kept]
        return Story(
            publisher=publisher,
            entry=entry,
            title=self._dated((edited.title if edited else "") or entry.title, zone),
            pages=pages,
            published=published.astimezone(zone).replace(second=0, microsecond=0),
            modified=self._phases[edited.phase].astimezone(zone).replace(second=0, microsecond=0) if edited else None,
            original=original,
        )

    def _original(self, entry: Entry) -> Story | None:
        if not entry.copy_of:
            return None
        name, _, number = entry.copy_of.partition("/")
        publisher = self._by_name[name]
        found = next(other for other in publisher.entries if other.id == int(number))
        return self._story(publisher, replace(found, edit=None))

    def _dated(self, text: str, zone: timezone) -> str:
        """The text with the days it tells filled in."""

        def day(match: re.Match[str]) -> str:
            then = self._phases[0].astimezone(zone) + timedelta(days=int(match[2]))
            return {"d": str(then.day), "n": f"{then.month}月{then.day}日", "w": f"{then:%A}"}[match[1]]

        return _DAY.sub(day, text)

    def _expected(self, story: Story) -> Expected:
        publisher, entry, original = story.publisher, story.entry, story.original
        origin = self.origin(publisher)
        body = [block for page in story.pages for block in page]
        scenes = [block.scene for block in body if block.kind == "image"]
        published = story.published
        roles = [("reporter", name) for name in entry.authors]
        roles += [("photographer", name) for name in entry.photographers]
        roles += [("editor", name) for name in entry.editors]
        return Expected(
            url=origin + story.path(),
            title=story.title,
            column=entry.column,
            source=story.source,
            published=published.replace(hour=0, minute=0) if publisher.precision == "day" else published,
            precision=publisher.precision,
            modified=story.modified,
            authors=entry.authors,
            roles=tuple(roles),
            category=publisher.categories[entry.category],
            lang=SCRIPTS.get(publisher.lang, publisher.lang),
            text="\n\n".join(words(block) for block in body if block.kind != "image"),
            images=tuple(self.picture(publisher, scene) for scene in scenes),
            pages=tuple(origin + story.path(number) for number in range(1, len(story.pages) + 1)),
            reprint_of=self.origin(original.publisher) + original.path() if original else "",
            reprinted_from=original.publisher.title if original else "",
            noarchive=entry.noarchive,
            allowed=not entry.path.startswith(("/inner/", "/members/")),
        )


def words(block: Block) -> str:
    """The words of a block as plain text."""
    if block.kind == "table":
        return "\n".join(" ".join(row) for row in block.rows)
    return "\n".join(row[0] for row in block.rows) if block.rows else block.text

"""When a page that was fetched again is a new revision: its publisher changed something that a reader sees.

Pages differ at every visit: adverts, counters, boxes of other headlines, clocks. None of it may make a revision, even
where it moves the edges of what is read, or stands in for a field that the page does not tell.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Final

from tuoben import beside
from tuoben.model import Article, Moment, Precision

_GUESSED: Final = frozenset(("text", "url", "listing", ""))
"""Origins of a field that the page does not tell as such: found in its prose, or in what leads to it."""


def changed(old: Article, new: Article) -> bool:
    """Whether what a reader sees of the article changed: words, images, people, the time of publication.

    White space, the query part of image URLs, the order of images, `modified`, requisites and what was read where do
    not count; nor does a block of text that one reading took and the other left, when the page showed it both times;
    nor people, source and time alone where either reading had to guess them, nor a category that no data of the page
    tell: the boxes and paths around a story are the site's, not the story's.
    """
    return _said(old) != _said(new) or _text_changed(old, new) or _told_otherwise(old, new)


def _said(article: Article) -> tuple[object, ...]:
    texts = (article.title, article.column, article.reprinted_from, article.original_title)
    images = frozenset(image.url.split("?")[0] for image in article.images)
    captions = frozenset(_plain(image.caption) for image in article.images if image.caption.strip())
    return (article.state, *map(_plain, texts), images, captions, article.policy)


def _text_changed(old: Article, new: Article) -> bool:
    if _plain(old.text) == _plain(new.text):
        return False
    was, now = _blocks(old.text), _blocks(new.text)
    gone, come = set(was) - set(now), set(now) - set(was)
    around = [beside.unpack(one.beside) for one in (old, new)]
    if not all(beside.stands(block, around[1]) for block in gone):
        return True
    if not all(beside.stands(block, around[0]) for block in come):
        return True
    return [block for block in was if block not in gone] != [block for block in now if block not in come]


def _told_otherwise(old: Article, new: Article) -> bool:
    for name, values in (
        ("source", (_plain(old.source), _plain(new.source))),
        ("category", (_plain(old.category), _plain(new.category))),
        ("authors", (_people(old), _people(new))),
        ("published", (_told(old.published), _told(new.published))),
    ):
        origins = {article.origins.get(name, "markup") for article in (old, new) if getattr(article, name)}
        guessed = _GUESSED | {"markup"} if name == "category" else _GUESSED
        if values[0] != values[1] and not origins & guessed:
            return True
    return False


def _people(article: Article) -> tuple[object, ...]:
    return article.authors, frozenset((role.role, role.name) for role in article.roles)


def _blocks(text: str) -> list[str]:
    return [plain for block in text.split("\n\n") if (plain := _plain(block))]


def _plain(text: str) -> str:
    return " ".join(text.split())


def _told(moment: Moment | None) -> str:
    """The same moment in another zone is the same."""
    if moment is None or not moment.zone_known or moment.value.tzinfo is None or moment.precision is Precision.DAY:
        return moment.iso() if moment else ""
    return replace(moment, value=moment.value.astimezone(UTC)).iso()

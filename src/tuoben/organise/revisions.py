"""When a page that was fetched again is a new revision."""

from __future__ import annotations

from tuoben.model import Article, Moment


def changed(old: Article, new: Article) -> bool:
    """Whether what a reader sees of the article changed: words, images, people, the time of publication.

    White space, the query part of image URLs, `modified`, requisites and what was read where do not count.
    """
    return _seen(old) != _seen(new)


def _seen(article: Article) -> tuple[object, ...]:
    texts = (
        article.title, article.column, article.text, article.source, article.category,
        article.reprinted_from, article.original_title,
    )  # fmt: skip
    images = tuple((image.url.split("?")[0], _plain(image.caption)) for image in article.images)
    people = (article.authors, frozenset((role.role, role.name) for role in article.roles))
    return (article.state, *map(_plain, texts), images, people, _told(article.published), article.policy)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _told(moment: Moment | None) -> str:
    return moment.iso() if moment else ""

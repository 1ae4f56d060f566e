"""An article as the fields of the index: tokens for what is searched in, whole values for what is filtered by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from tuoben.index import plan
from tuoben.index.often import Often
from tuoben.index.records import Document, Older
from tuoben.text import letters, normalise, postings

_LEAD = 60
UNSORTED = "未分类"
"""The category of articles that have none, so that they can be asked for like any other."""


def parts(document: Document) -> list[str]:
    """The postings, between spaces, of all that is searched in: headlines, column, people and body."""
    body = " ".join(postings(document.text))  # first: what was just made of it for the stories is remembered a while
    return [*(" ".join(postings(part)) for part in (*_titles(document), document.column, *document.authors)), body]


def _titles(document: Document) -> list[str]:
    return list(dict.fromkeys(filter(None, (document.title, document.announced_title))))


def fields(document: Document, text: Sequence[str], often: Often) -> dict[str, list[Any]]:
    """The engine's fields of an article and its `parts`; frequent words are terms behind the others of its text."""
    titles = _titles(document)
    frequent = [word for part in text for word in often.standing(part)]
    headlines = [letters(headline)[: plan.KEY] for headline in (*titles, document.column + document.title)]
    known = (*headlines, document.url, document.canonical)
    lang = normalise(document.lang)
    return {
        "id": [clean(document.id)],
        "title": list(text[: len(titles)]),
        "text": [*text, " ".join(frequent)],
        "lead": [" ".join(postings(document.text[:_LEAD]))],
        "author": list(text[len(titles) + 1 : -1]),
        "source": [" ".join(postings(document.source))],
        "key": [plan.key(value) for value in dict.fromkeys(known) if value],
        "origin": _keys([normalise(document.source), normalise(document.site)]),
        "site": _keys([normalise(document.site)]),
        "category": _keys([normalise(document.category or UNSORTED)]),
        "column": _keys([normalise(document.column)]),
        "lang": _keys([lang, lang.partition("-")[0]]),
        "told_lang": _keys([lang]),
        "time": [int(document.published.timestamp())],
        "captured": [int(document.captured.timestamp())],
    }


def older(document: Document, then: Older, often: Often) -> dict[str, list[Any]]:
    """The engine's fields of a revision that was replaced."""
    state = replace(
        document, title=then.title, announced_title="", column=then.column, text=then.text, source=then.source,
        authors=then.authors, captured=then.since, older=(),
    )  # fmt: skip
    return fields(state, parts(state), often) | {
        "old": [plan.OLD],
        "revision": [str(then.number)],
        "until": [int(then.until.timestamp())],
    }


def _keys(values: Iterable[str], *more: str) -> list[str]:
    return list(dict.fromkeys(clean(value) for value in (*values, *more) if value))


def clean(value: str) -> str:
    """The value without lone surrogates, which no engine takes."""
    return value.encode("utf-8", "replace").decode()

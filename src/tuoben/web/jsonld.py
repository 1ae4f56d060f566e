"""schema.org NewsArticle for the reading page. Pure."""

from __future__ import annotations

import json
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from tuoben.model import Reading

_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


def news_article(reading: Reading, address: str, picture: str) -> SafeString:
    """The article as JSON-LD, escaped so that nothing in it can end the element that carries it."""
    article, card = reading.article, reading.card
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "url": address,
        "mainEntityOfPage": address,
        "isBasedOn": card.url,
        "archivedAt": address,
        "dateCreated": reading.capture.time.isoformat(timespec="seconds"),
        "datePublished": article.published.iso() if article.published else "",
        "dateModified": article.modified.iso() if article.modified else "",
        "inLanguage": article.lang,
        "articleSection": card.category,
        "description": card.lead,
        "image": picture,
        "author": [{"@type": "Person", "name": name} for name in article.authors],
        "publisher": {"@type": "Organization", "name": card.source} if card.source else "",
    }
    text = json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False)
    return mark_safe(text.translate(_ESCAPES))
